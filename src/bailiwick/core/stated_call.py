"""A call as a charter test states it: tool, arguments, and lists that are too long to write out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading
from bailiwick.ledger import canonical

SEPARATOR: Final = "__"
MOST_FILLED: Final = 10_000
_MARKS: Final = re.compile(r"([^#]*)(#+)([^#]*)")


@dataclass(frozen=True, slots=True)
class StatedCall:
    """A call as an agent makes it; `name` is what the test calls it, empty for one written in its case."""

    name: str
    connector: str
    tool: str
    arguments: Mapping[str, Any]


def read_stated_call(reading: Reading, value: object, place: Place, name: str) -> StatedCall:
    """`{tool: crm__query, arguments: {limit: 5}, fill: {ids: {like: con-####, count: 51}}}`."""
    form = reading.mapping(value, place, ("tool", "arguments", "fill"), need=("tool",))
    wire = reading.text(form["tool"], (*place, "tool")) if "tool" in form else "x__x"
    connector, _, tool = wire.partition(SEPARATOR)
    if wire and not (connector and tool):
        reading.wrong((*place, "tool"), f"`{wire}` is no tool: write it as agents call it, `crm__query`")
    arguments = _arguments(reading, form.get("arguments", {}), (*place, "arguments"))
    if "fill" in form:
        arguments = _filled(reading, form["fill"], (*place, "fill"), arguments)
    return StatedCall(name, connector, tool, arguments)


def _filled(reading: Reading, value: object, place: Place, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{ids: {like: con-####, count: 51}}` makes a list of 51 texts, `con-0001` to `con-0051`."""
    filled = dict(arguments)
    for path, item in reading.mapping(value, place).items():
        at = (*place, path)
        form = reading.mapping(item, at, ("like", "count"), need=("like", "count"))
        like = reading.text(form.get("like", "#"), (*at, "like"))
        count = reading.number(form.get("count", 0), (*at, "count"), least=0)
        before, marks, after = found.groups() if (found := _MARKS.fullmatch(like)) else ("", "", "")
        if like and not marks:
            reading.wrong((*at, "like"), f"`{like}` counts nothing: write `#` for each digit, as in `con-####`")
        elif count > MOST_FILLED:
            reading.wrong((*at, "count"), f"{count:,} is too many: write {MOST_FILLED:,} or less")
        else:
            filled[path] = [f"{before}{n:0{len(marks)}}{after}" for n in range(1, count + 1)]
    return filled


def _arguments(reading: Reading, value: object, place: Place) -> Mapping[str, Any]:
    """A mapping, or JSON in text for what YAML here may not hold, such as `{"budget": 2.5}`."""
    if not isinstance(value, str):
        return reading.mapping(value, place)
    try:
        found = canonical.decode_strict(value.encode())
    except canonical.CanonicalError as error:
        reading.wrong(place, f"is text but no JSON: {error}")
        return {}
    return reading.mapping(found, place)

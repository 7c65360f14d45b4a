"""Reading the form of the page that asks why: texts that people typed, as a question and what it assumes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from bailiwick.core.budget_limit import is_money
from bailiwick.core.charter import Charter
from bailiwick.core.refusal import Refusal
from bailiwick.flow.argument_template import argument_template
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.occasion import recorded_decision
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.question import SEPARATOR, Question, Stated
from bailiwick.flow.source import SourceError, read_charter
from bailiwick.flow.week_time import WeekTime, read_week_time
from bailiwick.ports.reader import Reader

_NUMBERS: Final = ("calls", "seconds", "repeats", "failures")
_MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks; `question` is None while it asks nothing yet. `values` are the fields as they are shown."""

    values: Mapping[str, str]
    question: Question | None
    stated: Stated
    action: str = ""


class AskedError(Exception):
    """Fields that cannot be read, with a sentence for each."""

    def __init__(self, values: Mapping[str, str], errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.values = values
        self.errors = errors


def read_asked(sent: Mapping[str, str], reader: Reader, policies: PolicySource) -> Asked:
    """The question; raises `AskedError`, and `Refusal` for a recorded action that is not there."""
    values, errors = dict(sent), dict[str, str]()
    action = sent.get("action", "")
    recorded = recorded_decision(reader, action) if action else None
    own = dict(recorded.request.arguments) if recorded else None
    _fill(values, own, reader, policies)
    if not action and not sent.get("what"):
        return Asked(values, None, Stated())
    arguments = _arguments(values.get("arguments", ""), errors)
    stated = _stated(values, errors)
    if not action and not any(sent.get(name) for name in ("agent", "charter", "source")):
        errors["agent"] = "choose who asks, or a charter below"
    if errors:
        raise AskedError(values, errors)
    name, _, version = sent.get("charter", "").partition("@")
    question = Question(
        tool=sent.get("what") or None,
        arguments=None if own is not None and not sent.get("what") and arguments == own else arguments,
        action=action or None,
        agent=sent.get("agent") or None,
        charter=name or None,
        version=int(version) if version.isdecimal() else None,
        source=sent.get("source") or None,
        fresh=bool(sent.get("fresh")),
    )
    return Asked(values, question, stated, action)


def _fill(
    values: dict[str, str], recorded: Mapping[str, object] | None, reader: Reader, policies: PolicySource
) -> None:
    """Arguments to start from, unless somebody typed others: the recorded ones, or a template of what is asked."""
    what, before = values.get("what", ""), values.get("filled", "")
    text = values.get("arguments", "")
    untouched = not text or (before != what and text == _template(before, values, recorded, policies, reader))
    if untouched or values.pop("template", ""):
        values["arguments"] = _template(what, values, recorded, policies, reader)
    values["filled"] = what


def _template(
    what: str,
    values: Mapping[str, str],
    recorded: Mapping[str, object] | None,
    policies: PolicySource,
    reader: Reader,
) -> str:
    if not what:
        return _written(recorded) if recorded is not None else ""
    connector, _, tool = what.partition(SEPARATOR)
    connector = connector if tool else what.partition(".")[0]
    reviewed = reviewed_tools(policies, policies.catalogue_in_force(connector))
    if reviewed is None:
        return "{}"
    entry = reviewed.catalogue.action(what)
    known = reviewed.catalogue.tools.get(tool or (entry.tool if entry else ""))
    if known is None:
        return "{}"
    charter = _charter(values, policies, reader)
    grant = charter.grant(entry.name) if charter and entry else None
    return _written(argument_template(known.input_schema, entry, grant.limits if grant else ()))


def _charter(values: Mapping[str, str], policies: PolicySource, reader: Reader) -> Charter | None:
    """The charter that will be asked, as far as it can be read already."""
    name, _, version = values.get("charter", "").partition("@")
    try:
        if values.get("source"):
            return read_charter(values["source"])[0]
        row = reader.row("charter_version", f"{name}@{int(version):06}") if version.isdecimal() else None
        digest = row["digest"] if row else policies.charter_in_force(values.get("agent", ""))
        return policies.policy(digest, "").charter
    except (DocumentMissing, SourceError):
        return None


def _written(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _arguments(text: str, errors: dict[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        errors["arguments"] = f"this is no JSON: {error}"
        return {}
    if not isinstance(found, dict):
        errors["arguments"] = 'arguments are a JSON object, such as {"limit": 5}'
        return {}
    return found


def _stated(values: Mapping[str, str], errors: dict[str, str]) -> Stated:
    numbers = {field: _number(values.get(field, ""), field, errors) for field in _NUMBERS}
    seconds = numbers["seconds"]
    sums: dict[str, dict[str, int]] = {"total": {}, "spent": {}}
    for field, text in values.items():
        kind, _, key = field.partition(".")
        if kind in sums and key and text:
            found = _money(text, field, errors) if is_money(key) else _number(text, field, errors)
            if found is not None:
                sums[kind][key] = found
    return Stated(
        week_time=_week_time(values, errors),
        calls=numbers["calls"],
        elapsed_us=None if seconds is None else seconds * 1_000_000,
        repeats=numbers["repeats"],
        failures=numbers["failures"],
        totals=sums["total"],
        spent=sums["spent"],
    )


def _number(text: str, field: str, errors: dict[str, str]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdecimal() and int(text) <= _MOST:
        return int(text)
    errors[field] = f"`{text}` is no whole number of 0 or more"
    return None


def _money(text: str, field: str, errors: dict[str, str]) -> int | None:
    try:
        amount = Decimal(text)
        if amount.is_finite() and 0 <= amount <= _MOST:
            return int(amount * 1_000_000)
    except InvalidOperation:
        pass
    errors[field] = f"`{text}` is no amount; write it as 2.50"
    return None


def _week_time(values: Mapping[str, str], errors: dict[str, str]) -> WeekTime | None:
    day = values.get("day", "")
    if not day:
        return None
    try:
        found = read_week_time(f"{day} {values.get('time') or '12:00'} {values.get('zone') or 'UTC'}")
    except Refusal as error:
        errors["time"] = error.sentence
        return None
    if found is None:
        errors["time"] = "write the time of day as 22:30"
    return found

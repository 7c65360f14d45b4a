"""One answer of the record as a row of the page."""

from datetime import datetime
from typing import Any, Final

import orjson

from bailiwick.core.value_change import ValueChange
from bailiwick.flow.answer import AnswerLine
from bailiwick.web.approval import Alteration
from bailiwick.web.ask import AnswerRow

MOST_OBJECTS: Final = 6
_CHIPS: Final = {"asked": "ask", "open": "dispatched"}
_RULES: Final = ("name", "charter_name", "connector", "tool", "change", "version", "tag", "scope", "percent")


def answer_row(line: AnswerLine, zone: Any) -> AnswerRow:
    """The row; times in `zone`."""
    moment = datetime.fromtimestamp(line.at_us / 1_000_000, zone)
    shown: dict[str, Any] = {
        "event": line.event,
        "at_us": line.at_us,
        "time": f"{moment.day} {moment:%b %Y, %H:%M:%S} {moment:%Z}",
        "who": line.actor_name,
    }
    if line.action is None:
        return AnswerRow(**shown, **_governing(line))
    things = tuple(dict.fromkeys(f"{one.kind}/{one.id}" for one in line.things))
    people = tuple(dict.fromkeys(one.name for one in line.chain if one.name))
    changes = line.verdict == "allow" and line.effect != "read"
    return AnswerRow(
        **shown,
        what=line.says or line.name or line.tool or "a tool that nothing lists",
        whom=", ".join(people),
        intent=line.chain[0].intent if line.chain else "",
        run=line.run or "",
        verdict=line.verdict or "",
        state=_CHIPS.get(line.state or "", line.state or ""),
        tier=line.tier or "",
        consents=tuple(f"{one.name}: {'yes' if one.vote == 'approve' else 'no'}" for one in line.consents),
        charter=line.charter_name or "",
        number=line.charter_version or 0,
        rules=line.rules,
        why=f"/why?action={line.action}",
        reason=line.sentence or "",
        classes=line.reads,
        sends=line.sends or "",
        objects=things[:MOST_OBJECTS],
        more=max(0, len(things) - MOST_OBJECTS),
        tool=f"{line.connector}__{line.tool}" if line.tool else "",
        evidence=line.evidence or "",
        outcome=line.outcome_event or 0,
        change=_pretty(line.arguments) if changes and line.arguments else "",
        changes=tuple(altered_value(one) for one in line.changes),
        erased=line.erased,
        unlisted=line.unlisted,
    )


def _governing(line: AnswerLine) -> dict[str, Any]:
    """A change of the rules, or denials that were only counted."""
    data = line.data
    if line.type == "action.denials_counted":
        return {"what": f"{data['count']} more requests within a minute, counted only", "verdict": "deny"}
    noun, _, verb = line.type.partition(".")
    about = " ".join(
        f"{name} {data[name]}" if name == "version" else f"`{data[name]}`" for name in _RULES if name in data
    )
    return {"what": f"{noun} {verb.replace('_', ' ')} {about}".strip(), "change": _pretty(data)}


def altered_value(one: ValueChange) -> Alteration:
    """An alteration as the page writes it."""
    return Alteration(one.path, _short(one.before), _short(one.after))


def _short(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()

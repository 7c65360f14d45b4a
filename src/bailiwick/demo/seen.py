"""What an actor saw, as the phrase that a script expects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_SLOTS: Final = re.compile(r"the consent of (.+?) within ")
_DECISION: Final = "bailiwick/decision"


@dataclass(frozen=True, slots=True)
class Seen:
    """`action` is the decision's id as the actor was told it; `approval` what the actor may wait for."""

    phrase: str
    action: str = ""
    approval: str = ""


def refused(*codes: int | str) -> Seen:
    """Turned away before any decision."""
    return Seen("refused: " + " ".join(str(code) for code in codes))


def seen_call(answer: Mapping[str, Any]) -> Seen:
    """How an agent understands the answer to a call: a result, a refusal to read, or an error of the protocol."""
    error = answer.get("error")
    if error is not None:
        data = error.get("data")
        if isinstance(data, dict) and data.get("status") == "denied":
            return Seen(f"deny: {data.get('code')}", str(data.get(_DECISION, "")))
        return refused(error["code"])
    result = answer.get("result")
    if result is None:
        return Seen(f"no answer: {answer.get('failure')}")
    action = str((result.get("_meta") or {}).get(_DECISION, ""))
    body = result.get("structuredContent") or {}
    if not result.get("isError"):
        return Seen("allow, succeeded" if action else str(body.get("status")), action)
    match body.get("status"):
        case "denied":
            return Seen(f"deny: {body.get('code')}", action)
        case "pending_approval":
            return Seen(f"ask: {_slots(str(body.get('reason')))}", action, str(body.get("approval_id")))
        case "failed" | "unknown":
            return Seen(f"allow, {body['status']} ({body.get('evidence')})", action)
    return Seen("allow, failed (tool-error)", action)


def _slots(sentence: str) -> str:
    found = _SLOTS.search(sentence)
    return found[1].replace(" and ", " + ") if found else "?"

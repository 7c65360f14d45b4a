"""What an agent gets back: the upstream's own result, or a refusal that a model can read."""

from typing import Any, Final

from bailiwick.core.verdict import Allow, Ask, Deny
from bailiwick.flow.act import Acted

DECISION_META: Final = "bailiwick/decision"
PENDING: Final = "pending_approval"


def answer(acted: Acted) -> dict[str, Any]:
    """The tool result for one governed call; `_meta` carries the decision's id."""
    decision = acted.decision
    match decision.verdict:
        case Allow():
            return _ran(acted)
        case Ask(sentence=sentence):
            body = {"status": PENDING, "approval_id": decision.approval, "reason": sentence}
            text = (
                f"Waiting for approval {decision.approval}: {sentence}. Nothing was done. "
                "Call await_approval with this id, then repeat exactly the same call."
            )
            return refusal(text, body, decision.action)
        case Deny(code=code, rules=rules, sentence=sentence):
            denied: dict[str, Any] = {"status": "denied", "code": code.value, "rules": list(rules), "reason": sentence}
            return refusal(f"Refused: {sentence}.", denied, decision.action)


def refusal(text: str, body: dict[str, Any], decision: str) -> dict[str, Any]:
    """An `isError` result: valid in every era, and the model reads it."""
    return {
        "content": [{"type": "text", "text": text}],
        "structuredContent": body | {"decision": decision},
        "isError": True,
        "_meta": {DECISION_META: decision},
    }


def _ran(acted: Acted) -> dict[str, Any]:
    decision = acted.decision
    if acted.state == "succeeded" and acted.result is not None:
        return _with_decision(acted.result, decision.action)
    if acted.result is not None and acted.result.get("isError") is True:
        return _with_decision(acted.result, decision.action)
    body = {"status": acted.state, "evidence": acted.evidence, "reason": acted.trouble}
    if acted.state == "unknown":
        text = f"The outcome is unknown: {acted.trouble}. It may have happened; do not repeat it."
    else:
        text = f"It did not happen: {acted.trouble}."
    return refusal(text, body, decision.action)


def _with_decision(result: dict[str, Any], decision: str) -> dict[str, Any]:
    meta = result.get("_meta")
    return {**result, "_meta": {**(meta if isinstance(meta, dict) else {}), DECISION_META: decision}}

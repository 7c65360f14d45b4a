"""What a decision answers: allow, ask or deny, each with its rules and a sentence.

A sentence may quote arguments, so it belongs in the payload of an event, never in a leaf; `code` and `rules` hold
words of the charter and of this module only.
"""

from dataclasses import dataclass
from enum import StrEnum

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.tier import Tier


class DenyCode(StrEnum):
    """Why an action was refused, as a stable tag."""

    REVOKED = "revoked"
    HALTED = "halted"
    RUN_ENDED = "run-ended"
    UNLISTED = "unlisted"
    CANNOT = "cannot"
    STOPPED = "connector-stopped"
    QUARANTINED = "quarantined"
    SCHEMA = "schema"
    DATA = "data-ceiling"
    LIMIT = "limit"
    WINDOW = "window"
    RUN_LIMIT = "run-limit"
    ORDER = "order"
    BUDGET = "budget"
    UNSETTLED = "unsettled"
    NEVER = "never"
    REFUSED = "approval-refused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Allow:
    """The action may run now; `approval` names the consent it uses up."""

    tier: Tier
    action: str
    rules: tuple[str, ...]
    sentence: str
    approval: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """The action may run once the slots of `rule` have said yes to exactly these bytes."""

    tier: Tier
    action: str
    rules: tuple[str, ...]
    sentence: str
    rule: ApprovalRule


@dataclass(frozen=True, slots=True)
class Deny:
    """The action must not run. `action` is None when no catalogued action matched."""

    code: DenyCode
    action: str | None
    rules: tuple[str, ...]
    sentence: str


Verdict = Allow | Ask | Deny


def verdict_word(verdict: Verdict) -> str:
    """`allow`, `ask` or `deny`."""
    match verdict:
        case Allow():
            return "allow"
        case Ask():
            return "ask"
        case Deny():
            return "deny"


def verdict_document(verdict: Verdict) -> dict[str, object]:
    """The verdict as canonical JSON values: two verdicts are the same exactly when their documents are."""
    document: dict[str, object] = {
        "verdict": verdict_word(verdict),
        "action": verdict.action,
        "rules": list(verdict.rules),
        "sentence": verdict.sentence,
    }
    match verdict:
        case Allow():
            document |= {"tier": verdict.tier.word, "approval": verdict.approval}
        case Ask():
            document |= {
                "tier": verdict.tier.word,
                "ask": {"slots": list(verdict.rule.slots), "within_us": verdict.rule.within_us},
            }
        case Deny():
            document |= {"code": verdict.code.value}
    return document

"""What the record says of a span of time, as the phrase that a script expects."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.demo.script.step import NOTHING
from bailiwick.ledger.bundle import entries

_SILENT: Final = frozenset(
    {"token.issued", "run.opened", "run.ended", "person.signed_in", "action.asked", "approval.voted"}
)


@dataclass(frozen=True, slots=True)
class Account:
    """The phrase, and the ids of the actions that it is about."""

    phrase: str
    actions: frozenset[str]


class RecordBook:
    """The leaves of an export, to be asked what happened when."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._leaves: list[dict[str, Any]] = [json.loads(leaf) for leaf in entries(files)]

    def __len__(self) -> int:
        return len(self._leaves)

    def runs(self) -> list[str]:
        """Every run that was opened, in order."""
        return [leaf["run"] for leaf in self._leaves if leaf["type"] == "run.opened"]

    def between(self, start_us: int, end_us: int) -> Account:
        """What the record says of the time from `start_us` to `end_us`, both included."""
        leaves = [leaf for leaf in self._leaves if start_us <= leaf["at_us"] <= end_us]
        told = [word for leaf in leaves if (word := _word(leaf))]
        return Account(", ".join(told) or NOTHING, frozenset(leaf["action"] for leaf in leaves if "action" in leaf))


def _word(leaf: Mapping[str, Any]) -> str:
    kind, data = leaf["type"], leaf["data"]
    match kind:
        case "action.denied":
            return f"deny: {data['code']}"
        case "approval.opened":
            return f"ask: {_joined(data['slots'])}"
        case "action.intended":
            return "allow"
        case "action.succeeded":
            return "succeeded"
        case "action.failed" | "action.unknown":
            return f"{kind.partition('.')[2]} ({data['evidence']})"
        case "approval.approved" | "approval.expired" | "halt.lifted":
            return str(kind).partition(".")[2]
    return "" if kind in _SILENT else str(kind)


def _joined(slots: Sequence[str]) -> str:
    return " + ".join(slots)

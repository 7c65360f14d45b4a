"""The exported record, arranged for looking things up: every action with its decision, request and outcome."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bailiwick.ledger import bundle, segment
from bailiwick.ledger.merkle import Tree, leaf_hash

OUTCOMES: Final = frozenset({"action.succeeded", "action.failed", "action.unknown"})
_DECISIONS: Final = {"action.intended": "intended", "action.asked": "pending_approval", "action.denied": "denied"}


@dataclass(slots=True)
class Recorded:
    """One action: `decided` is intended, pending_approval or denied; `outcomes` should be one if it was intended."""

    decided: str
    agent: str
    tool: str
    arguments: Mapping[str, Any]
    key: str
    approval: str | None
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    reconciled: str | None = None

    @property
    def state(self) -> str:
        """How it was decided or ended, in the words that an agent is told."""
        if self.decided != "intended":
            return self.decided
        return self.outcomes[0][0] if self.outcomes else "open"

    @property
    def evidence(self) -> str:
        return self.outcomes[0][1] if self.outcomes else ""


class Record:
    """One export's log."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        raw = bundle.entries(files)
        self.tree = Tree(map(leaf_hash, raw))
        self.actions: dict[str, Recorded] = {}
        self.stray: list[str] = []
        for leaf in map(json.loads, raw):
            kind, action = leaf["type"], leaf.get("action")
            if kind in _DECISIONS:
                self.actions[action] = _recorded(leaf, files)
            elif kind in OUTCOMES and action in self.actions:
                self.actions[action].outcomes.append((kind.partition(".")[2], leaf["data"]["evidence"]))
            elif kind in OUTCOMES:
                self.stray.append(action)
            elif kind == "action.reconciled":
                self.actions[action].reconciled = leaf["data"]["outcome"]

    def __len__(self) -> int:
        return self.tree.size


def _payload(commitment: str, files: Mapping[str, bytes]) -> bytes:
    return files[bundle.payload_path(commitment)].partition(b"\n")[2]


def _recorded(leaf: Mapping[str, Any], files: Mapping[str, bytes]) -> Recorded:
    request = segment.join(_payload(leaf["payload"]["commitment"], files), lambda name: _payload(name, files)).value
    request = request["request"]
    tool = f"{request['connector']}__{request['tool']}"
    arguments = request["arguments"]
    key = json.dumps([request["agent"], tool, arguments], sort_keys=True)
    decided = _DECISIONS[leaf["type"]]
    return Recorded(decided, request["agent"], tool, arguments, key, leaf["data"].get("approval"))

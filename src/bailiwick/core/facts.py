"""The values a decision reads besides charter, catalogue and request. All of them go on the record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HaltFact:
    """A stop in force that covers this action."""

    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunFact:
    """Where the run stands before this action; `elapsed_us` leaves out the time it only waited for people."""

    status: str
    calls: int
    elapsed_us: int
    repeats: int
    failures: int


@dataclass(frozen=True, slots=True)
class ApprovalFact:
    """The latest approval of the same binding. `filled` says whether its voters still hold their roles now."""

    id: str
    status: str
    digest: str
    definition: str
    charter: str
    use_by_us: int | None
    filled: bool


@dataclass(frozen=True, slots=True)
class TwinFact:
    """An earlier identical call whose outcome is open or unknown."""

    action: str
    state: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything gathered for one decision.

    `local` maps a zone to (weekday, minute of day), resolved when the facts were gathered because zone data drifts.
    `totals` maps `run.<measure>`, `day.<measure>` and `tree.<measure>` to the sums before this action, `spent` each
    budget such as `day.usd` to what was used up before it. `seen` maps an argument that must be unique to the latest
    earlier time one of its values was used, `done` an action that an order names to `intended` or `succeeded`, both
    without what never happened. `quarantine` says why the tool must not be used until somebody has reviewed it.
    """

    at_us: int
    decider: str
    definition: str
    revoked: str | None = None
    connector_stop: str | None = None
    schema_error: str | None = None
    local: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    halts: tuple[HaltFact, ...] = ()
    run: RunFact = RunFact("open", 0, 0, 0, 0)
    totals: Mapping[str, int] = field(default_factory=dict)
    twin: TwinFact | None = None
    approval: ApprovalFact | None = None
    seen: Mapping[str, int] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)
    quarantine: str | None = None

    def document(self) -> dict[str, object]:
        """The facts as JSON values."""
        approval, twin, run = self.approval, self.twin, self.run
        return {
            "at_us": self.at_us,
            "decider": self.decider,
            "definition": self.definition,
            "revoked": self.revoked,
            "connector_stop": self.connector_stop,
            "schema_error": self.schema_error,
            "local": {zone: list(when) for zone, when in self.local.items()},
            "halts": [[halt.scope, halt.reason] for halt in self.halts],
            "run": [run.status, run.calls, run.elapsed_us, run.repeats, run.failures],
            "totals": dict(self.totals),
            "twin": [twin.action, twin.state] if twin else None,
            "approval": [
                approval.id,
                approval.status,
                approval.digest,
                approval.definition,
                approval.charter,
                approval.use_by_us,
                approval.filled,
            ]
            if approval
            else None,
            "seen": dict(self.seen),
            "done": dict(self.done),
            "spent": dict(self.spent),
            "quarantine": self.quarantine,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Facts":
        """Inverse of `document`; raises `KeyError`, `TypeError` or `ValueError` on any other shape.

        A document of before `seen`, `done`, `spent` and `quarantine` existed reads as facts without them.
        """
        values = dict(document)
        values["local"] = {zone: (when[0], when[1]) for zone, when in document["local"].items()}
        values["halts"] = tuple(HaltFact(*halt) for halt in document["halts"])
        values["run"] = RunFact(*document["run"])
        values["totals"] = dict(document["totals"])
        values["twin"] = TwinFact(*document["twin"]) if document["twin"] is not None else None
        values["approval"] = ApprovalFact(*document["approval"]) if document["approval"] is not None else None
        for name in ("seen", "done", "spent"):
            values[name] = dict(document.get(name, {}))
        return cls(**values)

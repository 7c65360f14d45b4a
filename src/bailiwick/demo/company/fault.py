"""Ways in which a vendor misbehaves on demand, tool by tool."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What goes wrong. A dead vendor is not listed: the office kills its process."""

    TIMEOUT_AFTER_COMMIT = "timeout_after_commit"  # the change stands, the reply comes `seconds` late
    DROP_AFTER_COMMIT = "drop_after_commit"  # the change stands, the connection is cut without a reply
    NO_EFFECT = "no_effect"  # answers success and changes nothing
    SLOW = "slow"  # waits `seconds`, then does the work


@dataclass(frozen=True)
class Fault:
    """One fault on one tool; `times` is how many calls it still meets, None for all."""

    tool: str
    kind: FaultKind
    seconds: int = 30
    times: int | None = None


def parse_fault(document: object) -> Fault:
    """Reads the body of `POST /faults`; raises ValueError with a sentence."""
    if not isinstance(document, Mapping):
        raise ValueError("a fault is a JSON object")
    unknown = sorted(set(document) - {"tool", "kind", "seconds", "times"})
    if unknown:
        raise ValueError(f"unknown key `{unknown[0]}`; a fault has tool, kind, seconds, times")
    tool, kind = document.get("tool"), document.get("kind")
    seconds, times = document.get("seconds", 30), document.get("times")
    if not isinstance(tool, str):
        raise ValueError("`tool` must be the name of a tool")
    if kind not in set(FaultKind):
        raise ValueError(f"`kind` must be one of {', '.join(FaultKind)}")
    if type(seconds) is not int or not 0 <= seconds <= 600:
        raise ValueError("`seconds` must be a whole number from 0 to 600")
    if times is not None and (type(times) is not int or times < 1):
        raise ValueError("`times` must be a whole number from 1, or left out for every call")
    return Fault(tool, FaultKind(kind), seconds, times)


class FaultBoard:
    """The faults in force, at most one a tool; gone when the process ends."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def put(self, fault: Fault) -> None:
        self._faults[fault.tool] = fault

    def clear(self) -> None:
        self._faults.clear()

    def take(self, tool: str) -> Fault | None:
        """The fault this call meets, if any, counting it down."""
        fault = self._faults.get(tool)
        if fault is not None and fault.times is not None:
            if fault.times == 1:
                del self._faults[tool]
            else:
                self._faults[tool] = replace(fault, times=fault.times - 1)
        return fault

    def listing(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults.values()]

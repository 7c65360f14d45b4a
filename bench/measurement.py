"""The registry of what `python -m bench` measures.

@measurement("decision_p50_us_1000", unit="us", against="absolute", aim=20)
def decision() -> float: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[], float]


@dataclass(frozen=True)
class Measurement:
    """A figure with a name; `aim` is the most it may be, None where it is printed for comparison only."""

    name: str
    unit: str
    against: str
    aim: float | None
    measure: Measure


@dataclass(frozen=True)
class Figure:
    """A measured value; `met` is None where there is no aim. This is one entry of build/bench.json."""

    name: str
    value: float
    unit: str
    against: str
    aim: float | None
    met: bool | None


REGISTRY: dict[str, Measurement] = {}


def measurement(name: str, *, unit: str, against: str, aim: float | None = None) -> Callable[[Measure], Measure]:
    """Register the decorated function under `name`."""

    def register(measure: Measure) -> Measure:
        if name in REGISTRY:
            raise ValueError(f"`{name}` is measured twice: choose another name")
        REGISTRY[name] = Measurement(name, unit, against, aim, measure)
        return measure

    return register


def take(chosen: Measurement) -> Figure:
    """Measure now."""
    value = round(chosen.measure(), 3)
    met = None if chosen.aim is None else value <= chosen.aim
    return Figure(chosen.name, value, chosen.unit, chosen.against, chosen.aim, met)

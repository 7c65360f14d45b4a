"""Facts as a charter test states them: where the run stands, what was used up, who consented, as of a fixed moment."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bailiwick.core.action_name import read_action
from bailiwick.core.budget_limit import MONEY
from bailiwick.core.check import Check
from bailiwick.core.facts import ApprovalFact, Facts, HaltFact, RunFact, TwinFact
from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading, did_you_mean

APPROVALS: Final = {"approved": "approved", "refused": "denied", "expired": "expired", "used": "consumed"}
"""What a test may say of an earlier approval of exactly this call, and the status that facts hold for it."""
DONE: Final = ("intended", "succeeded")
TWINS: Final = ("open", "unknown")
HOUR_US: Final = 3_600_000_000
SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """Everything a test may assume beside the call; the default is a fresh run in which nothing has happened yet.

    `seen_us` is how long ago a value of an argument was used, in microseconds before the call.
    """

    calls: int = 0
    elapsed_us: int = 0
    repeats: int = 0
    failures: int = 0
    ended: bool = False
    totals: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    seen_us: Mapping[str, int] = field(default_factory=dict)
    halted: str | None = None
    revoked: str | None = None
    connector_stop: str | None = None
    twin: str | None = None
    approval: str | None = None

    def facts(self, base: Facts, digest: str, charter: str, check: Check | None) -> Facts:
        """`base` with what is stated; a sum that `check` reads is 0 where nothing is stated of it."""
        status = APPROVALS[self.approval] if self.approval else None
        at_us = base.at_us
        return replace(
            base,
            revoked=self.revoked,
            connector_stop=self.connector_stop,
            halts=(HaltFact("all", self.halted),) if self.halted else (),
            run=RunFact("ended" if self.ended else "open", self.calls, self.elapsed_us, self.repeats, self.failures),
            totals={name: self.totals.get(name, 0) for name in (check.totals if check else ())},
            spent={limit.key: self.spent.get(limit.key, 0) for limit in (check.budget if check else ())},
            done=dict(self.done),
            seen={name: at_us - ago for name, ago in self.seen_us.items()},
            twin=TwinFact("act-earlier", self.twin) if self.twin else None,
            approval=ApprovalFact(
                "apr-stated", status, digest, base.definition, charter, at_us + HOUR_US, status == "approved"
            )
            if status
            else None,
        )


_Read = Callable[[Reading, object, Place], object]


def read_stated(reading: Reading, value: object, place: Place, base: StatedFacts) -> StatedFacts:
    """`{calls: 3, totals: {day.records: 40}, approval: approved}` over `base`; what is not named stays as it was."""
    form = reading.mapping(value, place, tuple(_FIELDS))
    found: dict[str, Any] = {}
    for key, (name, read) in _FIELDS.items():
        if key in form:
            found[name] = read(reading, form[key], (*place, key))
    return replace(base, **found)


def _number(reading: Reading, value: object, place: Place) -> int:
    return reading.number(value, place, least=0)


def _seconds(reading: Reading, value: object, place: Place) -> int:
    return reading.number(value, place, least=0) * SECOND_US


def _sentence(reading: Reading, value: object, place: Place) -> str | None:
    return reading.text(value, place) or None


def _spans(reading: Reading, value: object, place: Place) -> dict[str, int]:
    return {name: reading.duration_us(one, (*place, name)) for name, one in reading.mapping(value, place).items()}


def _numbers(reading: Reading, value: object, place: Place) -> dict[str, int]:
    return {name: reading.number(one, (*place, name), least=0) for name, one in reading.mapping(value, place).items()}


def _spent(reading: Reading, value: object, place: Place) -> dict[str, int]:
    spent = {}
    for name, amount in reading.mapping(value, place).items():
        read_money = name.partition(".")[2] in MONEY
        at = (*place, name)
        spent[name] = reading.money(amount, at) if read_money else reading.number(amount, at, least=0)
    return spent


def _done(reading: Reading, value: object, place: Place) -> dict[str, str]:
    done = {}
    for name, how in reading.mapping(value, place).items():
        at = (*place, name)
        read_action(reading, name, at)
        done[name] = read_word(reading, how, at, DONE)
    return done


def _one_of(words: Sequence[str]) -> _Read:
    return lambda reading, value, place: read_word(reading, value, place, words)


_FIELDS: Final[Mapping[str, tuple[str, _Read]]] = {
    "calls": ("calls", _number),
    "seconds": ("elapsed_us", _seconds),
    "repeats": ("repeats", _number),
    "failures": ("failures", _number),
    "ended": ("ended", Reading.truth),
    "totals": ("totals", _numbers),
    "spent": ("spent", _spent),
    "done": ("done", _done),
    "seen": ("seen_us", _spans),
    "halted": ("halted", _sentence),
    "revoked": ("revoked", _sentence),
    "connector_stop": ("connector_stop", _sentence),
    "twin": ("twin", _one_of(TWINS)),
    "approval": ("approval", _one_of(tuple(APPROVALS))),
}
"""How a test names a fact, the field it fills, and how it is read."""


def read_word(reading: Reading, value: object, place: Place, words: Sequence[str]) -> str:
    """One of a few words; anything else is a problem that lists them."""
    word = reading.text(value, place)
    if word in words:
        return word
    if word:
        hint = did_you_mean(word, words) or f": write {', '.join(words[:-1])} or {words[-1]}"
        reading.wrong(place, f"unknown word `{word}`{hint}")
    return words[0]


def read_moment(reading: Reading, value: object, place: Place) -> int:
    """`2026-05-04T09:00+02:00` in microseconds; the offset is needed, so that no machine's zone decides a test."""
    text = reading.text(value, place)
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return (moment - _EPOCH) // datetime.timedelta(microseconds=1)
        why = "has no offset from UTC"
    except (ValueError, OverflowError):
        why = "is no moment"
    if text:
        reading.wrong(place, f"`{text}` {why}: write it as `2026-05-04T09:00+02:00`")
    return 0


_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

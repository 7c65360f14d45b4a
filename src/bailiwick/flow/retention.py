"""How long payloads are kept: at least, which nobody can shorten, and at most, after which their keys are destroyed.

A key serves one data class for one month, so whatever a month held goes together: when the oldest of it has reached
the most, and the youngest, by the rule that the two lie at least a month apart, has passed the least.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.reading import NAME
from bailiwick.core.refusal import Refusal
from bailiwick.flow.erasure import FORGETTING
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, Shelf

DAY_US: Final = 86_400_000_000
LEAST_DAYS: Final = 183
"""Six months: what everything is kept at least."""
MONTH_DAYS: Final = 31
MOST_DAYS: Final = 36_500
EVERY: Final = "every"
"""The rule of the classes that have none of their own."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long payloads of a data class are kept; `most_days` 0 means for ever."""

    data_class: str
    keep_days: int = LEAST_DAYS
    most_days: int = 0


@dataclass(frozen=True, slots=True)
class SetRetention:
    """Say how long payloads of a data class are kept. The least can only grow: it is a promise already given."""

    data_class: str
    keep_days: int
    most_days: int
    person: str

    def step(self, shelf: Shelf) -> Row:
        name, keep, most = self.data_class, self.keep_days, self.most_days
        if NAME.fullmatch(name) is None or name == FORGETTING:
            raise Refusal("invalid", f"`{name}` is no data class; use a word of a catalogue, `record` or `{EVERY}`")
        before = shelf.get("retention", name) or shelf.get("retention", EVERY) or {"keep_days": LEAST_DAYS}
        if keep < before["keep_days"]:
            raise Refusal(
                "invalid", f"kept {before['keep_days']} days at least was promised; it can only be made longer"
            )
        if keep > MOST_DAYS or not 0 <= most <= MOST_DAYS:
            raise Refusal("invalid", f"give at most {MOST_DAYS:,} days")
        if most and most < keep + MONTH_DAYS:
            sentence = f"a month goes at once, so the most has to be {keep + MONTH_DAYS} days or more, or 0 for ever"
            raise Refusal("invalid", sentence)
        row = {"id": name, "keep_days": keep, "most_days": most, "set_us": shelf.now_us, "set_by": self.person}
        shelf.put("retention", row)
        data = {"class": name, "keep_days": keep, "most_days": most}
        shelf.append(Event(EventType.RETENTION_SET, Actor("person", self.person), data))
        return row


@dataclass(frozen=True, slots=True)
class NotePruned:
    """Put on the record that the payloads of a class up to a moment are gone; written before the key is."""

    data_class: str
    until_us: int
    payloads: int
    person: str | None

    def step(self, shelf: Shelf) -> None:
        actor = Actor("person", self.person) if self.person else SYSTEM
        data = {"class": self.data_class, "until_us": self.until_us, "payloads": self.payloads}
        shelf.append(Event(EventType.RECORD_PRUNED, actor, data))


@dataclass(frozen=True, slots=True)
class DropRows:
    """Delete rows that nothing can need any more, by table and id."""

    rows: tuple[tuple[str, str], ...]

    def step(self, shelf: Shelf) -> None:
        for table, key in self.rows:
            shelf.drop(table, key)


@dataclass(frozen=True, slots=True)
class ClearTexts:
    """Take out of old rows what people and agents wrote: the intents of runs and the comments of votes."""

    runs: tuple[str, ...]
    approvals: tuple[str, ...]
    word: str

    def step(self, shelf: Shelf) -> None:
        for name in self.runs:
            if run := shelf.get("run", name):
                shelf.put("run", {**run, "intent": self.word})
        for name in self.approvals:
            if row := shelf.get("approval", name):
                votes = [[*vote[:3], self.word, *vote[4:]] for vote in row["votes"]]
                shelf.put("approval", {**row, "votes": votes})


def rules_set(reader: Reader) -> dict[str, RetentionRule]:
    """The rules that somebody has set, by class. Blocks."""
    rows = reader.rows("retention", limit=1_000, ascending=True)
    return {row["id"]: RetentionRule(row["id"], row["keep_days"], row["most_days"]) for row in rows}


def rules_shown(reader: Reader) -> list[RetentionRule]:
    """The rule for every class, as it stands or as it is where nobody has set one, and then those of single classes."""
    rules = rules_set(reader)
    return [rules.pop(EVERY, RetentionRule(EVERY)), *rules.values()]


def rule_for(data_class: str, rules: Mapping[str, RetentionRule]) -> RetentionRule:
    """The rule for payloads of a class; those of several classes are kept as long as any has to be, and no longer."""
    if data_class == FORGETTING:
        return RetentionRule(data_class)
    every = rules.get(EVERY, RetentionRule(EVERY))
    parts = [rules.get(name, every) for name in data_class.split("+")]
    keep = max(part.keep_days for part in parts)
    most = min((part.most_days for part in parts if part.most_days), default=0)
    return RetentionRule(data_class, keep, max(most, keep + MONTH_DAYS) if most else 0)


def due_periods(periods: Iterable[str], rules: Mapping[str, RetentionRule], now_us: int) -> list[tuple[str, str, int]]:
    """Which keys have served their time: the key's id, its class, and where its month ends."""
    found = []
    for name in periods:
        data_class, _, month = name.rpartition("@")
        rule, (start, end) = rule_for(data_class, rules), month_span(month)
        # INVARIANT: what is younger than the least stays, whatever the rule says
        if rule.most_days and start + rule.most_days * DAY_US <= now_us and end + rule.keep_days * DAY_US <= now_us:
            found.append((name, data_class, end))
    return sorted(found, key=lambda one: (one[2], one[0]))


def month_span(month: str) -> tuple[int, int]:
    """Where a month such as `2027-01` begins and where the next does, in UTC microseconds."""
    year, number = (int(part) for part in month.split("-"))
    first = datetime(year, number, 1, tzinfo=UTC)
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(first.timestamp()) * 1_000_000, int(after.timestamp()) * 1_000_000

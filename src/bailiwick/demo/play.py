"""Playing a script: every row is performed and watched, then judged by the record and the systems themselves."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bailiwick.demo.recorded import RecordBook
from bailiwick.demo.script.step import Row, Scene
from bailiwick.demo.seen import Seen
from bailiwick.demo.stage import Stage
from bailiwick.demo.witness import Effect, look


@dataclass(frozen=True, slots=True)
class Played:
    """A row that was performed between two moments, with what was seen of it."""

    scene: str
    row: Row
    seen: Seen
    effect: Effect
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A row beside what came of it; it holds when nothing differs from what was expected."""

    played: Played
    recorded: str
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.differences

    @property
    def expected_effect(self) -> Effect:
        row = self.played.row
        return Effect(row.changes, row.mails, row.micros)


def play(scenes: Sequence[Scene], stage: Stage, follow: Callable[[Scene, Row], None]) -> list[Played]:
    """Perform every row in order; `follow` hears of each as it begins."""
    return list(_play(scenes, stage, follow))


def _play(scenes: Sequence[Scene], stage: Stage, follow: Callable[[Scene, Row], None]) -> Iterator[Played]:
    for scene in scenes:
        for row in scene.rows:
            follow(scene, row)
            for direction in row.before:
                stage.direct(direction)
            before, start_us = look(stage.office), _now_us()
            seen = stage.perform(row.deed)
            end_us = _now_us()
            stage.asked[row.name] = seen
            yield Played(scene.title, row, seen, look(stage.office).since(before), start_us, end_us)


def judge(played: Sequence[Played], book: RecordBook) -> list[Judged]:
    """Hold what was seen, recorded and done against what was expected."""
    return [_judge(one, book) for one in played]


def _judge(one: Played, book: RecordBook) -> Judged:
    account = book.between(one.start_us, one.end_us)
    judged = Judged(one, account.phrase, ())
    wanted, differences = one.row, []
    if one.seen.phrase != wanted.expected:
        differences.append(f"{wanted.deed.who} saw `{one.seen.phrase}` instead of `{wanted.expected}`")
    if account.phrase != wanted.recorded:
        differences.append(f"the record says `{account.phrase}` instead of `{wanted.recorded}`")
    if not one.effect.same_as(judged.expected_effect):
        said = (str(one.effect) or "nothing", str(judged.expected_effect) or "nothing")
        differences.append(f"the systems show {said[0]} instead of {said[1]}")
    if one.seen.action and one.seen.action not in account.actions:
        differences.append(f"the agent was told of `{one.seen.action}`, which the record does not show")
    if not one.effect.actions <= account.actions:
        differences.append("a system was changed under an action that the record does not show")
    return Judged(one, account.phrase, tuple(differences))


def _now_us() -> int:
    return time.time_ns() // 1000

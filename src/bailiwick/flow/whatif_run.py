"""What-ifs that somebody started: one at a time in a thread, remembered until others take their place.

What comes of them is kept in memory alone: each can be had again from the record, so nothing is lost with them.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog

from bailiwick.core.charter import Charter
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.whatif import Redecided, Redeciding, Untold
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, StoreUnavailable

KEPT: Final = 8
DAY_US: Final = 86_400_000_000
MOST_DAYS: Final = 3_650
WhatIfState = Literal["waiting", "running", "done", "failed"]

log = structlog.get_logger("whatif")


@dataclass(frozen=True, slots=True)
class ActionCount:
    """How the calls of one action came out; `changes` counts by `before → after`."""

    name: str
    decided: int
    same: int
    untold: int
    changes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WhatIfReport:
    """What came of deciding again; `lesser` are changes of tier or approvers under the same verdict."""

    decided: int
    same: int
    changed: int
    lesser: int
    untold: int
    summed: int
    actions: tuple[ActionCount, ...]


def report_of(again: Redeciding) -> WhatIfReport:
    """The figures as they stand."""
    changed, lesser = again.changed, again.lesser
    actions = tuple(
        ActionCount(name, tally.decided, tally.same, tally.untold, dict(tally.changes))
        for name, tally in sorted(again.tallies.items())
    )
    return WhatIfReport(
        decided=sum(action.decided for action in actions),
        same=sum(action.same for action in actions),
        changed=changed - lesser,
        lesser=lesser,
        untold=len(again.untold),
        summed=again.summed,
        actions=actions,
    )


@dataclass(slots=True)
class WhatIfRun:
    """One what-if: charter `name` under the version `digest`, over the events from `since_us` to index `end`."""

    id: str
    name: str
    digest: str
    since_us: int
    started_us: int
    end: int
    again: Redeciding
    state: WhatIfState = "waiting"
    done: int = 0
    total: int = 0
    trouble: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, done: int, total: int) -> None:
        """Hear how far it is."""
        self.done, self.total = done, total

    async def wait(self, seconds: float) -> None:
        """Until it has ended, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self.ended.wait()
        except TimeoutError:
            return

    def changes(self, start: int, limit: int) -> tuple[list[Redecided], int | None]:
        """A page of changes in the order of the log, and where the next begins."""
        found = self.again.change_page(start, limit)
        return found, start + limit if self.again.changed > start + limit else None

    def untold(self, start: int, limit: int) -> tuple[list[Untold], int | None]:
        """A page of what cannot be told, and where the next begins."""
        found = self.again.untold[start : start + limit]
        return found, start + limit if len(self.again.untold) > start + limit else None


@dataclass(slots=True)
class _Followed:
    again: Redeciding
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class WhatIfs:
    """Starts what-ifs and remembers the latest; used on one event loop."""

    _followed: dict[tuple[str, str, int], _Followed] = field(default_factory=dict)
    _runs: dict[str, WhatIfRun] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, reader: Reader, policies: PolicySource, asked: Row, charter: Charter, digest: str) -> WhatIfRun:
        """Begin with the decisions of the charter that `asked` names, a row of the table `whatif`."""
        name, since_us = asked["charter"], asked["since_us"]
        again = Redeciding(reader, policies, name, charter, digest, since_us)
        run = WhatIfRun(asked["id"], name, digest, since_us, asked["started_us"], asked["end"], again)
        self._runs[run.id] = run
        for old in list(self._runs)[:-KEPT]:
            del self._runs[old]
        task = asyncio.get_running_loop().create_task(self._carry_out(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def find(self, name: str) -> WhatIfRun | None:
        """A what-if by its id, while it is remembered."""
        return self._runs.get(name)

    def forget(self) -> None:
        """Let go of everything that was told: it quotes people, and one of them was forgotten."""
        self._runs.clear()
        self._followed.clear()

    async def follow(
        self, key: tuple[str, str, int], make: Callable[[], Redeciding], end: Callable[[], int]
    ) -> Redeciding:
        """A what-if that goes on where it stopped when somebody looked last; `key` names what is followed."""
        followed = self._followed.get(key)
        if followed is None:
            followed = self._followed[key] = _Followed(await asyncio.to_thread(make))
            for old in list(self._followed)[:-KEPT]:
                del self._followed[old]
        async with followed.lock:
            await asyncio.to_thread(lambda: followed.again.advance(end()))
        return followed.again

    async def _carry_out(self, run: WhatIfRun) -> None:
        try:
            async with self._turn:  # one at a time: it takes turns at the interpreter with the deciding itself
                run.state = "running"
                await asyncio.to_thread(run.again.advance, run.end, run.tell)
            run.state = "done"
        except StoreUnavailable as error:
            run.state, run.trouble = "failed", str(error)
        except Exception as error:  # whoever started it is told, and the log has the rest
            log.exception("whatif.failed", whatif=run.id)
            run.state, run.trouble = "failed", f"it broke off ({type(error).__name__}); the server's log says where"
        finally:
            run.ended.set()

"""The watch over tool definitions: no action is sent to a connector that was not confirmed to be as reviewed lately.

Two things keep the promise. A round asks every connector twice in the time that a confirmation lasts, and at once when
an upstream says that its tools changed. And whoever dispatches asks `confirm` first, which costs a look into a
dictionary while the last confirmation lasts, and a `tools/list` afterwards: a slow round makes calls slower, never
late. What was seen stops its tool in memory at once, and in the writer's rows before anything else is decided.
"""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
import structlog

from bailiwick.flow.definition import Definition, DefinitionChange, changes
from bailiwick.flow.policy import NO_CATALOGUE, DocumentMissing, PolicySource
from bailiwick.flow.quarantine import TABLE, QuarantineTools
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Store, StoreUnavailable
from bailiwick.ports.upstream import Target, UpstreamError, Upstreams

WATCH_S: Final = 30.0
"""How long a confirmation lasts unless a setting says otherwise."""
PATIENCE_S: Final = 20.0
"""How long a dispatch waits for its connector to be confirmed."""
MOST_TRIES: Final = 3
_PAUSE_S: Final = 0.2  # between two rounds, however often an upstream says that something changed
_MOST_REMEMBERED: Final = 2_000

log = structlog.get_logger("watch")
Place = tuple[str, str]
"""A connector and one of its tools; or a connector and the run whose own session is meant, "" where runs share one."""


@dataclass(frozen=True, slots=True)
class _Confirmed:
    """That a connector's tools were as this catalogue version pins them; `at_us` is before the question was sent."""

    target: Target
    catalogue: str
    at_us: int


class Watch:
    """What is confirmed and what is held. `ticks` are microseconds that only matter between each other."""

    def __init__(
        self,
        store: Store,
        reader: Reader,
        policies: PolicySource,
        upstreams: Upstreams,
        ticks: Callable[[], int],
        within_s: float = WATCH_S,
    ) -> None:
        self._store, self._reader, self._policies, self._upstreams = store, reader, policies, upstreams
        self._ticks, self._within_us = ticks, int(within_s * 1_000_000)
        self._confirmed: dict[Place, _Confirmed] = {}
        self._turns: dict[str, int] = {}
        self._asking: dict[Place, asyncio.Task[None]] = {}
        self._held: set[Place] = set()
        self._noted = 0  # how often this server held something itself
        self._reading, self._holding = threading.Lock(), threading.Lock()
        self._seen: Counter[Place] = Counter()  # held as well: on the way to the rows
        self._stirred = asyncio.Event()

    # ------------------------------------------------------------------------------------------ what is held

    def read(self, reader: Reader) -> None:
        """Take over what the store says is in quarantine. Any thread may; it blocks."""
        with self._reading:
            while True:
                noted = self._noted
                held = {(row["connector"], row["tool"]) for row in reader.rows(TABLE, limit=100_000)}
                with self._holding:  # INVARIANT: what was read earlier never takes the place of what is held since
                    if noted == self._noted:
                        self._held = held
                        return

    def holds(self, connector: str, tool: str) -> bool:
        """Whether the tool is in quarantine, or about to be."""
        return (connector, tool) in self._held or (connector, tool) in self._seen

    # ------------------------------------------------------------------------------------------ what is confirmed

    def objection(self, connector: str, run: str, catalogue: str, tools: Collection[str]) -> str | None:
        """Why nothing may be sent to these tools now; None when all is confirmed and nothing held."""
        for tool in tools:
            if self.holds(connector, tool):
                return f"`{connector}__{tool}` is in quarantine, because it is no longer as it was reviewed"
        if not self.fresh(connector, run, catalogue):
            return f"the tools of `{connector}` have to be confirmed again"
        return None

    def fresh(self, connector: str, run: str, catalogue: str) -> bool:
        """Whether the last confirmation still lasts, for this catalogue version and where the connector lives now."""
        target = self._policies.target(connector)
        if target is None:
            return False
        known = self._confirmed.get((connector, run if target.scope == "per_run" else ""))
        if known is None or known.catalogue != catalogue or known.target != target:
            return False
        # INVARIANT: ticks that went backwards confirm nothing
        return 0 <= self._ticks() - known.at_us <= self._within_us

    async def confirm(self, connector: str, run: str, catalogue: str, patience_s: float = PATIENCE_S) -> str | None:
        """Make sure that the connector is confirmed; None when it is, else the sentence why it is not."""
        for _ in range(MOST_TRIES):
            if self.fresh(connector, run, catalogue):
                return None
            asking = self._ask(self._place(connector, run))
            try:
                async with asyncio.timeout(patience_s):
                    await asyncio.shield(asking)
            except asyncio.CancelledError:
                if not asking.cancelled():
                    raise
                return f"the tools of `{connector}` could not be confirmed, since the gateway is shutting down"
            except TimeoutError:
                return f"the tools of `{connector}` could not be confirmed within {patience_s:.0f} seconds"
            except (UpstreamError, StoreUnavailable, DocumentMissing) as error:
                return f"the tools of `{connector}` could not be confirmed: {error}"
        if self.fresh(connector, run, catalogue):
            return None
        return f"the tools of `{connector}` could not be confirmed, since they or their catalogue keep changing"

    async def definitions(self, connector: str) -> list[dict[str, Any]]:
        """What the connector offers now, raw; whoever looks makes the watch see it too."""
        return await self._list((connector, ""))

    def stir(self, connector: str) -> None:
        """The tools of a connector may have changed: what was confirmed of it counts no more, and a round begins."""
        self._turns[connector] = self._turns.get(connector, 0) + 1
        for place in [place for place in self._confirmed if place[0] == connector]:
            del self._confirmed[place]
        self._stirred.set()

    # ------------------------------------------------------------------------------------------ asking

    def _place(self, connector: str, run: str) -> Place:
        target = self._policies.target(connector)
        return connector, run if target is not None and target.scope == "per_run" else ""

    def _ask(self, place: Place) -> asyncio.Task[None]:
        """The one question that is under way for a place."""
        asking = self._asking.get(place)
        if asking is None:
            asking = self._asking[place] = asyncio.create_task(self._look(place), name=f"watch {place[0]}")
            asking.add_done_callback(partial(self._asked, place))
        return asking

    def _asked(self, place: Place, task: asyncio.Task[None]) -> None:
        del self._asking[place]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, UpstreamError | StoreUnavailable | DocumentMissing):
            log.error("watch.failed", connector=place[0], exc_info=error)

    async def _look(self, place: Place) -> None:
        await self._list(place)

    async def _list(self, place: Place) -> list[dict[str, Any]]:
        connector, run = place
        target, catalogue = self._policies.target(connector), self._policies.catalogue_in_force(connector)
        turn, began_us = self._turns.get(connector, 0), self._ticks()
        found = await self._upstreams.definitions(connector, run)
        if target is None or catalogue == NO_CATALOGUE:
            return found
        current = await self._compare(connector, catalogue, found)
        # INVARIANT: an answer from before somebody said that the tools changed confirms nothing
        if current and turn == self._turns.get(connector, 0):
            self._remember(place, _Confirmed(target, catalogue, began_us))
        return found

    async def _compare(self, connector: str, catalogue: str, found: Sequence[Definition]) -> bool:
        """Put what is not as reviewed into quarantine; whether it was compared with the catalogue in force."""
        pinned = self._policies.tools(catalogue).definitions
        known = {row["tool"]: row for row in self._reader.rows(TABLE, {"connector": connector}, limit=10_000)}
        noted = noted_tools(self._reader.row("connector", connector))
        odd = changes(pinned, noted, known, found)
        fresh = [one for one in odd if not _is_known(one, known)]
        if not fresh:
            return True
        tools = [(connector, one.tool) for one in fresh]
        # INVARIANT: what was seen is held before anything is awaited, so nothing decided earlier is sent any more;
        # when it cannot be written, it stays held until a later round has written it
        self._seen.update(tools)
        current = await self._store.commit(QuarantineTools(connector, catalogue, tuple(pinned), tuple(fresh)))
        if current:
            with self._holding:
                self._noted += 1
                self._held = self._held | set(tools)
            log.warning("watch.quarantined", connector=connector, tools=len(fresh))
        else:
            self._policies.forget()
        for tool in tools:
            self._seen[tool] -= 1
            if current or self._seen[tool] <= 0:
                del self._seen[tool]
        return current

    def _remember(self, place: Place, confirmed: _Confirmed) -> None:
        if len(self._confirmed) > _MOST_REMEMBERED:
            oldest = confirmed.at_us - self._within_us
            self._confirmed = {key: one for key, one in self._confirmed.items() if one.at_us >= oldest}
        self._confirmed[place] = confirmed

    # ------------------------------------------------------------------------------------------ the rounds

    async def keep(self) -> None:
        """Go round for ever; a connector that does not answer is asked again in the next round."""
        while True:
            self._stirred.clear()
            await self.round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._within_us / 2_000_000):
                    await self._stirred.wait()
            await asyncio.sleep(_PAUSE_S)

    async def close(self) -> None:
        """Let go of every question that is still open."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def round(self) -> None:
        """Ask every connector that has a catalogue, unless its last question is still open; wait for none of them."""
        try:
            names = await asyncio.to_thread(self._policies.connectors)
        except StoreUnavailable:
            return
        for name in names:
            self._ask((name, ""))


def noted_tools(connector: Mapping[str, Any] | None) -> Collection[str]:
    """The names of what a connector offered when its catalogue was put in force."""
    text = connector["definitions"] if connector else None
    found: list[str] = orjson.loads(text) if text else []
    return frozenset(found)


def _is_known(change: DefinitionChange, known: Mapping[str, Mapping[str, Any]]) -> bool:
    row = known.get(change.tool)
    return row is not None and (row["change"], row["offered"]) == (change.kind, change.offered)

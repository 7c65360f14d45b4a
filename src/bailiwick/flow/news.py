"""Telling the other servers what changed, and hearing it from them: within milliseconds, or a poll later.

A server that has not been able to hear for a while does not know whether it is halted, so it lets nothing through.
"""

import asyncio
import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic

import structlog

from bailiwick.ports.news import QUIET, TABLE, TOPIC_OF, Bell, Topic
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import CommitUnknown, ReplyT, ReplyT_co, Row, Shelf, Store, Unit

POLL_S: Final = 0.25
"""How often a server looks although no bell rang."""
PATIENCE_US: Final = 2_000_000
"""How long a server that cannot read the store goes on with what it knows."""

log = structlog.get_logger("news")


class Noting:
    """A shelf that notes which topics a unit touches; all else is the shelf's own."""

    __slots__ = ("_shelf", "all", "append", "get", "new_id", "topics")

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self.topics = shelf, set[Topic]()
        self.get, self.all, self.new_id, self.append = shelf.get, shelf.all, shelf.new_id, shelf.append

    @property
    def now_us(self) -> int:
        return self._shelf.now_us

    def put(self, table: str, row: Mapping[str, object]) -> None:
        if table in TOPIC_OF and not self._is_quiet(table, row):
            self.topics.add(TOPIC_OF[table])
        self._shelf.put(table, row)

    def drop(self, table: str, key: str) -> None:
        if table in TOPIC_OF:
            self.topics.add(TOPIC_OF[table])
        self._shelf.drop(table, key)

    def _is_quiet(self, table: str, row: Mapping[str, object]) -> bool:
        before = self._shelf.get(table, str(row["id"])) if table in QUIET else None
        if before is None:
            return False
        return {name for name, value in row.items() if before.get(name) != value} <= QUIET[table]


@dataclass(frozen=True, slots=True)
class Announced(Generic[ReplyT_co]):
    """A unit whose news is counted in its own transaction; replies whether there was any."""

    unit: Unit[ReplyT_co]

    def step(self, shelf: Shelf) -> tuple[ReplyT_co, bool]:
        noting = Noting(shelf)
        reply = self.unit.step(noting)
        for topic in sorted(noting.topics):
            row: Row = shelf.get(TABLE, topic.value) or {"id": topic.value, "turn": 0}
            shelf.put(TABLE, {**row, "turn": row["turn"] + 1})
        return reply, bool(noting.topics)


@dataclass(frozen=True, slots=True)
class Announcing:
    """A store that counts the news of every unit and rings the bell for it."""

    store: Store
    bell: Bell

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT:
        try:
            reply, news = await self.store.commit(Announced(unit))
        except CommitUnknown as error:
            error.reply = error.reply[0] if isinstance(error.reply, tuple) else error.reply
            raise
        if news:
            self.bell.ring()
        return reply

    async def checkpoint(self) -> None:
        await self.store.checkpoint()


class LocalBell:
    """The bell of a server that is alone with its store."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def wait(self, seconds: float) -> None:
        self._rung.wait(seconds)
        self._rung.clear()

    def ring(self) -> None:
        self._rung.set()

    def close(self) -> None:
        self._rung.set()


class Hearing:
    """What this server has heard. A thread of its own listens, so that nothing else keeps it from hearing.

    `patience_us` is None where nobody else writes: then this server knows everything that it needs.
    """

    def __init__(self, reader: Reader, bell: Bell, ticks: Callable[[], int], patience_us: int | None = None) -> None:
        self._reader, self._bell, self._ticks, self._patience_us = reader, bell, ticks, patience_us
        self._handlers: dict[Topic, list[Callable[[], Any]]] = defaultdict(list)
        self._turns: dict[str, int] = {}
        self._counts: dict[Topic, int] = defaultdict(int)
        self._waiting: set[tuple[Topic, asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = threading.Lock()
        self._heard_us: int | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None

    def on(self, topic: Topic, handler: Callable[[], Any]) -> None:
        """Call `handler` in the listening thread whenever the topic changed; it may block, and be called for nothing.

        When it raises `StoreUnavailable` the change counts as unheard, and it is called again.
        """
        self._handlers[topic].append(handler)

    def start(self) -> None:
        """Hear everything once, in this thread, then go on listening in another. Raises `StoreUnavailable`."""
        self.hear(everything=True)
        self._thread = threading.Thread(target=self._listen, name="bailiwick-news", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stopping = True
        self._bell.close()
        if self._thread is not None:
            self._thread.join()

    def trouble(self) -> str | None:
        """Why nothing may be let through now; None when this server knows what is in force."""
        if self._patience_us is None:
            return None
        deaf_us = self._ticks() - self._heard_us if self._heard_us is not None else None
        # INVARIANT: ticks that went backwards prove nothing
        if deaf_us is not None and 0 <= deaf_us <= self._patience_us:
            return None
        since = "yet" if deaf_us is None else f"for {max(deaf_us, 0) / 1_000_000:.0f} seconds"
        return (
            f"this server has not been able to read the store {since}, so it lets nothing through; it goes on by itself"
        )

    def turn(self, topic: Topic) -> int:
        """How many changes of a topic were heard: take it before a look, and give it to `later`."""
        return self._counts[topic]

    async def later(self, topic: Topic, turn: int, seconds: float) -> None:
        """Until the topic has changed since `turn`, at most so long."""
        loop, moved = asyncio.get_running_loop(), asyncio.Event()
        place = (topic, loop, moved)
        with self._lock:
            if self._counts[topic] != turn:
                return
            self._waiting.add(place)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await moved.wait()
        finally:
            with self._lock:
                self._waiting.discard(place)

    def hear(self, *, everything: bool = False) -> None:
        """Look what changed and pass it on. Raises `StoreUnavailable`."""
        began_us = self._ticks()
        turns: dict[str, int] = {row["id"]: row["turn"] for row in self._reader.rows(TABLE, limit=100)}
        for topic in Topic:
            turn = turns.get(topic.value, 0)
            if everything or turn != self._turns.get(topic.value):
                for handler in self._handlers[topic]:
                    handler()
                # INVARIANT: a change counts as heard only once everybody who keeps something of it has looked
                self._turns[topic.value] = turn
                self._wake(topic)
        self._heard_us = began_us

    def _wake(self, topic: Topic) -> None:
        with self._lock:
            self._counts[topic] += 1
            waiting = [place for place in self._waiting if place[0] is topic]
        for _, loop, moved in waiting:
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
                loop.call_soon_threadsafe(moved.set)

    def _listen(self) -> None:
        deaf = False
        while not self._stopping:
            self._bell.wait(POLL_S)
            try:
                self.hear()
            except Exception as error:  # noqa: BLE001  # whatever it is, this server listens on and refuses meanwhile
                if not deaf:
                    log.error("news.unheard", error=type(error).__name__, detail=str(error))
                deaf = True
                continue
            if deaf:
                log.info("news.heard_again")
            deaf = False

"""Callers that wait for a store: what they asked for, and how each is answered in its own event loop."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bailiwick.ports.store import StoreUnavailable, Unit

MAX_BATCH: Final = 256
MAX_WAITING: Final = 8192
CHECKPOINT_SECONDS: Final = 1.0

log = structlog.get_logger("store")


@dataclass(frozen=True, slots=True)
class Job:
    """A unit to carry out and who waits for it; without a unit it asks for a checkpoint now."""

    unit: Unit[Any] | None
    future: asyncio.Future[Any]


class WaitingRoom:
    """Jobs in the order of their arrival, until the door is shut."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._door = threading.Lock()
        self._shut = False

    def __len__(self) -> int:
        return len(self._jobs)

    def enter(self, unit: Unit[Any] | None) -> asyncio.Future[Any]:
        """Wait here; raises `StoreUnavailable` when the room is full or shut."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        # INVARIANT: nothing is put behind the closing, where nobody would ever answer it
        with self._door:
            if self._shut:
                raise StoreUnavailable("the store is closing; try again after the restart")
            if len(self._jobs) >= MAX_WAITING:
                raise StoreUnavailable("too much is waiting for the record; try again shortly")
            self._jobs.append(Job(unit, future))
        return future

    def shut(self) -> None:
        """Let nobody in any more."""
        with self._door:
            self._shut = True

    def take(self, most: int = MAX_BATCH) -> list[Job]:
        """The jobs that have waited longest."""
        return [self._jobs.popleft() for _ in range(min(len(self._jobs), most))]

    def first_loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop of whoever has waited longest."""
        with contextlib.suppress(IndexError):
            return self._jobs[0].future.get_loop()
        return None


def answer(answers: Sequence[tuple[Job, Any]]) -> None:
    """Give every job its reply, or the exception that is its answer; one wake-up a loop."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Job, Any]]] = {}
    for job, reply in answers:
        loops.setdefault(job.future.get_loop(), []).append((job, reply))
    for loop, batch in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, batch)


def complain(event: str, error: Exception) -> None:
    """Log what went wrong in a writer's thread."""
    # INVARIANT: a log that cannot be written either, on the same full disk, does not end the writer
    with contextlib.suppress(Exception):
        log.error(event, error=type(error).__name__, detail=str(error))


def refusal(error: Exception) -> StoreUnavailable:
    """What callers are told when nothing was written."""
    told = StoreUnavailable("the record cannot be written just now, so nothing was done; try again later")
    told.__cause__ = error
    return told


def _resolve(batch: list[tuple[Job, Any]]) -> None:
    for job, reply in batch:
        if job.future.done():
            continue
        if isinstance(reply, Exception):
            job.future.set_exception(reply)
        else:
            job.future.set_result(reply)

"""The store on one SQLite file: whoever commits decides at once, and one thread waits for the disk.

Units are carried out on the event loop that asked, inside the open transaction; only the commit, which waits for the
disk, is left to a thread. Whatever arrives meanwhile forms the next batch; there is no artificial delay. Two threads
that take turns at the interpreter for every statement would cost more than the disk does.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bailiwick.ports.clock import Clock
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.store import ReplyT, StoreUnavailable, Unit
from bailiwick.store.journal import Journal, Origin
from bailiwick.store.waiting import CHECKPOINT_SECONDS, Job, WaitingRoom, answer, complain, refusal


@dataclass(frozen=True, slots=True)
class _Written:  # a batch on its way to the disk; without answers the thread carries it out itself
    jobs: Sequence[Job]
    answers: Sequence[Any] | None


class SqliteStore:
    """Implements `ports.store.Store`; `start` opens the file, `close` commits what waits and closes it."""

    def __init__(
        self,
        path: Path,
        origin: Origin,
        clock: Clock,
        ids: Callable[[str], str],
        salt: Callable[[], bytes],
        keys: PayloadKeys | None = None,
    ) -> None:
        self._open: Callable[[], Journal] = partial(Journal, path, origin, clock, ids, salt, keys)
        self._clock = clock
        self._thread = threading.Thread(target=self._work, name="bailiwick-writer", daemon=True)
        self._written: queue.SimpleQueue[_Written | None] = queue.SimpleQueue()
        self._waiting = WaitingRoom()
        self._free = threading.Lock()  # held by whoever uses the journal: a loop, and then the thread

    def start(self) -> None:
        """Open the file and start the thread."""
        self._journal = self._open()
        self._thread.start()

    def close(self) -> None:
        """Commit what waits, sign a last checkpoint and stop."""
        self._waiting.shut()
        self._written.put(None)
        self._thread.join()

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT:
        reply: ReplyT = await self._submit(unit)
        return reply

    async def checkpoint(self) -> None:
        """Sign the log as it stands now, if it grew since the last checkpoint."""
        await self._submit(None)

    async def _submit(self, unit: Unit[Any] | None) -> Any:
        future = self._waiting.enter(unit)
        if len(self._waiting) == 1:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._soon, loop)
        return await future

    def _soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """One more turn of the loop first: whatever has arrived by then shares the wait for the disk."""
        loop.call_soon(self._begin)

    def _begin(self) -> None:
        """On an event loop: carry out what waits, unless somebody holds the journal, who looks again when done."""
        if not self._waiting or not self._free.acquire(blocking=False):
            return
        jobs, answers = self._waiting.take(), None
        try:
            answers = self._journal.write([job.unit for job in jobs if job.unit])
        except Exception:  # noqa: BLE001  # the thread tries again, with patience, and says what is wrong
            self._journal.rollback()
        self._written.put(_Written(jobs, answers))

    def _work(self) -> None:
        stop = False
        while not stop or self._waiting or self._free.locked():
            try:
                written = self._written.get(timeout=0 if stop and not self._free.locked() else CHECKPOINT_SECONDS)
            except queue.Empty:
                self._tick()
                continue
            if written is None:
                stop = True
                continue
            self._finish(written)
            self._free.release()
            self._hand_on()
        self._sign_quietly()
        self._journal.close()

    def _tick(self) -> None:
        """Nothing came for a while: sign what grew, and carry out what a loop left behind when it closed."""
        if self._free.acquire(blocking=False):
            if self._waiting:
                self._finish(_Written(self._waiting.take(), None))
            self._sign_quietly()
            self._free.release()
            self._hand_on()

    def _hand_on(self) -> None:
        """Wake the loop of whoever has waited longest; when it has closed, the next tick does its work."""
        loop = self._waiting.first_loop()
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._soon, loop)

    def _finish(self, written: _Written) -> None:
        jobs = [job for job in written.jobs if job.unit]
        answers = list(zip(jobs, self._durable(jobs, written.answers), strict=True))
        asked = [job for job in written.jobs if not job.unit]
        # a busy log is signed too, not only one that falls silent
        if asked or self._clock.now_us() - self._journal.signed_us >= CHECKPOINT_SECONDS * 1_000_000:
            trouble = self._sign_quietly()
            answers += [(job, trouble) for job in asked]
        answer(answers)

    def _durable(self, jobs: Sequence[Job], answers: Sequence[Any] | None) -> Sequence[Any]:
        """Commit what was written; what could not be is carried out again here, at last one by one."""
        try:
            if answers is None:
                with self._journal.patient():
                    answers = self._journal.write([job.unit for job in jobs if job.unit])
            self._journal.commit()
        except Exception as error:  # noqa: BLE001  # a batch fails whole, whatever the reason
            self._journal.rollback()
            if len(jobs) > 1:
                return [self._durable([job], None)[0] for job in jobs]
            complain("store.commit_failed", error)
            return [refusal(error)] * len(jobs)
        return answers

    def _sign_quietly(self) -> Exception | None:
        try:
            with self._journal.patient():
                self._journal.sign()
        except Exception as error:  # noqa: BLE001  # a checkpoint that cannot be written now is written a second later
            self._journal.rollback()
            complain("store.checkpoint_failed", error)
            return StoreUnavailable("the checkpoint cannot be written just now; try again later")
        return None

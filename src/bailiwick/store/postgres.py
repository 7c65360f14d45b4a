"""The store on PostgreSQL: one thread carries out whatever has arrived, one transaction a batch.

Whatever arrives while a batch is on its way forms the next; there is no artificial delay. Several servers may share
one database: each has a store of its own, and they take turns at the log's row. A connection that is lost is made
again by itself; what was not committed by then is refused, and a commit whose answer was lost is looked up.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from bailiwick.ports.clock import Clock
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.store import CommitUnknown, ReplyT, StoreUnavailable, Unit
from bailiwick.store.journal import Origin
from bailiwick.store.postgres_journal import CommitInDoubt, PostgresJournal
from bailiwick.store.postgres_session import LogHeld, Unreachable
from bailiwick.store.waiting import CHECKPOINT_SECONDS, Job, WaitingRoom, answer, complain, refusal

PATIENCE_S: Final = 10.0
"""How long callers wait for a database that went away during their commit, until they are told that nobody knows."""
_PAUSE_S: Final = 0.1
_ATTEMPTS: Final = 3


class PostgresStore:
    """Implements `ports.store.Store`; `start` connects, `close` commits what waits and disconnects."""

    def __init__(
        self,
        url: str,
        origin: Origin,
        clock: Clock,
        ids: Callable[[str], str],
        salt: Callable[[], bytes],
        keys: PayloadKeys,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._patience_s = patience_s
        self._journal = PostgresJournal(url, origin, clock, ids, salt, keys)
        self._clock = clock
        self._room = WaitingRoom()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="bailiwick-writer", daemon=True)

    def start(self) -> None:
        """Connect and start the thread; raises `StoreUnavailable` when the database does not answer."""
        try:
            self._journal.open()
        except Unreachable as error:
            raise StoreUnavailable(f"PostgreSQL does not answer: {error}") from error
        self._thread.start()

    def close(self) -> None:
        """Commit what waits, sign a last checkpoint and stop."""
        self._room.shut()
        self._stopping = True
        self._wake.set()
        self._thread.join()

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT:
        reply: ReplyT = await self._submit(unit)
        return reply

    async def checkpoint(self) -> None:
        """Sign the log as it stands now, if it grew since the last checkpoint."""
        await self._submit(None)

    async def _submit(self, unit: Unit[Any] | None) -> Any:
        future = self._room.enter(unit)
        if len(self._room) == 1:
            # one more turn of the loop first: whatever has arrived by then shares the transaction
            asyncio.get_running_loop().call_soon(self._soon)
        return await future

    def _soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._wake.set)

    # ------------------------------------------------------------------------------------------ the thread

    def _work(self) -> None:
        while len(self._room) or not self._stopping:
            if not len(self._room):
                self._wake.wait(CHECKPOINT_SECONDS)
                self._wake.clear()
            jobs = self._room.take()
            if jobs:
                answer(self._answers(jobs))
            elif not self._stopping:
                self._sign_quietly()
        self._sign_quietly()
        self._journal.close()

    def _answers(self, jobs: Sequence[Job]) -> list[tuple[Job, Any]]:
        asked = [job for job in jobs if job.unit is None]
        jobs = [job for job in jobs if job.unit is not None]
        answers = list(zip(jobs, self._durable([job.unit for job in jobs if job.unit]), strict=True))
        # a busy log is signed too, not only one that falls silent
        if asked or self._clock.now_us() - self._journal.signed_us >= CHECKPOINT_SECONDS * 1_000_000:
            answer(answers)
            trouble = self._sign_quietly()
            return [(job, trouble) for job in asked]
        return answers

    def _durable(self, units: Sequence[Unit[Any]]) -> Sequence[Any]:
        """The answers once they are durable; what cannot be written together is tried one by one."""
        if not units:
            return []
        try:
            return self._write(units)
        except Unreachable as error:
            complain("store.unreachable", error)
            return [refusal(error)] * len(units)
        except Exception as error:  # noqa: BLE001  # a batch fails whole, whatever the reason
            if len(units) > 1:
                return [self._durable([unit])[0] for unit in units]
            complain("store.commit_failed", error)
            return [refusal(error)]

    def _write(self, units: Sequence[Unit[Any]]) -> Sequence[Any]:
        """Write them, again where it is certain that nothing was written and the connection was to blame."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._journal.write(units)
            except LogHeld:
                raise
            except Unreachable:
                if attempt == _ATTEMPTS:
                    raise
            except CommitInDoubt as doubt:
                made = self._look_up(doubt)
                if made is None:
                    complain("store.commit_unknown", doubt)
                    return [_unknown(doubt, reply) for reply in doubt.answers]
                if made:
                    return doubt.answers
        raise Unreachable("the connection is lost time and again")

    def _look_up(self, doubt: CommitInDoubt) -> bool | None:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return self._journal.was_made(doubt)
            except Exception as error:  # noqa: BLE001  # a database that starts again answers in many ways
                if time.monotonic() > deadline:
                    complain("store.unreachable", error)
                    return None
                time.sleep(_PAUSE_S)

    def _sign_quietly(self) -> Exception | None:
        try:
            self._journal.sign()
        except Exception as error:  # noqa: BLE001  # a checkpoint that cannot be written now is written a second later
            complain("store.checkpoint_failed", error)
            return StoreUnavailable("the checkpoint cannot be written just now; try again later")
        return None


def _unknown(doubt: CommitInDoubt, reply: Any) -> Exception:
    if isinstance(reply, Exception):  # it refused itself, and changed nothing either way
        return reply
    sentence = "the database went away while this was recorded: it may be or not; look before you try again"
    told = CommitUnknown(sentence, reply)
    told.__cause__ = doubt
    return told

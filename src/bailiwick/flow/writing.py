"""Whether the record can be written just now: noticed by whoever commits, and by this server's own signs of life.

Nothing is let through because of what stands here: every action needs its own commit, and that is what refuses. This
is what people and machines are told of it, everywhere, until it is over.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from bailiwick.flow.server import Beat
from bailiwick.ports.clock import Clock
from bailiwick.ports.store import ReplyT, Store, StoreUnavailable, Unit

TWICE: Final = 2
"""Failures in a row that are a trouble of the store: one alone may be about what was to be written."""

log = structlog.get_logger("store")


@dataclass(frozen=True, slots=True)
class WriteTrouble:
    """Why nothing can be written, in the words of the system, and since when."""

    reason: str
    since_us: int


class Writing:
    """Implements `ports.store.Store` on top of one; `trouble` is None while it can be written."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._failures, self._since_us = 0, 0
        self.trouble: WriteTrouble | None = None

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT:
        try:
            reply = await self._store.commit(unit)
        except StoreUnavailable as error:
            if error.__cause__ is not None:  # too many at once, or closing, is nobody's fault
                self._failed(error.__cause__)
            raise
        # INVARIANT: only a unit that always writes shows that writing works again
        kind: object = unit
        if isinstance(kind, Beat):
            self._worked()
        elif self.trouble is None:
            self._failures = 0
        return reply

    async def checkpoint(self) -> None:
        await self._store.checkpoint()

    def _failed(self, error: BaseException) -> None:
        if not self._failures:
            self._since_us = self._clock.now_us()
        self._failures += 1
        if self._failures == TWICE:
            self.trouble = WriteTrouble(str(error) or type(error).__name__, self._since_us)
            log.error("store.unwritable", reason=self.trouble.reason)

    def _worked(self) -> None:
        if self.trouble is not None:
            log.info("store.writable_again", seconds=(self._clock.now_us() - self.trouble.since_us) // 1_000_000)
        self._failures, self.trouble = 0, None

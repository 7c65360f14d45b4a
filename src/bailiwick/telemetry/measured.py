"""The ports with a meter on each: whatever passes through is counted and timed, and nothing else changes."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from bailiwick.flow.act import Acted, Acts
from bailiwick.flow.prepare import ToolCall
from bailiwick.ports.store import ReplyT, Store, StoreUnavailable, Unit
from bailiwick.ports.upstream import (
    LastLook,
    OnNotice,
    Reply,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    UpstreamUncertain,
    UpstreamWithheld,
)
from bailiwick.telemetry.meters import Meters

_FAILURES: Final = (
    (UpstreamWithheld, "withheld"),
    (UpstreamUnavailable, "unavailable"),
    (UpstreamUncertain, "uncertain"),
    (UpstreamRefused, "refused"),
)


class MeasuredActing:
    """Counts what was decided and what came of it."""

    def __init__(self, acting: Acts, meters: Meters) -> None:
        self._acting, self._meters = acting, meters

    async def act(self, call: ToolCall, on_notice: OnNotice | None = None) -> Acted:
        acted = await self._acting.act(call, on_notice)
        self._meters.decided(acted.decision.verdict)
        if acted.state is not None:
            self._meters.ended(acted.state, acted.evidence.value if acted.evidence else "")
        return acted

    async def drain(self, seconds: float) -> None:
        await self._acting.drain(seconds)


class MeasuredStore:
    """Times commits, and counts which of them became durable together."""

    def __init__(self, store: Store, meters: Meters) -> None:
        self._store, self._meters = store, meters
        self._together = 0

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT:
        begun = time.perf_counter()
        self._meters.waiting.inc()
        try:
            reply = await self._store.commit(unit)
        except StoreUnavailable:
            self._meters.unavailable.inc()
            raise
        finally:
            self._meters.waiting.dec()
        self._meters.committed(time.perf_counter() - begun)
        # what one batch made durable resumes in one turn of the loop; the count is taken after the last of them
        if not self._together:
            asyncio.get_running_loop().call_soon(self._count)
        self._together += 1
        return reply

    async def checkpoint(self) -> None:
        await self._store.checkpoint()

    def _count(self) -> None:
        self._meters.batch(self._together)
        self._together = 0


class MeasuredUpstreams:
    """Times calls, by connector."""

    def __init__(self, upstreams: Upstreams, meters: Meters) -> None:
        self._upstreams, self._meters = upstreams, meters

    async def definitions(self, connector: str, run: str = "") -> list[dict[str, Any]]:
        return await self._upstreams.definitions(connector, run)

    async def call(
        self,
        connector: str,
        run: str,
        tool: str,
        arguments: bytes,
        meta: Mapping[str, Any],
        deadline_s: float,
        on_notice: OnNotice | None = None,
        last_look: LastLook | None = None,
    ) -> Reply:
        begun, failure = time.perf_counter(), "broken"
        try:
            reply = await self._upstreams.call(connector, run, tool, arguments, meta, deadline_s, on_notice, last_look)
            failure = ""
        except Exception as error:
            failure = failure_word(error)
            raise
        finally:
            self._meters.upstream(connector, time.perf_counter() - begun, failure or None)
        return reply

    async def close(self) -> None:
        await self._upstreams.close()


def failure_word(error: BaseException) -> str:
    """What is known of a call that failed, as a label."""
    return next((word for kind, word in _FAILURES if isinstance(error, kind)), "broken")

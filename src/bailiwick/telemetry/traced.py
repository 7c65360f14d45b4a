"""The ports with a span around each; they are not wired unless somebody collects spans."""

from collections.abc import Mapping
from typing import Any, Final, cast

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from bailiwick.core.verdict import verdict_word
from bailiwick.flow.act import Acted, Acts
from bailiwick.flow.decide_action import DecideAction, Decision
from bailiwick.flow.prepare import ToolCall
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.flow.server import SettleOwn
from bailiwick.ports.clock import Clock
from bailiwick.ports.store import ReplyT, Row, Store, Unit
from bailiwick.ports.upstream import LastLook, OnNotice, Reply, Upstreams
from bailiwick.telemetry.tracing import Tracing, fail

_STEPS: Final[Mapping[type, str]] = {DecideAction: "decide", SettleOwn: "settle"}


class TracedActing:
    """A span a call."""

    def __init__(self, acting: Acts, tracing: Tracing) -> None:
        self._acting, self._tracing = acting, tracing

    async def act(self, call: ToolCall, on_notice: OnNotice | None = None) -> Acted:
        span = await self._tracing.start_action(call)
        try:
            # the task in which the action goes its way starts with this context, and finds the span there
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                acted = await self._acting.act(call, on_notice)
        except Exception as error:
            fail(span, type(error).__name__)
            raise
        else:
            self._tracing.end_action(span, call, acted)
            return acted
        finally:
            span.end()

    async def drain(self, seconds: float) -> None:
        await self._acting.drain(seconds)


class TracedStore:
    """A span for what decides and what settles; the span of a run when it ends."""

    def __init__(self, store: Store, tracing: Tracing, clock: Clock) -> None:
        self._store, self._tracing, self._clock = store, tracing, clock

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT:
        step = _STEPS.get(type(unit))
        if step is not None:
            with self._tracing.step(step) as span:
                reply = await self._store.commit(unit)
                if span is not None and isinstance(reply, Decision):
                    span.set_attribute("bailiwick.verdict", verdict_word(reply.verdict))
                    span.set_attribute("bailiwick.rules", list(reply.verdict.rules))
            return reply
        begun = self._clock.now_us()
        reply = await self._store.commit(unit)
        kind: type = type(unit)
        if kind is OpenRun:
            self._tracing.opened(cast("Row", reply))
        elif kind is EndRun:
            self._end(cast("Row", reply), begun)
        return reply

    def _end(self, run: Row, begun_us: int) -> None:
        if run["ended_us"] >= begun_us:  # closing a run again changes nothing, and ends no second span
            self._tracing.ended(run)

    async def checkpoint(self) -> None:
        await self._store.checkpoint()


class TracedUpstreams:
    """A span for each call, which the upstream is told of."""

    def __init__(self, upstreams: Upstreams, tracing: Tracing) -> None:
        self._upstreams, self._tracing = upstreams, tracing

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
        attributes = {
            "mcp.method.name": "tools/call",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool,
            "bailiwick.connector": connector,
        }
        with self._tracing.step(f"tools/call {tool}", SpanKind.CLIENT, attributes) as span:
            carried = self._tracing.carried(meta)
            reply = await self._upstreams.call(
                connector, run, tool, arguments, carried, deadline_s, on_notice, last_look
            )
            if span is not None:
                span.set_attribute("mcp.protocol.version", reply.era)
                if reply.result.get("isError") is True:
                    fail(span, "tool_error")
        return reply

    async def close(self) -> None:
        await self._upstreams.close()

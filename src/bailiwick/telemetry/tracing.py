"""Spans of what is governed: a run, an action in it, its decision, its way upstream and its outcome.

Names are those of the OpenTelemetry conventions for GenAI and MCP as they stood in July 2026; none of them is stable,
so they are mapped here and used nowhere else. No argument, result, intent or reason is in a span.
"""

import asyncio
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bailiwick.core.verdict import Deny, verdict_word
from bailiwick.flow.act import Acted
from bailiwick.flow.prepare import ToolCall
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, StoreUnavailable
from bailiwick.telemetry.run_trace import RunIds, run_context, span_id_of, trace_id_of
from bailiwick.telemetry.span_queue import Lost, Sent, SpanQueue

_MOST_ROOTS: Final = 10_000
_US: Final = 1_000
_FAILED: Final = ("failed", "unknown")


class Tracing:
    """The tracer of one server. Sampling, limits and the resource follow the OTEL_* variables."""

    def __init__(self, endpoint: str | None, version: str, reader: Reader, sent: Sent, lost: Lost) -> None:
        self._reader = reader
        self._ids = RunIds()
        resource = Resource.create({SERVICE_VERSION: version})
        if resource.attributes.get(SERVICE_NAME, "").startswith("unknown_service"):  # type: ignore[union-attr]
            resource = resource.merge(Resource({SERVICE_NAME: "bailiwick"}))
        self._provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(SpanQueue(OTLPSpanExporter(endpoint), sent, lost))
        self.tracer = self._provider.get_tracer("bailiwick", version)
        self._carrier = TraceContextTextMapPropagator()
        self._roots: dict[str, str] = {}

    def close(self) -> None:
        """Send what waits and stop, within a few seconds. Blocking."""
        self._provider.shutdown()

    # ------------------------------------------------------------------------------------------ the action

    async def start_action(self, call: ToolCall) -> Span:
        """The span of one call: in the trace of the agent that sent one, else in the trace of its run."""
        run, parent, links = await self._run(call.run), Context(), ()
        if call.traceparent:
            carrier = {"traceparent": call.traceparent, "tracestate": call.tracestate}
            parent = self._carrier.extract(carrier, Context())
        if trace.get_current_span(parent).get_span_context().is_valid:
            links = (Link(run),) if run else ()  # type: ignore[assignment]
        elif run:
            parent = trace.set_span_in_context(NonRecordingSpan(run), Context())
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.agent.id": call.agent,
            "gen_ai.agent.name": call.agent,
            "mcp.method.name": "tools/call",
        }
        return self.tracer.start_span("execute_tool", parent, SpanKind.SERVER, attributes, links)

    def end_action(self, span: Span, call: ToolCall, acted: Acted) -> None:
        """Say what came of it. A name that nobody catalogued is the agent's own text and stays out."""
        decision, verdict = acted.decision, acted.decision.verdict
        span.set_attributes(
            {
                "gen_ai.tool.call.id": decision.action,
                "gen_ai.conversation.id": decision.run,
                "bailiwick.run": decision.run,
                "bailiwick.action": decision.action,
                "bailiwick.verdict": verdict_word(verdict),
            }
        )
        if verdict.action is not None:
            tool = f"{call.connector}__{call.tool}"
            span.update_name(f"execute_tool {tool}")
            span.set_attributes({"gen_ai.tool.name": tool, "gen_ai.tool.type": "extension"})
            span.set_attribute("bailiwick.action.name", verdict.action)
        if isinstance(verdict, Deny):
            span.set_attribute("bailiwick.code", verdict.code.value)
        if decision.approval:
            span.set_attribute("bailiwick.approval", decision.approval)
        if acted.state is not None:
            evidence = acted.evidence.value if acted.evidence else ""
            span.set_attributes({"bailiwick.outcome": acted.state, "bailiwick.evidence": evidence})
            if acted.state in _FAILED:
                fail(span, evidence or acted.state)

    @contextmanager
    def step(self, name: str, kind: SpanKind = SpanKind.INTERNAL, attributes: Mapping[str, str] | None = None) -> Any:
        """A span inside the action's, if there is one; what it raises is its error."""
        if not trace.get_current_span().get_span_context().is_valid:
            yield None
            return
        span = self.tracer.start_span(name, kind=kind, attributes=dict(attributes or {}))
        try:
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                yield span
        except BaseException as error:
            fail(span, type(error).__name__)
            raise
        finally:
            span.end()

    def carried(self, meta: Mapping[str, Any]) -> Mapping[str, Any]:
        """`meta` with the trace in it, under the names that MCP gives them."""
        carrier: dict[str, str] = {}
        self._carrier.inject(carrier)
        return {**meta, **carrier}

    # ------------------------------------------------------------------------------------------ the run

    def opened(self, row: Row) -> None:
        """A run was opened; its span is sent when it ends."""
        if len(self._roots) >= _MOST_ROOTS:
            self._roots.clear()
        self._roots[row["id"]] = row["root"]

    def ended(self, row: Row) -> None:
        """Send the span of a run that an agent closed."""
        parent = Context()
        if row["parent"]:
            above = self._context(row["root"], row["parent"])
            parent = trace.set_span_in_context(NonRecordingSpan(above), Context())
        attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.id": row["agent"],
            "gen_ai.agent.name": row["agent"],
            "gen_ai.conversation.id": row["id"],
            "gen_ai.workflow.name": row["workflow"],
            "bailiwick.run": row["id"],
            "bailiwick.outcome": row["outcome"],
            "bailiwick.calls": row["calls"],
        }
        self._ids.next = (trace_id_of(row["root"]), span_id_of(row["id"]))
        try:
            began = row["opened_us"] * _US
            span = self.tracer.start_span(
                f"invoke_agent {row['agent']}", parent, attributes=attributes, start_time=began
            )
        finally:
            self._ids.next = None
        if row["outcome"] == "failed":
            fail(span, "failed")
        span.end(row["ended_us"] * _US)
        self._roots.pop(row["id"], None)

    async def _run(self, run: str | None) -> Any:
        """The run as a parent; None for the run of an agent that opened none."""
        if run is None:
            return None
        root = self._roots.get(run)
        if root is None:
            try:
                row = await asyncio.to_thread(self._reader.row, "run", run)
            except StoreUnavailable:
                row = None  # whether the action can be recorded is for the store to say, not for its span
            if row is None:
                return None
            self.opened(row)
            root = row["root"]
        return self._context(root, run)

    def _context(self, root: str, run: str) -> Any:
        decided = self._provider.sampler.should_sample(None, trace_id_of(root), "invoke_agent").decision
        return run_context(root, run, sampled=decided is Decision.RECORD_AND_SAMPLE)


def fail(span: Span, kind: str) -> None:
    """Mark a span as failed, by a word that is no text of anybody's."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)

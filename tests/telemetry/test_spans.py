"""Spans as a collector gets them: decoded from the wire, from a whole installation."""

import threading

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from bailiwick.flow.prepare import ToolCall
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.ports.store import StoreUnavailable
from bailiwick.telemetry.span_queue import SpanQueue
from bailiwick.telemetry.switch import SpanTarget, TelemetryError, span_target
from bench.seeded import AGENT, CONNECTOR, INTENT, seeded
from tests.telemetry.conftest import attributes

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
SERVER, CLIENT = Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT


def call(acme, tool="get_current_time", run=None, **more):
    arguments = {"timezone": "Europe/Berlin"}
    return ToolCall(AGENT, 1, acme.run if run is None else run or None, None, CONNECTOR, tool, arguments, **more)


class Unreadable:
    """A store that cannot be read just now."""

    def row(self, table, key):
        raise StoreUnavailable("the store cannot be read just now; try again later")


async def test_an_action_is_a_span_with_its_decision_its_call_and_its_outcome_inside(collector, watched):
    async with watched() as acme:
        acted = await acme.installation.acting.act(call(acme, traceparent=TRACEPARENT))
    (action,) = [span for span in collector.spans if span.parent_span_id.hex() == PARENT]
    inside = [span for span in collector.spans if span.parent_span_id == action.span_id]
    assert [span.name for span in inside] == ["decide", "tools/call get_current_time", "settle"]
    assert {span.trace_id.hex() for span in [action, *inside]} == {TRACE}
    assert (action.name, action.kind) == ("execute_tool time__get_current_time", SERVER)
    assert inside[1].kind == CLIENT
    assert attributes(action) | {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.agent.id": AGENT,
        "gen_ai.tool.name": "time__get_current_time",
        "gen_ai.tool.call.id": acted.decision.action,
        "gen_ai.conversation.id": acme.run,
        "mcp.method.name": "tools/call",
        "bailiwick.verdict": "allow",
        "bailiwick.action.name": "time.clock.read",
        "bailiwick.outcome": "succeeded",
    } == attributes(action)
    assert attributes(inside[0])["bailiwick.rules"]
    assert attributes(inside[1])["mcp.method.name"] == "tools/call"
    for span in inside:
        assert action.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano


async def test_a_run_is_one_trace_even_when_the_agent_sends_none(collector, watched):
    async with watched() as acme:
        here = acme.installation
        run = await here.store.commit(OpenRun(AGENT, 1, INTENT, "timekeeping"))
        child = await here.store.commit(OpenRun(AGENT, 1, INTENT, "timekeeping", parent=run["id"]))
        await here.acting.act(call(acme, run=run["id"]))
        await here.acting.act(call(acme, run=child["id"]))
        for row in (child, run, run):  # ending a run again ends no second span
            await here.store.commit(EndRun(row["id"], AGENT))
    runs = collector.named(f"invoke_agent {AGENT}")
    above, below = sorted(runs, key=lambda span: span.start_time_unix_nano)
    assert (above.parent_span_id, below.parent_span_id) == (b"", above.span_id)
    assert attributes(above)["gen_ai.conversation.id"] == run["id"]
    assert attributes(above)["gen_ai.workflow.name"] == "timekeeping"
    first, second = (
        span
        for span in collector.spans
        if attributes(span).get("bailiwick.run") in (run["id"], child["id"]) and span.kind == SERVER
    )
    assert (first.parent_span_id, second.parent_span_id) == (above.span_id, below.span_id)
    assert {span.trace_id for span in (above, below, first, second)} == {above.trace_id}


async def test_an_action_in_the_trace_of_an_agent_is_linked_to_its_run(collector, watched):
    async with watched() as acme:
        await acme.installation.acting.act(call(acme, traceparent=TRACEPARENT))
        await acme.installation.store.commit(EndRun(acme.run, AGENT))
    (action,) = [span for span in collector.spans if span.parent_span_id.hex() == PARENT]
    (run,) = collector.named(f"invoke_agent {AGENT}")
    assert [link.span_id for link in action.links] == [run.span_id]


async def test_a_run_that_cannot_be_read_costs_its_trace_and_no_action(collector, watched):
    async with watched() as acme:
        tracing = acme.installation.acting._tracing
        tracing._roots.clear()
        tracing._reader = Unreadable()
        acted = await acme.installation.acting.act(call(acme))
    assert acted.state == "succeeded"
    assert acted.decision.action in {attributes(span).get("bailiwick.action") for span in collector.spans}


async def test_no_text_of_an_agent_or_a_person_is_in_a_span(collector, watched):
    async with watched() as acme:
        await acme.installation.acting.act(call(acme, tool="a_name_of_the_agents_own"))
    told = "".join(map(str, collector.requests))
    assert collector.spans
    for text in ("a_name_of_the_agents_own", "set_clock", INTENT, "Europe/Berlin", "Asia/Tokyo"):
        assert text not in told


async def test_what_was_denied_says_why_and_is_no_failure(collector, watched):
    async with watched() as acme:
        await acme.installation.acting.act(call(acme, tool="strange", traceparent=TRACEPARENT))
    (action,) = [span for span in collector.spans if span.parent_span_id.hex() == PARENT]
    assert action.name == "execute_tool"
    assert attributes(action)["bailiwick.code"] == "unlisted"
    assert action.status.code == Status.STATUS_CODE_UNSET


@pytest.mark.parametrize("sent", ["", "00-zz-b7ad6b7169203331-01", "x" * 5000, f"00-{'0' * 32}-{PARENT}-01"])
async def test_a_trace_that_cannot_be_read_is_as_none(collector, watched, sent):
    async with watched() as acme:
        await acme.installation.acting.act(call(acme, traceparent=sent))
        await acme.installation.store.commit(EndRun(acme.run, AGENT))
    (run,) = collector.named(f"invoke_agent {AGENT}")
    actions = [span for span in collector.spans if span.kind == SERVER and span.start_time_unix_nano]
    assert {span.parent_span_id for span in actions} == {run.span_id}


async def test_a_trace_that_the_agent_does_not_sample_is_not_sent(collector, watched):
    async with watched() as acme:
        await acme.installation.acting.act(call(acme, traceparent=f"00-{TRACE}-{PARENT}-00"))
    assert TRACE not in {span.trace_id.hex() for span in collector.spans}


async def test_the_standard_variables_name_the_service_and_the_headers(collector, watched, monkeypatch):
    monkeypatch.delenv("BAILIWICK_OTLP")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=acme")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "governance")
    async with watched():
        pass
    path, headers = collector.headers[0]
    assert (path, headers["x-tenant"], headers["Content-Encoding"]) == ("/v1/traces", "acme", "gzip")
    resource = {one.key: one.value.string_value for one in collector.requests[0].resource_spans[0].resource.attributes}
    assert resource["service.name"] == "governance"
    assert resource["service.version"]


async def test_without_a_collector_nothing_of_it_is_wired(tmp_path, plain_environment):
    async with seeded(tmp_path / "data") as acme:
        assert type(acme.installation.acting).__name__ == "MeasuredActing"


@pytest.mark.parametrize(
    "otlp, environ, expected",
    [
        ("", {}, None),
        ("http://c:4318", {}, SpanTarget("http://c:4318/v1/traces")),
        ("http://c:4318/", {}, SpanTarget("http://c:4318/v1/traces")),
        ("http://c/otel/v1/traces", {}, SpanTarget("http://c/otel/v1/traces")),
        ("", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, SpanTarget(None)),
        ("", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318"}, SpanTarget(None)),
        ("http://c:4318", {"OTEL_SDK_DISABLED": "true"}, None),
        ("http://c:4318", {"OTEL_TRACES_EXPORTER": "none"}, None),
    ],
)
def test_spans_are_made_only_where_somebody_collects_them(otlp, environ, expected):
    assert span_target(otlp, environ) == expected


@pytest.mark.parametrize(
    "otlp, environ, told",
    [
        ("collector:4318", {}, "is no address"),
        ("http://c:4318", {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "not as `grpc`"),
    ],
)
def test_a_collector_that_cannot_be_reached_so_is_said_at_the_start(otlp, environ, told):
    with pytest.raises(TelemetryError, match=told):
        span_target(otlp, environ)


# ------------------------------------------------------------------------------ a collector that is not there


class Stuck(SpanExporter):
    """A collector that answers nobody until it is told to."""

    def __init__(self):
        self.entered, self.go = threading.Event(), threading.Event()

    def export(self, spans):
        self.entered.set()
        self.go.wait(20)
        return SpanExportResult.FAILURE

    def shutdown(self):
        self.go.set()


async def test_a_collector_that_does_not_answer_holds_up_no_action_and_what_is_lost_is_counted(watched, monkeypatch):
    monkeypatch.setenv("BAILIWICK_OTLP", "http://127.0.0.1:9")
    async with watched() as acme:
        acted = await acme.installation.acting.act(call(acme))
        registry = acme.installation.acting._acting._meters.registry
    assert acted.state == "succeeded"
    assert registry.get_sample_value("bailiwick_spans_lost_total", {"reason": "collector"}) > 0


async def test_a_refusing_collector_costs_spans_and_nothing_else(collector, watched):
    collector.status = 400
    async with watched() as acme:
        assert (await acme.installation.acting.act(call(acme))).state == "succeeded"
        registry = acme.installation.acting._acting._meters.registry
    lost = registry.get_sample_value("bailiwick_spans_lost_total", {"reason": "collector"})
    assert lost == len(collector.spans) > 0


def test_a_full_queue_drops_the_newest_and_says_how_many():
    lost, stuck = [], Stuck()
    queue = SpanQueue(stuck, lambda _: None, lambda reason, count: lost.append((reason, count)), most=10, pause_s=0.01)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(queue)
    tracer = provider.get_tracer("test")
    tracer.start_span("first").end()
    assert stuck.entered.wait(20)
    for _ in range(25):
        tracer.start_span("more").end()
    assert lost == [("queue", 1)] * 15
    provider.shutdown()
    assert sum(count for _, count in lost) == 26

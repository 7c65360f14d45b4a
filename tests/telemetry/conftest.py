"""A collector that reads OTLP over HTTP as the wire format says, and an installation that is watched."""

import gzip
import os
import threading
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from bench.seeded import seeded


class Collector:
    """Keeps every request it gets; `status` is what it answers."""

    def __init__(self):
        self.status = 200
        self.requests = []
        self.headers = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # the library's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                outer.headers.append((self.path, dict(self.headers)))
                outer.requests.append(ExportTraceServiceRequest.FromString(body))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def spans(self):
        """Every span that came, in the order of their starts."""
        found = [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    def named(self, name):
        return [span for span in self.spans if span.name == name]


def attributes(span):
    """A span's attributes as Python values."""
    found = {}
    for pair in span.attributes:
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, kind)
        found[pair.key] = [one.string_value for one in value.values] if kind == "array_value" else value
    return found


@pytest.fixture
def collector():
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def plain_environment(monkeypatch):
    """No variable of a developer's own decides what is traced."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def watched(collector, tmp_path, monkeypatch, plain_environment):
    """Open a seeded installation whose spans go to the collector; they are all there once it is closed."""
    monkeypatch.setenv("BAILIWICK_OTLP", collector.url)

    @asynccontextmanager
    async def open_it():
        async with seeded(tmp_path / "data") as acme:
            yield acme

    return open_it

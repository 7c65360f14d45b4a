"""Spans on their way to the collector: a bounded queue and a thread, so that no action ever waits for either."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

MOST_QUEUED: Final = 2_048
MOST_SENT: Final = 512
PAUSE_S: Final = 5.0
_CLOSE_S: Final = 3.0
_ABORT_S: Final = 1.0

log = structlog.get_logger("spans")
Sent = Callable[[int], None]
Lost = Callable[[str, int], None]


class SpanQueue(SpanProcessor):
    """Ended spans wait here; when the queue is full the newest are dropped, and every one lost is counted.

    `lost` hears why, `queue` or `collector`, and how many. Both are called on any thread.
    """

    def __init__(
        self, exporter: SpanExporter, sent: Sent, lost: Lost, most: int = MOST_QUEUED, pause_s: float = PAUSE_S
    ) -> None:
        self._exporter, self._sent, self._lost = exporter, sent, lost
        self._most, self._pause_s = most, pause_s
        self._queue: deque[ReadableSpan] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="bailiwick-spans", daemon=True)
        self._thread.start()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing is done before a span has ended."""

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if len(self._queue) >= self._most:
            self._lost("queue", 1)
            return
        self._queue.append(span)
        if len(self._queue) >= MOST_SENT:
            self._wake.set()

    def shutdown(self) -> None:
        """Send what waits, but wait for a collector that does not answer no longer than a few seconds."""
        self._stopping = True
        self._wake.set()
        self._thread.join(_CLOSE_S)
        self._exporter.shutdown()  # ends a try that is under way
        self._thread.join(_ABORT_S)
        if self._queue:
            self._lost("collector", len(self._queue))

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        self._wake.set()
        return True

    def _work(self) -> None:
        while not self._stopping:
            self._wake.wait(self._pause_s)
            self._wake.clear()
            while self._queue:
                self._send([self._queue.popleft() for _ in range(min(len(self._queue), MOST_SENT))])

    def _send(self, spans: Sequence[ReadableSpan]) -> None:
        try:
            taken = self._exporter.export(spans) is SpanExportResult.SUCCESS
        except Exception as error:  # noqa: BLE001  # whatever the exporter raises costs spans, never an action
            log.warning("spans.not_sent", error=type(error).__name__)
            taken = False
        if taken:
            self._sent(len(spans))
        else:
            self._lost("collector", len(spans))

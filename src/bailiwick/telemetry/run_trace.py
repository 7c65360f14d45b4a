"""The trace of a run: its ids follow from the run's own, so that every server and every call finds the same one."""

import hashlib

from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import SpanContext, TraceFlags


def trace_id_of(root: str) -> int:
    """The trace of a tree of runs, by the id of its first."""
    return int.from_bytes(_hash(root)[:16])


def span_id_of(run: str) -> int:
    """The span of one run."""
    return int.from_bytes(_hash(run)[16:24])


def run_context(root: str, run: str, *, sampled: bool) -> SpanContext:
    """The run as the parent of what is done in it, long before its own span is sent."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    return SpanContext(trace_id_of(root), span_id_of(run), is_remote=True, trace_flags=flags)


class RunIds(IdGenerator):
    """Random ids, except for the span of a run; used on the event loop only."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self.next: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        return self.next[0] if self.next else self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        return self.next[1] if self.next else self._random.generate_span_id()


def _hash(name: str) -> bytes:
    return hashlib.sha256(b"bailiwick run " + name.encode()).digest()

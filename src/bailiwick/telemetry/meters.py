"""The figures that one server process counts. Names and labels are listed in docs/guide/observing.md.

Labels are words of the product or names that administrators gave, never what an agent sent: nobody outside can make
a series.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from bailiwick.core.verdict import Deny, Verdict, verdict_word

MOST_CONNECTORS: Final = 200
"""Connectors that have series of their own; those beyond share the name `other`."""
OTHER: Final = "other"
_UPSTREAM_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_COMMIT_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_BATCH: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Meters:
    """Every counter and histogram, in a registry of their own."""

    def __init__(self, version: str) -> None:
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        Info("bailiwick_build", "The running version", registry=registry).info({"version": version})
        self._decisions = Counter(
            "bailiwick_decisions", "Decisions, by verdict and tier", ("verdict", "tier"), registry=registry
        )
        self._denials = Counter("bailiwick_denials", "Denied actions, by code", ("code",), registry=registry)
        self._outcomes = Counter(
            "bailiwick_action_outcomes", "Dispatched actions that ended", ("outcome", "evidence"), registry=registry
        )
        self._upstream = Histogram(
            *("bailiwick_upstream_seconds", "Time until an upstream answered or failed", ("connector",)),
            buckets=_UPSTREAM_S,
            registry=registry,
        )
        self._failures = Counter(
            "bailiwick_upstream_failures",
            "Calls that failed, by what is known",
            ("connector", "kind"),
            registry=registry,
        )
        self._commit = Histogram(
            "bailiwick_store_commit_seconds", "Time until a unit was durable", buckets=_COMMIT_S, registry=registry
        )
        self._batch = Histogram(
            "bailiwick_store_batch_size", "Units that became durable together", buckets=_BATCH, registry=registry
        )
        self.waiting = Gauge("bailiwick_store_waiting", "Units that wait for the disk", registry=registry)
        self.unavailable = Counter(
            "bailiwick_store_unavailable", "Units refused since the record could not be written", registry=registry
        )
        self.spans_sent = Counter("bailiwick_spans_sent", "Spans that the collector took", registry=registry)
        self.spans_lost = Counter(
            "bailiwick_spans_lost", "Spans nobody took, by what stood in the way", ("reason",), registry=registry
        )
        self._connectors: set[str] = set()

    def decided(self, verdict: Verdict) -> None:
        """A decision was made and recorded."""
        if isinstance(verdict, Deny):
            self._decisions.labels("deny", "").inc()
            self._denials.labels(verdict.code.value).inc()
        else:
            self._decisions.labels(verdict_word(verdict), verdict.tier.word).inc()

    def ended(self, outcome: str, evidence: str) -> None:
        """A dispatched action has an outcome."""
        self._outcomes.labels(outcome, evidence).inc()

    def upstream(self, connector: str, seconds: float, failure: str | None) -> None:
        """An upstream answered, or failed as `failure` says: unavailable, withheld, uncertain, refused, broken."""
        name = self._name(connector)
        self._upstream.labels(name).observe(seconds)
        if failure is not None:
            self._failures.labels(name, failure).inc()

    def committed(self, seconds: float) -> None:
        """A unit became durable."""
        self._commit.observe(seconds)

    def batch(self, size: int) -> None:
        """So many units became durable together."""
        self._batch.observe(size)

    def _name(self, connector: str) -> str:
        if connector not in self._connectors:
            if len(self._connectors) >= MOST_CONNECTORS:
                return OTHER
            self._connectors.add(connector)
        return connector

"""The state of the installation as it is when somebody asks: read from the store at each scrape, kept nowhere.

Servers that share a database tell the same; take the maximum over them, not the sum.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from bailiwick.flow.stop import Stops
from bailiwick.ports.clock import Clock
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import StoreUnavailable

_SECOND_US: Final = 1_000_000
_MOST_APPROVALS: Final = 1_000
_MOST_PLACES: Final = 1_000
_HALT_KINDS: Final = ("all", "agent", "workflow", "connector")
_LEFT_OPEN: Final = ("open", "unknown")


class Gauges:
    """A collector; a store that cannot be read gives `bailiwick_store_readable` 0 and nothing else."""

    def __init__(self, reader: Reader, stops: Stops, clock: Clock) -> None:
        self._reader, self._stops, self._clock = reader, stops, clock

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*self._approvals(), *self._log(), *self._anchors(), *self._actions(), self._quarantined()]
        except StoreUnavailable:
            found = []
        yield _gauge("store_readable", "Whether the store can be read", 1.0 if found else 0.0)
        yield self._halts()
        yield from found

    def _approvals(self) -> Iterator[Metric]:
        now = self._clock.now_us()
        rows = self._reader.rows("approval", {"status": "open"}, limit=_MOST_APPROVALS, ascending=True)
        waiting = [row["opened_us"] for row in rows if row["expires_us"] > now]
        oldest = (now - min(waiting)) / _SECOND_US if waiting else 0.0
        yield _gauge("approvals_waiting", "Approvals that wait for people", len(waiting))
        yield _gauge("approval_oldest_seconds", "Age of the approval that has waited longest", oldest)

    def _log(self) -> Iterator[Metric]:
        size, head = self._reader.size(), self._reader.head()
        signed, at_us = (head.size, head.at_us) if head else (0, 0)
        yield _gauge("log_size", "Events on the record", size)
        yield _gauge("log_signed_size", "Events under the newest signed checkpoint", signed)
        yield _gauge("log_unsigned", "Events not yet under a signed checkpoint", size - signed)
        yield _gauge("log_signed_timestamp_seconds", "When the newest checkpoint was signed", at_us / _SECOND_US)

    def _anchors(self) -> Iterator[Metric]:
        """By kind, the place that holds the newest head; a kind without a place has no series."""
        size = GaugeMetricFamily(
            "bailiwick_log_anchored_size", "Events under the newest anchor of a kind", labels=("kind",)
        )
        made = GaugeMetricFamily(
            "bailiwick_log_anchored_timestamp_seconds", "When the newest anchor of a kind was made", labels=("kind",)
        )
        newest: dict[str, tuple[int, int]] = {}
        for row in self._reader.rows("anchor_place", limit=_MOST_PLACES):
            held = (row["size"], row["anchored_us"] or 0)
            newest[row["kind"]] = max(held, newest.get(row["kind"], (0, 0)))
        for kind, (events, at_us) in sorted(newest.items()):
            size.add_metric((kind,), events)
            made.add_metric((kind,), at_us / _SECOND_US)
        yield from (size, made)

    def _actions(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("bailiwick_actions_unsettled", "Actions without a known outcome", labels=("state",))
        for state in _LEFT_OPEN:
            family.add_metric((state,), self._reader.count("action", {"state": state}))
        yield family

    def _quarantined(self) -> Metric:
        return _gauge("tools_quarantined", "Tools that are not as they were reviewed", self._reader.count("quarantine"))

    def _halts(self) -> Metric:
        kinds = Counter(scope.partition(":")[0] for scope in self._stops.scopes)
        family = GaugeMetricFamily("bailiwick_halts", "Halts in force", labels=("scope",))
        for kind in _HALT_KINDS:
            family.add_metric((kind,), kinds[kind])
        return family


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"bailiwick_{name}", told, value)

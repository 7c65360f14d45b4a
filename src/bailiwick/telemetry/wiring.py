"""Meters always, spans where somebody collects them: the two put around the ports of one server."""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from bailiwick.flow.act import Acts
from bailiwick.flow.stop import Stops
from bailiwick.ports.clock import Clock
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Store
from bailiwick.ports.upstream import Upstreams
from bailiwick.telemetry.gauges import Gauges
from bailiwick.telemetry.measured import MeasuredActing, MeasuredStore, MeasuredUpstreams
from bailiwick.telemetry.meters import Meters
from bailiwick.telemetry.scrape import Scrape
from bailiwick.telemetry.switch import MISSING, TelemetryError, span_target

if TYPE_CHECKING:
    from bailiwick.telemetry.tracing import Tracing

PortT = TypeVar("PortT")


class Telemetry:
    """What is watched of one server. Without a collector for spans nothing of theirs is even imported.

    Raises `TelemetryError` when spans are wanted and cannot be sent.
    """

    def __init__(
        self, otlp: str, environ: Mapping[str, str], version: str, reader: Reader, stops: Stops, clock: Clock
    ) -> None:
        self.meters = Meters(version)
        self.meters.registry.register(Gauges(reader, stops, clock))
        self._clock = clock
        self.tracing: Tracing | None = None
        target = span_target(otlp, environ)
        if target is not None:
            lost = self._lost
            self.tracing = _module("tracing").Tracing(
                target.endpoint, version, reader, self.meters.spans_sent.inc, lost
            )

    def acting(self, acting: Acts) -> Acts:
        """Actions, watched."""
        seen: Acts = MeasuredActing(acting, self.meters)
        return self._traced("TracedActing", seen)

    def store(self, store: Store) -> Store:
        """Commits, watched."""
        seen: Store = MeasuredStore(store, self.meters)
        return self._traced("TracedStore", seen, self._clock)

    def upstreams(self, upstreams: Upstreams) -> Upstreams:
        """Calls to connectors, watched."""
        seen: Upstreams = MeasuredUpstreams(upstreams, self.meters)
        return self._traced("TracedUpstreams", seen)

    def scrape(self, token: str) -> Scrape:
        """What answers at /metrics."""
        return Scrape(self.meters.registry, token)

    def close(self) -> None:
        """Send the spans that wait. Blocking, a few seconds at most."""
        if self.tracing is not None:
            self.tracing.close()

    def _traced(self, name: str, seen: PortT, *more: object) -> PortT:
        if self.tracing is None:
            return seen
        traced: PortT = getattr(_module("traced"), name)(seen, self.tracing, *more)
        return traced

    def _lost(self, reason: str, count: int) -> None:
        self.meters.spans_lost.labels(reason).inc(count)


def _module(name: str) -> Any:
    """A module of spans; whoever collects none needs no package of theirs."""
    try:
        return importlib.import_module(f"bailiwick.telemetry.{name}")
    except ImportError as error:
        if str(error.name).startswith("bailiwick"):
            raise
        raise TelemetryError(MISSING) from None

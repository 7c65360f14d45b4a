"""All upstreams behind one door: `Pool` picks the road to a connector and keeps it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bailiwick.ports.upstream import LastLook, OnNotice, Reply, Target, UpstreamUnavailable, UpstreamUncertain
from bailiwick.ports.vault import Vault
from bailiwick.upstream.http import HttpRoad
from bailiwick.upstream.road import Call, Road, now
from bailiwick.upstream.stdio import StdioRoad

REPLY_MAX = 4 * 1024 * 1024
"""The most bytes one reply may have."""

_LIST_S = 60.0

Targets = Callable[[str], Target | None]
"""Where a connector is now, asked on every action so that changes take effect; None when there is none."""


class Pool:
    """The `Upstreams` of a running gateway; belongs to one event loop.

    `idle_s` is how long the child process of a run (scope `per_run`) stays without calls. `on_stir` hears the name
    of a connector whose tools may have changed.
    """

    def __init__(self, targets: Targets, vault: Vault, *, reply_max: int = REPLY_MAX, idle_s: float = 300.0) -> None:
        self.on_stir: Callable[[str], None] = lambda connector: None
        self._targets = targets
        self._vault = vault
        self._reply_max = reply_max
        self._idle_s = idle_s
        self._roads: dict[str, tuple[Target, Road]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def definitions(self, connector: str, run: str = "") -> list[dict[str, Any]]:
        """All pages of `tools/list`, raw (see `Upstreams.definitions`)."""
        road = self._road(connector)
        try:
            return await road.definitions(run, now() + _LIST_S)
        except UpstreamUncertain as error:
            raise UpstreamUnavailable(f"the tools could not be listed: {error}") from error

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
        """One action, sent at most once (see `Upstreams.call`)."""
        road = self._road(connector)
        return await road.call(Call(run, tool, arguments, meta, on_notice, last_look), now() + deadline_s)

    def _road(self, connector: str) -> Road:
        if self._closed:
            raise UpstreamUnavailable("the gateway is shutting down; nothing was sent")
        target = self._targets(connector)
        known = self._roads.get(connector)
        if known is not None and known[0] == target:
            return known[1]
        if known is not None:
            del self._roads[connector]
            task = asyncio.create_task(known[1].close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        if target is None:
            raise UpstreamUnavailable(f"there is no connector `{connector}`; add it or correct its name")
        road = self._build(target)
        self._roads[connector] = (target, road)
        return road

    def _build(self, target: Target) -> Road:
        stir = partial(self._stir, target.connector)
        if target.transport == "http":
            return HttpRoad(target, self._vault, self._reply_max, stir)
        return StdioRoad(target, self._vault, self._reply_max, self._idle_s, stir)

    def _stir(self, connector: str) -> None:
        if not self._closed:
            self.on_stir(connector)

    async def close(self) -> None:
        """Close every road and wait until all are closed."""
        self._closed = True
        roads = [road for _, road in self._roads.values()]
        self._roads.clear()
        await asyncio.gather(*(road.close() for road in roads), *self._closing)

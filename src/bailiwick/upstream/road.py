"""What both transports share: the shape of a road to one connector, notices, and listing its tools."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from bailiwick.ports.upstream import LastLook, Notice, OnNotice, Reply, UpstreamUnavailable, UpstreamWithheld

log = structlog.get_logger(__name__)

_PAGES_MAX = 100

LIST_CHANGED = "notifications/tools/list_changed"

Stir = Callable[[], None]
"""Called when the tools may have changed: the upstream says so, or it was lost and another one takes its place."""

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""One request other than `tools/call`: method and params in, its result out."""


@dataclass(frozen=True)
class Call:
    """One `tools/call` on its way: the run it belongs to and what `Upstreams.call` says of the rest."""

    run: str
    tool: str
    arguments: bytes
    meta: Mapping[str, Any]
    on_notice: OnNotice | None
    last_look: LastLook | None = None

    def look(self) -> None:
        """Raise `UpstreamWithheld` when whoever asked no longer wants it sent."""
        objection = self.last_look() if self.last_look else None
        if objection:
            raise UpstreamWithheld(objection)


class Road(Protocol):
    """The way to one connector, which finds out and remembers the era it speaks. `deadline` is loop time."""

    async def definitions(self, run: str, deadline: float) -> list[dict[str, Any]]:
        """Every entry of `tools/list`, raw, as the session or process of that run has them."""
        ...

    async def call(self, call: Call, deadline: float) -> Reply:
        """One `tools/call`, at most once."""
        ...

    async def close(self) -> None:
        """Let go of connections and processes."""
        ...


async def list_tools(ask: Ask) -> list[dict[str, Any]]:
    """All pages of `tools/list`; a cursor that comes twice, or cursors without end, are an error."""
    tools: list[dict[str, Any]] = []
    seen: set[str] = set()
    params: dict[str, Any] = {}
    for _ in range(_PAGES_MAX):
        result = await ask("tools/list", params)
        page = result.get("tools")
        if not isinstance(page, list) or not all(isinstance(entry, dict) for entry in page):
            raise UpstreamUnavailable("the upstream's `tools/list` is not a list of objects")
        tools.extend(page)
        cursor = result.get("nextCursor")
        if cursor is None:
            return tools
        if not isinstance(cursor, str) or cursor in seen:
            raise UpstreamUnavailable("the upstream's `tools/list` repeats a cursor and would never end")
        seen.add(cursor)
        params = {"cursor": cursor}
    raise UpstreamUnavailable(f"the upstream's `tools/list` has more than {_PAGES_MAX} pages")


async def tell(on_notice: OnNotice | None, message: Mapping[str, Any]) -> None:
    """Hand a notification on. INVARIANT: one that cannot be delivered never changes its call's outcome."""
    params = message.get("params")
    if on_notice is None or not isinstance(params, dict | None):
        return
    try:
        await on_notice(Notice(str(message["method"]), params or {}))
    except Exception as error:  # noqa: BLE001 - somebody else's callback, at the edge
        log.debug("notice dropped", error=type(error).__name__)


def now() -> float:
    """Loop time, the clock of every deadline in this room."""
    return asyncio.get_running_loop().time()

"""MCP over stdio: which child process serves which run, and the era it speaks."""

import asyncio
from collections.abc import Mapping
from typing import Any

from bailiwick.ports.upstream import (
    Reply,
    Target,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnavailable,
    UpstreamUncertain,
)
from bailiwick.ports.vault import Vault
from bailiwick.upstream import frame
from bailiwick.upstream.child import Child, environment
from bailiwick.upstream.frame import LEGACY, MODERN
from bailiwick.upstream.road import Call, Stir, list_tools, now

_START_S = 60.0
# A legacy server may never answer `server/discover`; one that is merely slow answers `initialize` late.
_DISCOVER_S = 5.0


class _Seat:
    """The place of one child: at most one is starting or running in it."""

    def __init__(self) -> None:
        self.starting: asyncio.Task[Child] | None = None
        self.child: Child | None = None
        self.users = 0
        self.idle: asyncio.TimerHandle | None = None


class StdioRoad:
    """The road to one stdio connector; a child that died is started again by the next call that needs it."""

    def __init__(self, target: Target, vault: Vault, reply_max: int, idle_s: float, stir: Stir = lambda: None) -> None:
        self._target = target
        self._vault = vault
        self._reply_max = reply_max
        self._idle_s = idle_s
        self._stir = stir
        self._seats: dict[str, _Seat] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def definitions(self, run: str, deadline: float) -> list[dict[str, Any]]:
        """Every entry of `tools/list`, raw, as that run's process has them."""
        key = self._key(run)
        seat = self._take(key)
        try:
            child = await self._ready(seat, deadline)

            async def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
                return await _request(child, method, params, child.era or LEGACY, deadline)

            return await list_tools(ask)
        finally:
            self._leave(key, seat)

    async def call(self, call: Call, deadline: float) -> Reply:
        """One `tools/call`, written at most once."""
        key = self._key(call.run)
        seat = self._take(key)
        try:
            child = await self._ready(seat, deadline)
            era, rpc_id = child.era or LEGACY, child.new_id()
            progress = call.on_notice is not None
            data = frame.call(rpc_id, call.tool, call.arguments, call.meta, era=era, progress=progress)
            call.look()  # INVARIANT: nothing is awaited between this look and the first byte
            message = await child.ask(rpc_id, data, deadline, call.on_notice)
            return Reply(frame.result_of(message), era)
        finally:
            self._leave(key, seat)

    def _key(self, run: str) -> str:
        return run if self._target.scope == "per_run" else ""

    def _take(self, key: str) -> _Seat:
        if self._closed:
            raise UpstreamUnavailable("the gateway is shutting down; nothing was sent")
        seat = self._seats.setdefault(key, _Seat())
        seat.users += 1
        if seat.idle is not None:
            seat.idle.cancel()
            seat.idle = None
        return seat

    def _leave(self, key: str, seat: _Seat) -> None:
        seat.users -= 1
        # A run's seat goes when the run has been quiet for a while; so does the one that only listed tools.
        if seat.users == 0 and self._target.scope == "per_run" and not self._closed:
            loop = asyncio.get_running_loop()
            seat.idle = loop.call_later(self._idle_s, self._dismiss, key, seat)

    def _dismiss(self, key: str, seat: _Seat) -> None:
        if seat.users == 0 and self._seats.get(key) is seat:
            del self._seats[key]
            self._retire(seat)

    def _retire(self, seat: _Seat) -> None:
        """Close what sits there, in a task of its own that nobody's cancelling can stop."""
        child, seat.child = seat.child, None
        if child is not None:
            task = asyncio.create_task(child.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _ready(self, seat: _Seat, deadline: float) -> Child:
        """The seat's child, started if need be.

        INVARIANT: nothing of an action is sent in here, so every failure is `UpstreamUnavailable`. A caller
        that gives up waiting does not stop the start: the next caller finds it further on.
        """
        env = environment(self._target.env, self._vault.secret(self._target.connector))
        if seat.child is not None and (not seat.child.alive or (seat.child.env != env and not seat.child.busy)):
            self._retire(seat)
        if seat.child is not None:
            return seat.child
        if seat.starting is None:
            seat.starting = asyncio.create_task(self._start(seat, env))
            seat.starting.add_done_callback(_retrieve)
        starting = seat.starting
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(starting)
        except TimeoutError as error:
            raise UpstreamUnavailable("the upstream's process is still starting; nothing was sent") from error
        except UpstreamError as error:
            text = f"the upstream's process did not start properly, nothing was sent: {error}"
            raise UpstreamUnavailable(text) from error
        except asyncio.CancelledError:
            if starting.cancelled() and self._closed:
                raise UpstreamUnavailable("the gateway is shutting down; nothing was sent") from None
            raise

    async def _start(self, seat: _Seat, env: Mapping[str, str]) -> Child:
        target = self._target
        try:
            child = await Child.start(target.connector, target.command, env, self._reply_max, self._stir)
            try:
                child.era = await _introduce(child, now() + _START_S)
            except BaseException:
                await child.close()
                raise
            seat.child = child
            return child
        finally:
            seat.starting = None

    async def close(self) -> None:
        """End every child process and wait until they are gone."""
        self._closed = True
        for seat in self._seats.values():
            if seat.idle is not None:
                seat.idle.cancel()
            if seat.starting is not None:
                seat.starting.cancel()
                await asyncio.wait([seat.starting])
            self._retire(seat)
        self._seats.clear()
        if self._closing:
            await asyncio.wait(set(self._closing))


async def _introduce(child: Child, deadline: float) -> str:
    """Find out the era: `server/discover` first, `initialize` if that is no evidence of the modern one."""
    try:
        probe = child.new_id()
        data = frame.request(probe, "server/discover", {}, MODERN)
        if frame.speaks_modern(await child.ask(probe, data, min(deadline, now() + _DISCOVER_S))):
            return MODERN
    except UpstreamUncertain:
        if not child.alive:
            raise
    try:
        frame.negotiated(await _request(child, "initialize", frame.INITIALIZE_PARAMS, LEGACY, deadline))
    except UpstreamRefused as refusal:
        # A slow modern server took the late probe after all, and now refuses the handshake of the other era.
        if refusal.code == frame.UNSUPPORTED_VERSION:
            return MODERN
        raise
    child.notify(frame.notification("notifications/initialized"))
    return LEGACY


async def _request(child: Child, method: str, params: Mapping[str, Any], era: str, deadline: float) -> dict[str, Any]:
    rpc_id = child.new_id()
    return frame.result_of(await child.ask(rpc_id, frame.request(rpc_id, method, params, era), deadline))


def _retrieve(task: asyncio.Task[Child]) -> None:
    """A start that failed after everybody stopped waiting is nobody's error."""
    if not task.cancelled():
        task.exception()

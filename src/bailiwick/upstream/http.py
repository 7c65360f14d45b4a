"""MCP over HTTP: the stateless era of 2026-07-28 and the sessions of 2025-11-25 and before."""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bailiwick.ports.upstream import (
    Reply,
    Target,
    UpstreamRefused,
    UpstreamTooLarge,
    UpstreamUnavailable,
    UpstreamUncertain,
    UpstreamWithheld,
)
from bailiwick.ports.vault import BEARER, Vault
from bailiwick.upstream import frame
from bailiwick.upstream.frame import LEGACY, MODERN
from bailiwick.upstream.header import HeaderPlan, header_plans, header_value, param_headers
from bailiwick.upstream.post import Answer, Poster
from bailiwick.upstream.road import LIST_CHANGED, Call, Stir, list_tools, now, tell

_PRELUDE_S = 10.0
_SESSIONS_MAX = 256
# A 4xx says the request was not carried out, but 408 and 499 can come from a proxy that gave up waiting. Of
# the redirects only 307 and 308 promise it; after 301 to 303 the POST may have been carried out.
_MAYBE_DONE = frozenset({408, 499})
# The statuses an upstream of the other era, or one that forgot the session, answers with.
_WRONG_ERA = frozenset({400, 404, 405, 406, 415})


_TRACE = ("traceparent", "tracestate")

_Key = tuple[str, str]
"""What a legacy session belongs to: the credential, and the run where runs do not share sessions."""


@dataclass(frozen=True)
class _Session:
    id: str | None
    version: str


@dataclass(frozen=True)
class _Way:
    """How one request travels: its era, its headers, and the legacy session it belongs to."""

    era: str
    headers: Mapping[str, str]
    key: _Key
    session: _Session | None = None


class _HttpRefused(UpstreamRefused):
    """A refusal and the HTTP status it came with."""

    def __init__(self, status: int, code: int, message: str, data: object = None) -> None:
        super().__init__(code, message, data)
        self.status = status


class HttpRoad:
    """The road to one HTTP connector; the era is probed at the first need and again after a failure."""

    def __init__(self, target: Target, vault: Vault, reply_max: int, stir: Stir = lambda: None) -> None:
        self._target = target
        self._vault = vault
        self._stir = stir
        self._poster = Poster(target.url or "", reply_max)
        self._ids = itertools.count(1)
        self._lock = asyncio.Lock()
        self._era: str | None = None
        self._plans: dict[str, HeaderPlan] | None = None
        self._sessions: OrderedDict[_Key, _Session] = OrderedDict()
        self._modern: _Way | None = None

    async def definitions(self, run: str, deadline: float) -> list[dict[str, Any]]:
        """Every entry of `tools/list`, raw; refreshes which arguments are mirrored in headers."""
        way = await self._way(run, deadline)
        try:
            tools = await self._list(way, deadline)
        except _HttpRefused as refusal:
            if not self._forget_lost_session(way, refusal):
                raise
            tools = await self._list(await self._way(run, deadline), deadline)
        self._plans = header_plans(tools)
        return tools

    async def call(self, call: Call, deadline: float) -> Reply:
        """One `tools/call`. Only a request that the upstream refused for its lost session is sent again."""
        for last in (False, True):
            way = await self._prepared(call.run, deadline)
            try:
                return await self._call(way, call, deadline)
            except _HttpRefused as refusal:
                if last or not self._forget_lost_session(way, refusal):
                    raise
            except (UpstreamTooLarge, UpstreamWithheld):
                raise
            except (UpstreamUnavailable, UpstreamUncertain):
                self._forget()
                self._stir()
                raise
        raise AssertionError("unreachable")

    async def _call(self, way: _Way, call: Call, deadline: float) -> Reply:
        rpc_id = next(self._ids)
        headers = dict(way.headers)
        if way.era == MODERN:
            headers["Mcp-Method"] = "tools/call"
            headers["Mcp-Name"] = header_value(call.tool)
            plan = (self._plans or {}).get(call.tool)
            if plan:
                headers.update(param_headers(plan, call.arguments))
        # a trace goes in the headers too, for what stands between and knows no MCP
        headers.update({name: call.meta[name] for name in _TRACE if name in call.meta})
        data = frame.call(
            rpc_id, call.tool, call.arguments, call.meta, era=way.era, progress=call.on_notice is not None
        )

        async def on_message(message: dict[str, Any]) -> None:
            if "id" not in message:
                if message.get("method") == LIST_CHANGED:
                    self._stir()
                await tell(call.on_notice, message)
            elif way.era == LEGACY:
                await self._deny(way, message, deadline)

        answer = await self._poster.post(data, headers, rpc_id, deadline, on_message, call.look)
        return Reply(self._result(way, answer), way.era)

    async def _prepared(self, run: str, deadline: float) -> _Way:
        """The way with everything found out that has to be known first.

        INVARIANT: nothing of the action is sent in here, so every failure is `UpstreamUnavailable`.
        """
        try:
            way = await self._way(run, deadline)
            if way.era == MODERN and self._plans is None:
                self._plans = header_plans(await self._list(way, deadline))
        except UpstreamUncertain as error:
            raise UpstreamUnavailable(f"the upstream cannot be used, nothing was sent: {error}") from error
        except UpstreamRefused as refusal:
            raise UpstreamUnavailable(
                f"the upstream refused the handshake, nothing was sent: {refusal.message}"
            ) from refusal
        return way

    async def _way(self, run: str, deadline: float) -> _Way:
        secret = self._vault.secret(self._target.connector).get(BEARER, "")
        key = (secret, run if self._target.scope == "per_run" else "")
        if self._era == MODERN and self._modern is not None and self._modern.key == key:
            return self._modern
        base = {"Authorization": f"Bearer {secret}"} if secret else {}
        session = self._sessions.get(key)
        if self._era is None or (self._era == LEGACY and session is None):
            session = await self._introduce(key, base, deadline)
        if self._era == MODERN:
            base["MCP-Protocol-Version"] = MODERN
            self._modern = _Way(MODERN, base, key)
            return self._modern
        assert session is not None
        return _Way(LEGACY, base | _session_headers(session), key, session)

    async def _introduce(self, key: _Key, base: dict[str, str], deadline: float) -> _Session | None:
        deadline = min(deadline, now() + _PRELUDE_S)
        try:
            async with asyncio.timeout_at(deadline):
                await self._lock.acquire()
        except TimeoutError as error:
            raise UpstreamUnavailable("the upstream did not introduce itself in time; nothing was sent") from error
        try:
            if self._era is None and await self._discovers(base, deadline):
                self._era = MODERN
            if self._era == MODERN:
                return None
            if key not in self._sessions:
                session = await self._initialize(base, deadline)
                self._sessions[key] = session
                if len(self._sessions) > _SESSIONS_MAX:
                    self._sessions.popitem(last=False)
            self._era = LEGACY
            return self._sessions[key]
        finally:
            self._lock.release()

    async def _discovers(self, base: dict[str, str], deadline: float) -> bool:
        """Whether `server/discover` finds the modern era; any other answer means the legacy one."""
        rpc_id = next(self._ids)
        headers = base | {"MCP-Protocol-Version": MODERN, "Mcp-Method": "server/discover"}
        data = frame.request(rpc_id, "server/discover", {}, MODERN)
        answer = await self._poster.post(data, headers, rpc_id, deadline)
        return frame.speaks_modern(answer.message)

    async def _initialize(self, base: dict[str, str], deadline: float) -> _Session:
        rpc_id = next(self._ids)
        data = frame.request(rpc_id, "initialize", frame.INITIALIZE_PARAMS, LEGACY)
        answer = await self._poster.post(data, base, rpc_id, deadline)
        session = _Session(answer.session, frame.negotiated(_outcome(answer)))
        headers = base | _session_headers(session)
        await self._poster.post(frame.notification("notifications/initialized"), headers, None, deadline)
        return session

    async def _list(self, way: _Way, deadline: float) -> list[dict[str, Any]]:
        async def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
            rpc_id = next(self._ids)
            headers = dict(way.headers)
            if way.era == MODERN:
                headers["Mcp-Method"] = method
            data = frame.request(rpc_id, method, params, way.era)
            answer = await self._poster.post(data, headers, rpc_id, deadline)
            return self._result(way, answer)

        try:
            return await list_tools(ask)
        except (UpstreamUnavailable, UpstreamUncertain):
            self._forget()
            raise

    def _result(self, way: _Way, answer: Answer) -> dict[str, Any]:
        try:
            return _outcome(answer)
        except _HttpRefused as refusal:
            ordinary = refusal.code in (frame.INVALID_PARAMS, frame.METHOD_NOT_FOUND)
            if answer.status in _WRONG_ERA and not ordinary and way.era == MODERN:
                self._forget()
            raise

    def _forget(self) -> None:
        self._era = None
        self._plans = None

    def _forget_lost_session(self, way: _Way, refusal: _HttpRefused) -> bool:
        """Whether the refusal says that the upstream no longer knows our session; if so, it is dropped.

        A server answers 404 by the specification; widespread ones answer 400 and name the session. Either way
        the request was refused unread, so sending it again on a new session cannot do anything twice.
        """
        named = "session" in refusal.message.lower()
        lost = refusal.status == 404 or (refusal.status == 400 and named)
        if way.session is None or way.session.id is None or not lost:
            return False
        if self._sessions.get(way.key) == way.session:
            del self._sessions[way.key]
            self._forget()
        return True

    async def _deny(self, way: _Way, message: Mapping[str, Any], deadline: float) -> None:
        """Answer a request the upstream makes inside its reply, so that it does not wait for one."""
        data = frame.answer_to_server(message["id"], str(message["method"]))
        try:
            await self._poster.post(data, way.headers, None, deadline)
        except (UpstreamUnavailable, UpstreamUncertain):
            return  # the call itself will end one way or the other

    async def close(self) -> None:
        """End the sessions, close the connections."""
        ending = [
            self._poster.delete({"Authorization": f"Bearer {key[0]}"} | _session_headers(session), 1.0)
            if key[0]
            else self._poster.delete(_session_headers(session), 1.0)
            for key, session in self._sessions.items()
            if session.id is not None
        ]
        self._sessions.clear()
        await asyncio.gather(*ending)
        await self._poster.close()


def _session_headers(session: _Session) -> dict[str, str]:
    known = {"Mcp-Session-Id": session.id} if session.id is not None else {}
    return {"MCP-Protocol-Version": session.version, **known}


def _outcome(answer: Answer) -> dict[str, Any]:
    if answer.message is not None:
        try:
            return frame.result_of(answer.message)
        except UpstreamRefused as refusal:
            raise _HttpRefused(answer.status, refusal.code, refusal.message, refusal.data) from None
    status = answer.status
    if status in (307, 308):
        raise _HttpRefused(status, status, f"the upstream redirects (HTTP {status}); configure the URL it points to")
    if 400 <= status < 500 and status not in _MAYBE_DONE:
        hint = "; check the connector's credential" if status in (401, 403) else ""
        raise _HttpRefused(status, status, f"the upstream refused the request with HTTP {status}{hint}")
    raise UpstreamUncertain(f"the upstream answered HTTP {status} without a readable response; look at its own journal")

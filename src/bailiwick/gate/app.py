"""The gateway as one ASGI app: guard in front, the protocol library behind it, the flows where a tool is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from mcp.server import Server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from starlette.types import ASGIApp

from bailiwick.core.refusal import Refusal
from bailiwick.core.verdict import Deny, DenyCode
from bailiwick.flow.act import Acted
from bailiwick.flow.installation import Installation
from bailiwick.flow.policy import NO_CATALOGUE, DocumentMissing
from bailiwick.flow.prepare import ToolCall
from bailiwick.flow.token import AgentToken
from bailiwick.gate.answer import DECISION_META, answer, refusal
from bailiwick.gate.guard import MAX_BODY, MESSAGE, TOKEN, Guard
from bailiwick.gate.listing import AWAIT_APPROVAL, header_schema, split_name, visible_tools
from bailiwick.gate.wait import await_approval
from bailiwick.ports.store import StoreUnavailable
from bailiwick.ports.upstream import INPUT_REQUIRED, Notice

PARENT_META: Final = "bailiwick/parent"
PATH: Final = "/mcp"
_INVALID_PARAMS: Final = -32602
_INTERNAL: Final = -32603
_LIST_TTL_MS: Final = 5_000
_SERVER_INFO: Final = "io.modelcontextprotocol/serverInfo"
_LEGACY: Final = frozenset({"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})

log = structlog.get_logger("gate")


class Gate:
    """Serves MCP in both eras at `<public_url>/mcp`; only tools are offered, all else is denied."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._info = {"name": "bailiwick", "version": installation.version}
        self._server: Server[Any] = Server(
            "bailiwick",
            version=installation.version,
            on_list_tools=_unreachable,
            on_call_tool=_unreachable,
            get_tool_input_schema=lambda name: header_schema(installation.policies, name),
        )
        self._server.middleware[:] = [self._govern]
        self._plain, self._managers = self._inner(json_response=True), [self._server.session_manager]
        self._streaming = self._inner(json_response=False)
        self._managers.append(self._server.session_manager)
        metadata = f"{installation.public_url}/.well-known/oauth-protected-resource/mcp"
        self.app = Guard(self._streaming, self._plain, self._verify, metadata)

    def _inner(self, *, json_response: bool) -> ASGIApp:
        return self._server.streamable_http_app(
            streamable_http_path=PATH,
            json_response=json_response,
            stateless_http=True,
            max_request_body_size=MAX_BODY,
            transport_security=_known_hosts(self._installation.public_url),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the protocol library's session managers open."""
        async with self._managers[0].run(), self._managers[1].run():
            yield

    def _verify(self, token: str) -> AgentToken:
        return self._installation.verifier.verify(token, self._installation.clock.now_us())

    async def _govern(self, ctx: Any, call_next: Any) -> Any:
        if ctx.method not in ("tools/call", "tools/list"):
            return await call_next(ctx)
        try:
            token, message = _state(ctx)
            params = message.get("params") or {}
            if ctx.method == "tools/list":
                result = await self._list(token)
            else:
                result = await self._call(ctx, token, params)
        except MCPError:
            raise
        except Refusal as error:
            raise MCPError(code=_INVALID_PARAMS, message=error.sentence) from None
        except StoreUnavailable as error:
            result = refusal(f"Refused: {error}.", {"status": "denied", "code": "unrecorded", "reason": str(error)}, "")
        except Exception:
            log.exception("gate.failed", method=ctx.method)
            raise MCPError(code=_INTERNAL, message="internal error; nothing more is known") from None
        return self._dress(ctx, result)

    async def _list(self, token: AgentToken) -> dict[str, Any]:
        try:
            tools = await asyncio.to_thread(visible_tools, self._installation.policies, token.agent)
        except DocumentMissing as error:
            raise MCPError(code=_INVALID_PARAMS, message=str(error)) from None
        return {"tools": tools, "ttlMs": _LIST_TTL_MS, "cacheScope": "private"}

    async def _call(self, ctx: Any, token: AgentToken, params: dict[str, Any]) -> dict[str, Any]:
        name, arguments = params.get("name"), params.get("arguments", {})
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise MCPError(code=_INVALID_PARAMS, message="send `name` as text and `arguments` as an object")
        if name == AWAIT_APPROVAL:
            return await await_approval(self._installation, token.agent, arguments)
        meta = params.get("_meta") if isinstance(params.get("_meta"), dict) else {}
        parent = meta.get(PARENT_META) if meta else None
        connector, tool = split_name(name)
        call = ToolCall(
            agent=token.agent,
            epoch=token.epoch,
            run=token.run,
            parent=parent if isinstance(parent, str) else None,
            connector=connector,
            tool=tool,
            arguments=arguments,
        )

        async def forward(notice: Notice) -> None:
            await _forward(ctx, notice)

        try:
            acted = await self._installation.acting.act(call, forward)
        except DocumentMissing as error:
            raise MCPError(code=_INVALID_PARAMS, message=str(error)) from None
        self._hide(name, acted, connector, tool)
        _pass_on(acted)
        return answer(acted)

    def _hide(self, name: str, acted: Acted, connector: str, tool: str) -> None:
        """A tool that the agent cannot see is answered like one that does not exist."""
        verdict, policies = acted.decision.verdict, self._installation.policies
        if not isinstance(verdict, Deny) or verdict.code is not DenyCode.UNLISTED:
            return
        catalogue = policies.catalogue_in_force(connector)
        if catalogue == NO_CATALOGUE or tool not in policies.tools(catalogue).definitions:
            data = {"status": "denied", "code": verdict.code.value, "reason": verdict.sentence}
            data[DECISION_META] = acted.decision.action
            raise MCPError(code=_INVALID_PARAMS, message=f"Unknown tool: `{name[:200]}`", data=data)

    def _dress(self, ctx: Any, result: dict[str, Any]) -> dict[str, Any]:
        if ctx.protocol_version in _LEGACY:
            return {key: value for key, value in result.items() if key not in ("resultType", "ttlMs", "cacheScope")}
        meta = result.get("_meta")
        meta = {**(meta if isinstance(meta, dict) else {}), _SERVER_INFO: self._info}
        return {**result, "resultType": "complete", "_meta": meta}


def _pass_on(acted: Acted) -> None:
    """A JSON-RPC error of the upstream reaches the agent as what it is, with the decision beside it."""
    refused = acted.refused
    if refused is not None and refused.code < 0 and refused.code != INPUT_REQUIRED:
        data = refused.data if isinstance(refused.data, dict) else {"upstream": refused.data}
        raise MCPError(refused.code, refused.message, {**data, DECISION_META: acted.decision.action})


def _state(ctx: Any) -> tuple[AgentToken, dict[str, Any]]:
    state = ctx.request.scope["state"]
    return state[TOKEN], state[MESSAGE]


async def _forward(ctx: Any, notice: Notice) -> None:
    if notice.method == "notifications/progress":
        params = notice.params
        await ctx.session.report_progress(params.get("progress"), params.get("total"), params.get("message"))


async def _unreachable(_ctx: Any, _params: Any) -> Any:
    raise MCPError(code=_INTERNAL, message="this handler is never called")


def _known_hosts(public_url: str) -> TransportSecuritySettings:
    """The names under which this server may be called (DNS rebinding protection)."""
    url = urlsplit(public_url)
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    hosts = [f"{url.hostname}:{port}"] + ([str(url.hostname)] if url.port in (None, 80, 443) else [])
    origins = [f"{url.scheme}://{host}" for host in hosts]
    if url.hostname in ("127.0.0.1", "localhost"):
        hosts += [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
        origins += [f"http://{host}" for host in hosts]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)

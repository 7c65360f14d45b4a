"""The gateway as one ASGI app: guard in front, the protocol library behind it, the flows where a tool is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError

from bailiwick.core.refusal import Refusal
from bailiwick.core.verdict import Deny, DenyCode
from bailiwick.flow.act import Acted
from bailiwick.flow.installation import Installation
from bailiwick.flow.policy import NO_CATALOGUE, DocumentMissing
from bailiwick.flow.prepare import ToolCall
from bailiwick.flow.run import revoked
from bailiwick.flow.token import AgentToken
from bailiwick.gate.answer import DECISION_META, answer, refusal
from bailiwick.gate.guard import MAX_BODY, MESSAGE, TOKEN, TRACEPARENT, TRACESTATE, Guard
from bailiwick.gate.listing import AWAIT_APPROVAL, header_schema, split_name, visible_tools
from bailiwick.gate.wait import await_approval
from bailiwick.ports.store import StoreUnavailable
from bailiwick.ports.upstream import INPUT_REQUIRED, Notice, OnNotice

PARENT_META: Final = "bailiwick/parent"
PATH: Final = "/mcp"
_INVALID_PARAMS: Final = -32602
_INTERNAL: Final = -32603
_LIST_TTL_MS: Final = 5_000
_SERVER_INFO: Final = "io.modelcontextprotocol/serverInfo"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
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
        self._managers = [self._manager(json_response=mode) for mode in (True, False)]
        plain, streaming = (manager.handle_request for manager in self._managers)
        metadata = f"{installation.public_url}/.well-known/oauth-protected-resource/mcp"
        hosts = frozenset(_known_hosts(installation.public_url).allowed_hosts)
        self.app = Guard(streaming, plain, self._verify, metadata, hosts, self._straight)

    def _manager(self, *, json_response: bool) -> StreamableHTTPSessionManager:
        return StreamableHTTPSessionManager(
            self._server,
            json_response=json_response,
            stateless=True,
            max_request_body_size=MAX_BODY,
            security_settings=_known_hosts(self._installation.public_url),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the protocol library's session managers open."""
        async with self._managers[0].run(), self._managers[1].run():
            yield

    def _verify(self, token: str) -> AgentToken:
        return self._installation.verifier.verify(token, self._installation.clock.now_us())

    async def _govern(self, ctx: Any, call_next: Any) -> Any:
        """The library's middleware: what the product governs is answered here, the rest is the library's."""
        if ctx.method not in ("tools/call", "tools/list"):
            return await call_next(ctx)
        token, message = _state(ctx)

        async def forward(notice: Notice) -> None:
            await _forward(ctx, notice)

        answered = await self._answer(token, message, forward)
        if isinstance(answered, MCPError):
            raise answered
        return answered if ctx.protocol_version not in _LEGACY else _undress(answered)

    async def _straight(self, token: AgentToken, message: dict[str, Any]) -> dict[str, Any] | MCPError:
        return await self._answer(token, message, None)

    async def _answer(
        self, token: AgentToken, message: dict[str, Any], on_notice: OnNotice | None
    ) -> dict[str, Any] | MCPError:
        """A result dressed for the modern era, or the error; nothing else leaves here."""
        try:
            if message.get("method") == "tools/list":
                result = await self._list(token)
            else:
                result = await self._call(token, message.get("params") or {}, on_notice)
        except MCPError as error:
            return error
        except DocumentMissing as error:
            return MCPError(code=_INVALID_PARAMS, message=str(error))
        except Refusal as error:
            return MCPError(code=_INVALID_PARAMS, message=error.sentence)
        except StoreUnavailable as error:
            result = refusal(f"Refused: {error}.", {"status": "denied", "code": "unrecorded", "reason": str(error)}, "")
        except Exception:
            log.exception("gate.failed", method=message.get("method"))
            return MCPError(code=_INTERNAL, message="internal error; nothing more is known")
        return self._dress(result)

    async def _list(self, token: AgentToken) -> dict[str, Any]:
        await asyncio.to_thread(self._demand_active, token)
        here = self._installation
        tools = await asyncio.to_thread(visible_tools, here.policies, token.agent, here.watch.holds, token.run)
        return {"tools": tools, "ttlMs": _LIST_TTL_MS, "cacheScope": "private"}

    def _demand_active(self, token: AgentToken) -> None:
        # INVARIANT: what the writer does not decide still asks whether the token counts
        trouble = revoked(self._installation.reader.row("agent", token.agent), token.epoch)
        if trouble:
            raise Refusal("forbidden", trouble)

    async def _call(self, token: AgentToken, params: dict[str, Any], on_notice: OnNotice | None) -> dict[str, Any]:
        name, arguments = params.get("name"), params.get("arguments", {})
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise MCPError(code=_INVALID_PARAMS, message="send `name` as text and `arguments` as an object")
        if name == AWAIT_APPROVAL:
            await asyncio.to_thread(self._demand_active, token)
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
            traceparent=_text(meta.get(TRACEPARENT)) if meta else "",
            tracestate=_text(meta.get(TRACESTATE)) if meta else "",
        )

        acted = await self._installation.acting.act(call, on_notice)
        self._hide(name, acted, connector, tool)
        _pass_on(acted)
        return answer(acted)

    def _hide(self, name: str, acted: Acted, connector: str, tool: str) -> None:
        """A tool that nobody reviewed is answered like one that does not exist; the denial is recorded all the same."""
        verdict, policies = acted.decision.verdict, self._installation.policies
        if not isinstance(verdict, Deny) or verdict.code is not DenyCode.UNLISTED:
            return
        catalogue = policies.catalogue_in_force(connector)
        if catalogue == NO_CATALOGUE or tool not in policies.tools(catalogue).definitions:
            data = {"status": "denied", "code": verdict.code.value, "reason": verdict.sentence}
            data[DECISION_META] = acted.decision.action
            raise MCPError(code=_INVALID_PARAMS, message=f"Unknown tool: `{name[:200]}`", data=data)

    def _dress(self, result: dict[str, Any]) -> dict[str, Any]:
        meta = result.get("_meta")
        meta = {**(meta if isinstance(meta, dict) else {}), _SERVER_INFO: self._info}
        return {**result, "resultType": "complete", "_meta": meta}


def _undress(result: dict[str, Any]) -> dict[str, Any]:
    """What the legacy eras do not know of a result is left out."""
    kept = {key: value for key, value in result.items() if key not in ("resultType", "ttlMs", "cacheScope")}
    return kept | {"_meta": {key: value for key, value in result["_meta"].items() if key != _SERVER_INFO}}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


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
    if url.hostname in _LOOPBACK:  # a rebinding page cannot make these its own name, whatever the port
        hosts += [f"{name}:*" for name in _LOOPBACK]
        origins += [f"http://{name}:*" for name in _LOOPBACK]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)

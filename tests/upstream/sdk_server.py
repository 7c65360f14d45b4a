"""A real MCP server on the SDK, run by the tests as a process: `sdk_server.py stdio|http|legacy [PORT]`.

`legacy` refuses the modern era before the SDK sees it, so the SDK serves sessions and event streams.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

ANY = {"type": "object"}
REGIONAL = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "count": {"type": "integer", "x-mcp-header": "Count"},
        "dry": {"type": "boolean", "x-mcp-header": "Dry"},
    },
}
SCHEMAS = {"echo": ANY, "überweisen": ANY, "progress": ANY, "fail": ANY, "refuse": ANY, "die": ANY, "hang": ANY}
SCHEMAS |= {"regional": REGIONAL, "environment": ANY}


async def list_tools(ctx: Any, params: Any) -> types.ListToolsResult:
    names = sorted(SCHEMAS)
    start = int(params.cursor) if params is not None and params.cursor else 0
    page = [types.Tool(name=name, description="", input_schema=SCHEMAS[name]) for name in names[start : start + 4]]
    cursor = str(start + 4) if start + 4 < len(names) else None
    return types.ListToolsResult(tools=page, next_cursor=cursor)


async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    arguments = params.arguments or {}
    if params.name == "progress":
        await ctx.session.report_progress(1, 2, "half")
    if params.name == "die":
        os._exit(3)
    if params.name == "hang":
        await asyncio.sleep(3600)
    if params.name == "refuse":
        raise MCPError(code=-31234, message="planted", data={"why": "test"})
    structured = {"arguments": arguments, "pid": os.getpid(), "meta": dict(params.meta or {})}
    if params.name == "environment":
        structured = dict(os.environ)
    text = types.TextContent(text=params.name)
    return types.CallToolResult(content=[text], structured_content=structured, is_error=params.name == "fail")


def modern_refused(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def legacy(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers") or [])
        if headers.get(b"mcp-protocol-version") == b"2026-07-28":
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"Bad Request: Unsupported protocol version"})
            return
        await app(scope, receive, send)

    return legacy


server: Server[Any] = Server(
    "fixture",
    on_list_tools=list_tools,
    on_call_tool=call_tool,
    get_tool_input_schema=SCHEMAS.get,
)


async def over_stdio() -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        asyncio.run(over_stdio())
    else:
        import uvicorn

        served = server.streamable_http_app(json_response=sys.argv[1] == "http")
        uvicorn.run(
            served if sys.argv[1] == "http" else modern_refused(served),
            host="127.0.0.1",
            port=int(sys.argv[2]),
            log_level="error",
            lifespan="on",
        )

"""The echo tool that every load target answers in the end: `python -m bench.upstream` prints its address."""

from typing import Any

import mcp_types as t
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from bench.process import serve

Context = ServerRequestContext[Any, Any]

TOOL = "echo"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "n": {"type": "integer"}},
    "required": ["text"],
}


async def list_tools(ctx: Context, params: t.PaginatedRequestParams | None) -> t.ListToolsResult:
    return t.ListToolsResult(tools=[t.Tool(name=TOOL, description="Repeats a text", input_schema=SCHEMA)])


async def call_tool(ctx: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    if params.name != TOOL:
        raise MCPError(code=t.INVALID_PARAMS, message=f"no tool `{params.name}`: there is only `{TOOL}`")
    return t.CallToolResult(content=[t.TextContent(text=str((params.arguments or {}).get("text")))])


def application() -> Any:
    """The server as an ASGI application."""
    server: Server[Any] = Server(
        "bailiwick-bench-upstream",
        version="1",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=lambda name: SCHEMA,
    )
    return server.streamable_http_app(json_response=True, stateless_http=True)


if __name__ == "__main__":
    serve(application())

"""A real MCP server on the SDK whose tools are a file that tests rewrite while it runs, with a journal of its calls.

`changing_server.py stdio|stdio-legacy|http|legacy FOLDER [PORT] [frozen]`: `FOLDER/tools.json` is read at each
`tools/list`, or once at the start (`frozen`); each call appends a line to `FOLDER/journal`.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server

MODE, FOLDER = sys.argv[1], Path(sys.argv[2])
FROZEN = (FOLDER / "tools.json").read_text() if "frozen" in sys.argv else None


def tools() -> list[dict[str, Any]]:
    return json.loads(FROZEN or (FOLDER / "tools.json").read_text())


async def list_tools(ctx: Any, params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[types.Tool.model_validate(tool) for tool in tools()])


async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    with (FOLDER / "journal").open("a") as journal:
        journal.write(json.dumps([params.name, params.arguments]) + "\n")
    if params.name == "announce":
        (FOLDER / "tools.json").write_text(params.arguments["tools"])
        await ctx.session.send_notification(types.ToolListChangedNotification(), related_request_id=ctx.request_id)
    if params.name == "die":
        os._exit(3)
    text = types.TextContent(text=params.name)
    return types.CallToolResult(content=[text], structured_content={"tool": params.name})


server: Server[Any] = Server(
    "changing",
    on_list_tools=list_tools,
    on_call_tool=call_tool,
    get_tool_input_schema=lambda name: next((tool["inputSchema"] for tool in tools() if tool["name"] == name), None),
)


async def over_stdio() -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def over_legacy_stdio() -> None:
    """The same server behind a pipe that has never heard of the modern era."""
    arguments = [sys.executable, __file__, "stdio", *sys.argv[2:]]
    child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert child.stdin and child.stdout
    threading.Thread(target=relay, args=(child.stdout,)).start()
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "server/discover":
            error = {"code": -32601, "message": "Method not found"}
            say(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}) + "\n")
        else:
            child.stdin.write(line)
    child.stdin.close()


def relay(answers: IO[str]) -> None:
    for line in answers:
        say(line)
    os._exit(0)


def say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    if MODE == "stdio":
        asyncio.run(over_stdio())
    elif MODE == "stdio-legacy":
        over_legacy_stdio()
    else:
        import uvicorn

        from tests.upstream.sdk_server import modern_refused

        served = server.streamable_http_app(json_response=MODE == "http")
        app = served if MODE == "http" else modern_refused(served)
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_level="error", lifespan="on")

"""The MCP server that the conformance suite is run against, directly and through the gateway.

It offers what the suite's tools, stateless, header, rebinding and JSON-Schema scenarios ask for, in both
protocol eras. Logging, sampling and elicitation are there for the direct run alone: Bailiwick denies them.
`python -m bench.fixture` prints its address and serves until stopped.
"""

import asyncio
import base64
import struct
import warnings
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as t
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError

from bench.process import serve

Context = ServerRequestContext[Any, Any]
Handler = Callable[[Context, dict[str, Any]], Awaitable[t.CallToolResult]]

PAUSE_S = 0.05  # between two progress or log notifications, as the suite asks
SCHEMA_2020_12: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
REGION = {"type": "string", "description": "where to run", "x-mcp-header": "Region"}
TOOLS: dict[str, tuple[t.Tool, Handler]] = {}


def tool(
    description: str, schema: dict[str, Any] | None = None, name: str | None = None
) -> Callable[[Handler], Handler]:
    """Offer the decorated handler as a tool; it carries the handler's own name unless told otherwise."""

    def offer(handler: Handler) -> Handler:
        label = name or handler.__name__
        declared = schema or {"type": "object", "properties": {}}
        TOOLS[label] = (t.Tool(name=label, description=description, input_schema=declared), handler)
        return handler

    return offer


def requiring(**properties: dict[str, Any]) -> dict[str, Any]:
    """An object schema in which every property is required."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def text(words: str) -> t.CallToolResult:
    return t.CallToolResult(content=[t.TextContent(text=words)])


def picture() -> t.ImageContent:
    """One red pixel as PNG."""
    header, pixel = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0), zlib.compress(b"\0\xff\0\0")
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", pixel), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return t.ImageContent(data=base64.b64encode(data).decode(), mime_type="image/png")


def sound() -> t.AudioContent:
    """An empty WAV file: 8 kHz, one channel, 8 bits."""
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", 0)
    data = b"RIFF" + struct.pack("<I", 4 + len(form)) + b"WAVE" + form
    return t.AudioContent(data=base64.b64encode(data).decode(), mime_type="audio/wav")


def document(uri: str, media: str, words: str) -> t.EmbeddedResource:
    return t.EmbeddedResource(resource=t.TextResourceContents(uri=uri, mime_type=media, text=words))


@tool("Returns one line of text")
async def test_simple_text(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    return text("This is a simple text response for testing.")


@tool("Returns a picture")
async def test_image_content(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    return t.CallToolResult(content=[picture()])


@tool("Returns a sound")
async def test_audio_content(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    return t.CallToolResult(content=[sound()])


@tool("Returns an embedded resource")
async def test_embedded_resource(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    words = "This is an embedded resource content."
    return t.CallToolResult(content=[document("test://embedded-resource", "text/plain", words)])


@tool("Returns text, a picture and an embedded resource")
async def test_multiple_content_types(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    words = '{"test":"data","value":123}'
    embedded = document("test://mixed-content-resource", "application/json", words)
    return t.CallToolResult(content=[t.TextContent(text="Multiple content types test:"), picture(), embedded])


@tool("Always fails, as a tool fails")
async def test_error_handling(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    words = "This tool intentionally returns an error for testing"
    return t.CallToolResult(content=[t.TextContent(text=words)], is_error=True)


@tool("Reports its progress three times")
async def test_tool_with_progress(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100)
        await asyncio.sleep(PAUSE_S)
    return text("done")


@tool("Works for a moment and streams its progress; never asks its caller for anything")
async def test_streaming_elicitation(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    await ctx.session.report_progress(1, 1)
    return text("done without asking")


@tool("Needs a caller that can sample")
async def test_missing_capability(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    capabilities = ctx.session.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        raise MCPError(
            code=t.MISSING_REQUIRED_CLIENT_CAPABILITY,
            message="this tool needs a client that declares `sampling`",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return text("the client can sample")


@tool("Has an input schema with the whole vocabulary of JSON Schema 2020-12", SCHEMA_2020_12)
async def json_schema_2020_12_tool(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    return text("accepted")


@tool("Repeats the region that a header has to repeat too", {"type": "object", "properties": {"region": REGION}})
async def test_custom_header(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    return text(f"region {arguments.get('region')}")


async def say(ctx: Context, words: str) -> None:
    """A log notification; in the modern era the SDK drops it unless this very request asked for one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        await ctx.session.send_log_message("info", words, related_request_id=ctx.request_id)  # type: ignore[deprecated, unused-ignore]


@tool("Logs once")
async def test_logging_tool(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    await say(ctx, "a line for the log")
    return text("logged")


@tool("Logs three times")
async def test_tool_with_logging(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await say(ctx, words)
        await asyncio.sleep(PAUSE_S)
    return text("logged")


@tool("Asks the caller's model", requiring(prompt={"type": "string"}))
async def test_sampling(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    message = t.SamplingMessage(role="user", content=t.TextContent(text=str(arguments.get("prompt"))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        answer = await ctx.session.create_message(  # type: ignore[deprecated, unused-ignore]
            messages=[message], max_tokens=100, related_request_id=ctx.request_id
        )
    return text(f"LLM response: {answer.content}")


@tool("Asks the caller's person", requiring(message={"type": "string"}))
async def test_elicitation(ctx: Context, arguments: dict[str, Any]) -> t.CallToolResult:
    wanted = requiring(username={"type": "string"}, email={"type": "string"})
    answer = await ctx.session.elicit_form(str(arguments.get("message")), wanted, related_request_id=ctx.request_id)
    return text(f"User response: {answer.action}, {answer.content}")


async def list_tools(ctx: Context, params: t.PaginatedRequestParams | None) -> t.ListToolsResult:
    return t.ListToolsResult(tools=[declared for declared, _ in TOOLS.values()])


async def call_tool(ctx: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    if params.name not in TOOLS:
        raise MCPError(code=t.INVALID_PARAMS, message=f"no tool `{params.name}`: list the tools first")
    return await TOOLS[params.name][1](ctx, params.arguments or {})


async def set_level(ctx: Context, params: t.SetLevelRequestParams) -> t.EmptyResult:
    return t.EmptyResult()


class Trim:
    """Drops white space around a field's value, which is no part of it (RFC 9110 section 5.5): uvicorn does not."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [(name, value.strip(b" \t")) for name, value in scope["headers"]]}
        await self._application(scope, receive, send)


def application() -> Trim:
    """The server as an ASGI application; legacy sessions are stateful, so that it can ask its caller."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        server: Server[Any] = Server(
            "bailiwick-conformance-fixture",
            version="1",
            on_list_tools=list_tools,
            on_call_tool=call_tool,
            on_set_logging_level=set_level,
            get_tool_input_schema=lambda name: TOOLS[name][0].input_schema if name in TOOLS else None,
        )
    return Trim(server.streamable_http_app())


if __name__ == "__main__":
    serve(application())

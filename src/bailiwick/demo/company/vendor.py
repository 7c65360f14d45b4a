"""A vendor's product: its tools, what it holds on the first day, and the MCP server in front of them."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)

from bailiwick.demo.company import cabinet, journal
from bailiwick.demo.company.cabinet import Document
from bailiwick.demo.company.fault import Fault, FaultBoard, FaultKind
from bailiwick.demo.company.line import Line
from bailiwick.demo.company.tool import RefusedCallError, Tool

ACTION = "bailiwick/action"  # the key in `_meta` under which a gateway sends its action id


@dataclass(frozen=True)
class Vendor:
    """`seed` fills an empty cabinet, inside a transaction."""

    name: str
    instructions: str
    seed: Callable[[sqlite3.Connection], None]
    tools: tuple[Tool, ...]


class Counter:
    """Where calls are served: each is checked, done and journalled in one transaction, under the faults."""

    def __init__(self, vendor: Vendor, db: sqlite3.Connection, faults: FaultBoard) -> None:
        self._tools = {tool.name: tool for tool in vendor.tools}
        self._db = db
        self._faults = faults
        db.execute(journal.TABLE)
        with cabinet.transaction(db):
            if db.execute("SELECT 1 FROM object LIMIT 1").fetchone() is None:
                vendor.seed(db)

    async def list_tools(
        self, _context: ServerRequestContext[Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[tool.definition for tool in self._tools.values()])

    def input_schema(self, name: str) -> Document | None:
        tool = self._tools.get(name)
        return tool.input_schema if tool else None

    async def call_tool(self, context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"unknown tool `{params.name}`; tools/list names those there are")
        arguments = params.arguments or {}
        given = (params.meta or {}).get(ACTION)
        action = given if isinstance(given, str) else None
        fault = self._faults.take(tool.name)
        if fault and fault.kind is FaultKind.SLOW:
            await anyio.sleep(fault.seconds)
        # INVARIANT: from here to the end of the delivery a caller who hangs up interrupts nothing.
        with anyio.CancelScope(shield=True):
            result = await self._perform(tool, arguments, action, fault)
        await self._misbehave(fault, context)
        return result

    async def _perform(
        self, tool: Tool, arguments: Document, action: str | None, fault: Fault | None
    ) -> CallToolResult:
        effect = not tool.read_only and not (fault and fault.kind is FaultKind.NO_EFFECT)
        entry = 0
        try:
            tool.check(arguments)
            with cabinet.transaction(self._db):
                result = self._act(tool, arguments, effect)
                if not tool.read_only:
                    entry = journal.write(
                        self._db,
                        tool=tool.name,
                        arguments=arguments,
                        action=action,
                        effect=effect,
                        result=result,
                    )
            if tool.afterwards and effect:
                result = await tool.afterwards(self._db, result)
                journal.amend(self._db, entry, result)
        except RefusedCallError as refused:
            self._note_refusal(tool, arguments, action, entry, str(refused))
            return CallToolResult(content=[TextContent(text=str(refused))], is_error=True)
        return CallToolResult(content=[TextContent(text=json.dumps(result))], structured_content=result)

    def _act(self, tool: Tool, arguments: Document, effect: bool) -> Document:
        """The tool's own work; without `effect` the answer is computed and the change undone."""
        self._db.execute("SAVEPOINT act")
        try:
            result = tool.act(self._db, arguments)
            if not effect:
                self._db.execute("ROLLBACK TO act")
        finally:
            self._db.execute("RELEASE act")
        return result

    def _note_refusal(self, tool: Tool, arguments: Document, action: str | None, entry: int, sentence: str) -> None:
        """A changing call that was refused is journalled too; one whose delivery failed amends its entry."""
        if tool.read_only:
            return
        result = {"error": sentence}
        if entry:
            journal.amend(self._db, entry, result)
            return
        journal.write(self._db, tool=tool.name, arguments=arguments, action=action, effect=False, result=result)

    async def _misbehave(self, fault: Fault | None, context: ServerRequestContext[Any]) -> None:
        if fault is None:
            return
        if fault.kind is FaultKind.TIMEOUT_AFTER_COMMIT:
            await anyio.sleep(fault.seconds)
        if fault.kind is FaultKind.DROP_AFTER_COMMIT and context.request is not None:
            Line.hang_up(tuple(context.request.scope["client"]))


def mcp_server(vendor: Vendor, counter: Counter) -> Server[Any]:
    """The low-level MCP server over the counter; it speaks both protocol eras."""
    return Server(
        f"acme-{vendor.name}",
        version="1.4.0",
        instructions=vendor.instructions,
        on_list_tools=counter.list_tools,
        on_call_tool=counter.call_tool,
        get_tool_input_schema=counter.input_schema,
    )

"""Write what the demo company's servers offer beside their catalogues, so that charter tests need no server.

python -m tools.tool_list
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from bailiwick.demo.company import ads, crm, desk, email

FOLDER: Final = Path(__file__).parent.parent / "src/bailiwick/demo/catalogue"
COMPANY: Final = {"ads": ads, "crm": crm, "desk": desk, "email": email}
OTHERS: Final = {"git": "mcp_server_git", "time": "mcp_server_time"}
_SMTP: Final = {"COMPANY_SMTP_PORT": "1", "COMPANY_SMTP_SECRET": "unused"}


def company_tools(name: str) -> list[dict[str, Any]]:
    """The tools of one of the company's own servers, as `tools/list` answers them."""
    vendor = COMPANY[name].vendor(_SMTP)
    return [tool.definition.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in vendor.tools]


async def other_tools(module: str) -> list[dict[str, Any]]:
    """The tools of a server that somebody else wrote."""
    server = StdioServerParameters(command=sys.executable, args=["-m", module])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        listed = await session.list_tools()
        return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed.tools]


def written(tools: list[dict[str, Any]]) -> str:
    """The text of a file of tools."""
    return json.dumps({"tools": tools}, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every file."""
    found = {name: company_tools(name) for name in COMPANY}
    found |= {name: asyncio.run(other_tools(module)) for name, module in OTHERS.items()}
    for name, tools in found.items():
        (FOLDER / f"{name}.tools.json").write_text(written(tools), encoding="utf-8")


if __name__ == "__main__":
    main()

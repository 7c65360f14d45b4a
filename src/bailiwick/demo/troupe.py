"""The agents' own process: each has its key, its session, its run and its MCP client, and nothing else.

Reads one JSON request a line on stdin and writes one JSON answer a line on stdout. The first line names the cast:

    {"url": "http://127.0.0.1:8700", "agents": [{"name": …, "key": …, "workflow": …, "intent": …, "mode": "auto"}]}
    {"ready": 6}
    {"agent": "lead-router", "do": "call", "tool": "crm__query", "arguments": {…}}
    {"result": {…}}

An agent does one thing at a time; so does the troupe.
"""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from bailiwick.demo.straight import door_codes, mail_codes
from bailiwick.flow.client_assertion import ASSERTION_TYPE, make_assertion
from bailiwick.sdk import AgentError, AgentSession, Run
from bailiwick.sdk.key_file import load_key
from bailiwick.sdk.mcp_auth import connect

LONGEST_LINE: Final = 8 * 1024 * 1024
Asked = tuple[Mapping[str, Any], asyncio.Future[dict[str, Any]]]


class Member:
    """One agent at work; `ask` waits for its answer to one request."""

    def __init__(self, url: str, part: Mapping[str, str]) -> None:
        self._url = url
        self._part = part
        self._asked: asyncio.Queue[Asked | None] = asyncio.Queue()
        self._on_stage: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._work = asyncio.create_task(self._perform())

    async def enter(self) -> None:
        """Return once its run is open and its client connected; raise what stood in the way."""
        await asyncio.wait((self._on_stage, self._work), return_when=asyncio.FIRST_COMPLETED)
        if not self._on_stage.done():
            await self._work

    async def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        await self._asked.put((request, answer))
        return await answer

    async def leave(self) -> None:
        """Close every connection."""
        await self._asked.put(None)
        await self._work

    async def _perform(self) -> None:
        """One task from entry to exit: the client's cancel scopes must be left where they were entered."""
        part = self._part
        async with AgentSession(self._url, part["name"], part["key"]) as session:
            run = await session.open_run(intent=part["intent"], workflow=part["workflow"])
            async with connect(run, mode=part["mode"]) as client:
                deeds = Deeds(self._url, part, session, run, client)
                self._on_stage.set_result(None)
                while (asked := await self._asked.get()) is not None:
                    request, answer = asked
                    answer.set_result(await deeds.do(request))


@dataclass(frozen=True, slots=True)
class Deeds:
    """What an agent can do, with nothing but its key and what that gets it."""

    url: str
    part: Mapping[str, str]
    session: AgentSession
    run: Run
    client: Client

    async def do(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do one thing; an error of the protocol or of the agent's own side is an answer too."""
        try:
            return await self._do(request)
        except MCPError as error:
            return {"error": {"code": error.code, "message": error.message, "data": error.data}}
        except AgentError as error:
            return {"failure": str(error)}

    async def _do(self, request: Mapping[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "call":
                result = await self.client.call_tool(request["tool"], dict(request["arguments"]))
                return {"result": result.model_dump(mode="json", by_alias=True, exclude_none=True)}
            case "list":
                return await self._list(request["method"])
            case "token":
                return {"token": await self._short_token(request["seconds"])}
            case "tokens":
                return {"tokens": await self._tokens()}
            case "doors":
                return {"codes": await door_codes(request["url"], ["", *await self._tokens()])}
            case "mail":
                tokens = ["", *await self._tokens()]
                return {"codes": await asyncio.to_thread(mail_codes, request["host"], request["port"], tokens)}
            case "close":
                await self.run.close("finished")
                return {"closed": self.run.id}
        return {"failure": f"`{request['do']}` is nothing an agent can do"}

    async def _list(self, method: str) -> dict[str, Any]:
        match method:
            case "tools/list":
                return {"tools": [tool.name for tool in (await self.client.list_tools()).tools]}
            case "prompts/list":
                await self.client.list_prompts()
            case "resources/list":
                await self.client.list_resources()
        return {"listed": method}

    async def _tokens(self) -> list[str]:
        """Every token it holds: of its run, and of itself outside any run."""
        own = await self.run.headers()
        return [own["Authorization"].removeprefix("Bearer "), (await self.session.fetch_token()).text]

    async def _short_token(self, seconds: int) -> str:
        """A token of this run that asks for a shorter life than it could have."""
        endpoint, now_us = f"{self.url}/oauth/token", time.time_ns() // 1000
        key = load_key(Path(self.part["key"]))
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": make_assertion(key, self.part["name"], endpoint, secrets.token_urlsafe(16), now_us),
            "run": self.run.id,
            "lifetime": str(seconds),
        }
        async with httpx2.AsyncClient(timeout=10) as http:
            return str((await http.post(endpoint, data=form)).json()["access_token"])


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    if not (first := await reader.readline()):
        return
    cast = json.loads(first)
    members = {part["name"]: Member(cast["url"], part) for part in cast["agents"]}
    for member in members.values():
        await member.enter()
    _say({"ready": len(members)})
    while line := await reader.readline():
        request = json.loads(line)
        _say(await members[request["agent"]].ask(request))
    for member in members.values():
        await member.leave()


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve())

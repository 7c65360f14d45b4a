"""An agent's session with an installation, and the runs it opens there."""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from bailiwick.flow.client_assertion import ASSERTION_TYPE, make_assertion
from bailiwick.flow.es256 import SigningKey
from bailiwick.sdk.bearer import Bearer, Token
from bailiwick.sdk.door import AgentError, HttpDoor, read_object
from bailiwick.sdk.key_file import load_key
from bailiwick.sdk.tool_call import call_tool

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


def _now_us() -> int:
    return time.time_ns() // 1000


class AgentSession:
    """One agent at one installation; an async context. `key` is a PEM file of mode 0600, or a key."""

    def __init__(
        self, url: str, agent: str, key: SigningKey | Path | str, *, now_us: Callable[[], int] = _now_us
    ) -> None:
        self.agent = agent
        self._key = key if isinstance(key, SigningKey) else load_key(Path(key))
        self._door = HttpDoor(url)
        self._now_us = now_us
        self._bearer = Bearer(self.fetch_token, now_us)

    def __repr__(self) -> str:
        return f"<AgentSession {self.agent} at {self._door.url}>"

    async def __aenter__(self) -> Self:
        await self._door.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._door.__aexit__(kind, error, trace)

    async def open_run(
        self,
        *,
        intent: str,
        workflow: str,
        parent: str | None = None,
        requester: str | None = None,
        behaviour: str | None = None,
        acceptance: bool | None = None,
    ) -> "Run":
        """Open a run for a stated intent; its tokens act within this run and no other.

        `behaviour` is the digest of the version that the agent runs; with `acceptance` it may be one not in force yet.
        """
        wanted: dict[str, str | bool | None] = {"intent": intent, "workflow": workflow, "parent": parent}
        wanted |= {"requester": requester, "behaviour": behaviour, "acceptance": acceptance}
        body = {name: value for name, value in wanted.items() if value is not None}
        asked_us = self._now_us()
        reply = await self._post("/v1/runs", body, self._bearer, f"the run for `{intent}`")
        run_id = reply.get("run")
        if not isinstance(run_id, str) or not run_id:
            raise AgentError("the server's answer names no run; is the address an installation's?")

        async def fetch() -> Token:
            return await self.fetch_token(run_id)

        bearer = Bearer(fetch, self._now_us, Token.from_reply(reply, asked_us))
        return Run(run_id, self._door, bearer)

    async def fetch_token(self, run: str | None = None) -> Token:
        """A new token from the token endpoint, bound to `run` if given (RFC 6749 section 4.4, RFC 7523)."""
        asked_us = self._now_us()
        endpoint = self._door.url + "/oauth/token"
        jti = secrets.token_urlsafe(24)
        form = {
            "grant_type": "client_credentials",
            "client_id": self.agent,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": make_assertion(self._key, self.agent, endpoint, jti, asked_us),
            "resource": self._door.url + "/mcp",
        }
        if run is not None:
            form["run"] = run
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = await self._door.post("/oauth/token", urlencode(form).encode("ascii"), headers)
        return Token.from_reply(read_object(answer, f"the token for agent `{self.agent}`"), asked_us)

    async def _post(self, path: str, body: Mapping[str, str | bool], bearer: Bearer, asked: str) -> dict[str, object]:
        return await _post(self._door, path, body, bearer, asked)


class Run:
    """An open run: its id, always fresh headers, and the two ways to call tools within it."""

    def __init__(self, run_id: str, door: HttpDoor, bearer: Bearer) -> None:
        self.id = run_id
        self.mcp_url = door.url + "/mcp"
        self._door = door
        self._bearer = bearer

    def __repr__(self) -> str:
        return f"<Run {self.id}>"

    async def headers(self) -> dict[str, str]:
        """`Authorization` for the gateway, renewed before its token expires."""
        return await self._bearer.headers()

    async def renew(self, refused: dict[str, str]) -> dict[str, str]:
        """Headers with another token, after the gateway answered 401 to `refused`."""
        return await self._bearer.renew(refused)

    async def call(self, tool: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Call one tool and give its MCP result as it is, also when `isError` is true or it is pending."""
        return await call_tool(self._door, self._bearer, tool, arguments)

    async def close(self, outcome: str) -> None:
        """End the run: `finished`, `failed` or `cancelled`."""
        path = f"/v1/runs/{quote(self.id, safe='')}/close"
        await _post(self._door, path, {"outcome": outcome}, self._bearer, f"closing run `{self.id}`")


async def _post(
    door: HttpDoor, path: str, body: Mapping[str, str | bool], bearer: Bearer, asked: str
) -> dict[str, object]:
    headers = await bearer.headers()
    data = json.dumps(body).encode("ascii")
    answer = await door.post(path, data, _JSON | headers)
    if answer.status == 401:  # refused before anything was done, so a second time is safe
        answer = await door.post(path, data, _JSON | await bearer.renew(headers))
    return read_object(answer, asked)

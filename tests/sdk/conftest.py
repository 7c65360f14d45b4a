"""A small real server for the agent's side: it verifies assertions and tokens as the real one must."""

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bailiwick.flow.client_assertion import ASSERTION_TYPE, claimed_agent, verify_assertion
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.token import TokenError, TokenIssuer, TokenVerifier
from bailiwick.sdk import AgentSession

AGENT_KEY = SigningKey.from_random(b"1" * 48)
SERVER_KEY = SigningKey.from_random(b"2" * 48)
START = 1_800_000_000_000_000


@dataclass
class Clock:
    now_us: int = START

    def __call__(self):
        return self.now_us

    def advance(self, minutes):
        self.now_us += minutes * 60_000_000


@dataclass
class Installation:
    """Token endpoint, runs and a gateway of one tool; its clock can differ from the agent's."""

    clock: Clock = field(default_factory=Clock)
    url: str = ""
    epoch: int = 0
    runs: int = 0
    tokens: list = field(default_factory=list)
    forms: list = field(default_factory=list)
    opened: list = field(default_factory=list)
    closed: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    used: set = field(default_factory=set)
    broken: bool = False
    stream: bool = False
    silent: bool = False

    @property
    def issuer(self):
        return TokenIssuer(SERVER_KEY, self.url, self.url + "/mcp")

    def grant(self, run):
        token = self.issuer.issue("lead-router", run, self.epoch, f"tok-{len(self.tokens)}", self.clock())
        self.tokens.append(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300}

    async def token(self, request):
        if self.broken:
            request.transport.abort()
            raise ConnectionResetError
        form = dict(await request.post())
        self.forms.append(form)
        assert form["client_assertion_type"] == ASSERTION_TYPE
        assertion = form["client_assertion"]
        try:
            found = verify_assertion(
                assertion, claimed_agent(assertion), [AGENT_KEY.public], {str(request.url)}, self.clock()
            )
            if found.jti in self.used:
                raise TokenError("replay", "the assertion was used before; sign a new one")
        except TokenError as error:
            body = {"error": "invalid_client", "error_description": error.sentence}
            return web.json_response(body, status=401)
        self.used.add(found.jti)
        return web.json_response(self.grant(form.get("run")))

    def bearer(self, request):
        text = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            token = TokenVerifier(self.issuer.jwks(), self.url, self.url + "/mcp").verify(text, self.clock())
        except TokenError as error:
            raise web.HTTPUnauthorized(text=error.sentence) from None
        if token.epoch != self.epoch:
            raise web.HTTPUnauthorized(text="revoked")
        return token

    async def open_run(self, request):
        assert self.bearer(request).run is None
        body = await request.json()
        if body["workflow"] == "unknown":
            refusal = {"code": "invalid", "message": "there is no workflow `unknown`"}
            return web.json_response({"error": refusal}, status=422)
        self.opened.append(body)
        self.runs += 1
        return web.json_response({"run": f"run-{self.runs}", **self.grant(f"run-{self.runs}")}, status=201)

    async def close_run(self, request):
        assert self.bearer(request).run == request.match_info["run"]
        self.closed.append((request.match_info["run"], await request.json()))
        return web.json_response({"run": request.match_info["run"], "outcome": "recorded"})

    async def mcp(self, request):
        run = self.bearer(request).run
        message = await request.json()
        if self.silent:
            request.transport.abort()
            raise ConnectionResetError
        reply = {"jsonrpc": "2.0", "id": message.get("id")}
        match message["method"]:
            case "server/discover":
                reply["result"] = DISCOVERED
            case "tools/list":
                reply["result"] = {"tools": [ECHO], "ttlMs": 0, "cacheScope": "private", **COMPLETE}
            case "tools/call" if message["params"]["name"] == "acme__missing":
                reply["error"] = {"code": -32602, "message": "there is no tool `acme__missing`"}
                return web.json_response(reply, status=400)
            case "tools/call":
                self.calls.append((run, dict(request.headers), message))
                text = json.dumps(message["params"]["arguments"])
                reply["result"] = {"content": [{"type": "text", "text": text}], "isError": False, **COMPLETE}
        if self.stream:
            notice = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
            events = "".join(f"event: message\r\ndata: {json.dumps(one)}\r\n\r\n" for one in (notice, reply))
            body = ": hello\r\n\r\n" + events
            return web.Response(text=body, content_type="text/event-stream")
        return web.json_response(reply)

    async def elsewhere(self, _request):
        raise web.HTTPTemporaryRedirect(self.url + "/oauth/token")


COMPLETE = {"resultType": "complete"}
ECHO = {"name": "acme__echo", "inputSchema": {"type": "object"}}
DISCOVERED = {
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "acme", "version": "1"},
    "ttlMs": 0,
    "cacheScope": "private",
    **COMPLETE,
}


@asynccontextmanager
async def served(installation):
    app = web.Application()
    app.router.add_post("/oauth/token", installation.token)
    app.router.add_post("/v1/runs", installation.open_run)
    app.router.add_post("/v1/runs/{run}/close", installation.close_run)
    app.router.add_post("/mcp", installation.mcp)
    app.router.add_post("/moved/oauth/token", installation.elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    installation.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield installation
    finally:
        await runner.cleanup()


@pytest.fixture
async def acme():
    async with served(Installation()) as installation:
        yield installation


@pytest.fixture
async def session(acme):
    async with AgentSession(acme.url, "lead-router", AGENT_KEY, now_us=acme.clock) as opened:
        yield opened


@pytest.fixture
async def run(session):
    return await session.open_run(intent="route the leads", workflow="lead-routing")

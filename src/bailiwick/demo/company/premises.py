"""One vendor's own process: its file, its door, its socket."""

import asyncio
import json
import random
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bailiwick.demo.company import cabinet
from bailiwick.demo.company.bearer import Bearer, answer
from bailiwick.demo.company.fault import FaultBoard, parse_fault
from bailiwick.demo.company.line import Line
from bailiwick.demo.company.vendor import Counter, Vendor, mcp_server

Ready = Callable[[int], None]


def bind(port: int) -> socket.socket:
    """A listening loopback socket: on `port`, or on any free one for 0.

    Free ones are taken below the range from which systems lend ports to outgoing connections, so that the
    port of a stopped process is still free when it returns.
    """
    for candidate in [port] if port else random.sample(range(20_000, 32_000), 50):
        # INVARIANT: the protocol is named, or asyncio leaves Nagle's delay on and every reply costs 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            listener.listen(128)
            return listener
        except OSError:
            listener.close()
    raise OSError(f"port {port or '20000-32000'} is taken; stop what listens there")


class FaultDoor:
    """`/faults`, open to the admin secret alone: POST one, GET those in force, DELETE all."""

    def __init__(self, faults: FaultBoard) -> None:
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            try:
                self._faults.put(parse_fault(json.loads(await _body(receive))))
            except ValueError as wrong:
                await answer(send, 400, {"error": "invalid_fault", "error_description": str(wrong)})
                return
        elif scope["method"] == "DELETE":
            self._faults.clear()
        await answer(send, 200, {"faults": self._faults.listing()})


async def _body(receive: Receive, most: int = 10_000) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            raise ValueError(f"a fault is at most {most} bytes")
        if not message.get("more_body"):
            return bytes(body)


def application(vendor: Vendor, counter: Counter, faults: FaultBoard, environment: Mapping[str, str]) -> ASGIApp:
    """The vendor's whole surface: MCP at `/mcp` and the fault door, each behind its own secret."""
    mcp = mcp_server(vendor, counter).streamable_http_app(json_response=True, stateless_http=True)
    guarded = Bearer(mcp, environment["COMPANY_SECRET"], f"acme-{vendor.name}")
    admin = Bearer(FaultDoor(faults), environment["COMPANY_ADMIN_SECRET"], f"acme-{vendor.name}-faults")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_fault = scope["type"] == "http" and scope["path"] == "/faults"
        await (admin if is_fault else guarded)(scope, receive, send)

    return app


class _Server(uvicorn.Server):
    """uvicorn, telling when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def serve(vendor: Vendor, environment: Mapping[str, str], ready: Ready) -> None:
    """Serves until SIGTERM; `ready` is called with the port once connections are accepted.

    Settings: COMPANY_DATABASE, COMPANY_PORT (0: any), COMPANY_SECRET, COMPANY_ADMIN_SECRET.
    """
    db = cabinet.open_cabinet(Path(environment["COMPANY_DATABASE"]))
    faults = FaultBoard()
    app = application(vendor, Counter(vendor, db, faults), faults, environment)
    listener = bind(int(environment.get("COMPANY_PORT", "0")))
    config = uvicorn.Config(
        app, http=Line, ws="none", log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    server = _Server(config, lambda: ready(listener.getsockname()[1]))
    asyncio.run(server.serve([listener]))

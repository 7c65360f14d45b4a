"""The server process: socket first, then the installation, then requests, and out again in the opposite order."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import structlog
import uvicorn
import uvloop

from bailiwick.build import StartError, create_app, running
from bailiwick.cli.log_format import configure_logs
from bailiwick.settings import Settings

BACKLOG: Final = 2048
GRACE_S: Final = 10

log = structlog.get_logger("server")


@dataclass(frozen=True, slots=True)
class Started:
    """What a started server can be reached with; `first_link` only on the very first start."""

    url: str
    data: str
    first_link: str | None
    version: str

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {"url": self.url, "data": self.data, "first_link": self.first_link, "version": self.version}


class _Uvicorn(uvicorn.Server):
    """Leaves signals to us: the store is closed after the last request, which uvicorn's own handling would skip."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(settings: Settings, tell: Callable[[Started], None]) -> None:
    """Run until SIGTERM or SIGINT; `tell` is called once the server answers."""
    configure_logs(settings.log_level)
    # INVARIANT: bound before anything else, so that a taken port costs nothing and port 0 is known to all parts
    listener = bind(settings.host, settings.port)
    with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, listener, tell))


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises `StartError` when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise StartError(f"cannot listen on `{host}` port {port}: {reason}; choose another --port") from None


async def _serve(settings: Settings, listener: socket.socket, tell: Callable[[Started], None]) -> None:
    port = int(listener.getsockname()[1])
    async with running(settings, port) as started:
        installation = started.installation
        app, gate = create_app(installation, started.scrape)
        told = Started(installation.public_url, str(settings.data), started.first_link, installation.version)
        config = uvicorn.Config(
            app,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here believes what a forwarder says of the caller; `public_url` is a setting
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_S,
        )
        server = _Uvicorn(config, lambda: tell(told))
        _stop_on_signals(server)
        async with gate.running():
            log.info("server.started", url=told.url, data=told.data, version=told.version)
            await server.serve(sockets=[listener])
    log.info("server.stopped")


def _stop_on_signals(server: uvicorn.Server) -> None:
    def stop() -> None:
        server.force_exit = server.should_exit  # the second time is meant
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)

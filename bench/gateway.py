"""Bailiwick under test: the server that users start, in front of one upstream, with one agent that may call it all."""

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bailiwick.build import running
from bailiwick.flow.catalogue_import import ImportCatalogue, draft, review
from bailiwick.flow.connector import AddConnector
from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import RANDOM_BYTES, SigningKey
from bailiwick.flow.installation import Installation
from bailiwick.flow.person import DeclareMode
from bailiwick.flow.publish import PublishCharter
from bailiwick.flow.source import read_catalogue
from bailiwick.sdk.agent import AgentSession
from bailiwick.settings import Settings
from bench.process import cpu_ms

AGENT = "measured"
WORKFLOW = "measuring"
BY = "per-bench"
CHARTER = """\
charter: measured
purpose: Call every tool of the measured server as often as the load asks.
workflow: measuring
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-02-01}
data: {may_read: [internal], may_send_out: []}
cannot: [billing.*]
run: {calls: 100000000, seconds: 86400, repeats: 100000000, retries: 100000000}
can:
"""


@dataclass(frozen=True)
class Gateway:
    """A running gateway; `token` gives a valid token, `cpu_ms` the CPU time used so far."""

    url: str
    connector: str
    token: Callable[[], Awaitable[str]]
    cpu_ms: Callable[[], float]


@contextmanager
def start_gateway(upstream: str, connector: str) -> Iterator[Gateway]:
    """`bailiwick up` with `upstream` admitted as `connector`; intents and outcomes are durable, as always."""
    key = SigningKey.from_random(secrets.token_bytes(RANDOM_BYTES))
    with tempfile.TemporaryDirectory(prefix="bailiwick-bench-") as folder:
        port = _free_port()
        settings = Settings(data=Path(folder), port=port)
        asyncio.run(_found(settings, upstream, connector, key))
        url = settings.url(port)

        async def token() -> str:
            async with AgentSession(url, AGENT, key) as session:
                run = await session.open_run(intent="measure", workflow=WORKFLOW)
                return (await run.headers())["Authorization"].removeprefix("Bearer ")

        child = _start(folder, port)
        try:
            yield Gateway(f"{url}/mcp", connector, token, lambda: cpu_ms(child.pid))
        finally:
            child.send_signal(signal.SIGTERM)
            child.communicate(timeout=20)


async def _found(settings: Settings, upstream: str, connector: str, key: SigningKey) -> None:
    async with running(settings, settings.port) as server:
        await _admit(server.installation, upstream, connector, key)


async def _admit(installation: Installation, upstream: str, connector: str, key: SigningKey) -> None:
    commit = installation.store.commit
    await commit(DeclareMode("solo", "Bench", None))
    await commit(AddConnector(connector, "http", BY, "Acme", "it", url=upstream, review_by="2040-01-31"))
    definitions = await installation.upstreams.definitions(connector)
    source = draft(connector, definitions).replace("floor: high", "floor: low")
    await commit(ImportCatalogue(review(connector, source, definitions), BY))
    catalogue = read_catalogue(source, definitions)[0]
    grants = "".join(f"  - {{do: {entry.name}, tier: low}}\n" for entry in catalogue.actions)
    await commit(PublishCharter(CHARTER + grants, BY, "every tool", {connector: catalogue}))
    await commit(EnrolAgent(AGENT, AGENT, key.public.jwk(), BY))


def _start(folder: str, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bailiwick", "up", "--data", folder, "--port", str(port), "--json"]
    quiet = {**os.environ, "BAILIWICK_LOG_LEVEL": "error"}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet)
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        child.wait()
        raise RuntimeError("`bailiwick up` ended before it answered")
    json.loads(line)
    return child


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

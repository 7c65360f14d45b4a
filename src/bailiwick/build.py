"""The only place that wires: settings in, a running server out."""

import asyncio
import gc
import os
import platform
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from bailiwick.anchor.kind import anchor_kinds
from bailiwick.api.app import create_api
from bailiwick.core.refusal import Refusal
from bailiwick.flow.act import EDGES, Acting, Edge
from bailiwick.flow.anchoring import Anchoring
from bailiwick.flow.founding import Found
from bailiwick.flow.guessing import Guessing
from bailiwick.flow.installation import Installation
from bailiwick.flow.invitation import link_of
from bailiwick.flow.news import PATIENCE_US, Announcing, Hearing, LocalBell
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.posting_index import PostingIndex
from bailiwick.flow.presence import Presence
from bailiwick.flow.pruning import keep_pruning
from bailiwick.flow.record_tree import RecordTree
from bailiwick.flow.secret_token import RANDOM_BYTES, Kind, mint
from bailiwick.flow.server import ServerCard
from bailiwick.flow.stop import Stops
from bailiwick.flow.subject import finish_erasures
from bailiwick.flow.token import TokenIssuer, TokenVerifier
from bailiwick.flow.watch import Watch
from bailiwick.flow.writing import Writing
from bailiwick.gate.app import PATH as GATE_PATH
from bailiwick.gate.app import Gate
from bailiwick.ledger.canonical import digest, encode
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import MerkleError
from bailiwick.ports.news import Bell, Topic
from bailiwick.ports.signer import SignerAway, SignerRefused
from bailiwick.ports.store import StoreUnavailable
from bailiwick.ports.vault import SecretKeeper
from bailiwick.settings import Settings
from bailiwick.signer.opening import key_elsewhere, sign_elsewhere, sign_here
from bailiwick.signer.signing import Signing
from bailiwick.store.folder import FolderInUse, alone, in_turn
from bailiwick.store.journal import Origin
from bailiwick.store.keyring import Keyring, open_keyring
from bailiwick.store.payload_key import FilePayloadKeys, open_payload_keys
from bailiwick.store.place import StorePlace
from bailiwick.store.postgres_bell import PostgresBell
from bailiwick.store.private_file import PrivateFileError, read_private, replace_private
from bailiwick.store.reader import TableReader
from bailiwick.store.vault import FileVault, VaultError
from bailiwick.system import SystemClock, monotonic_us, new_id, random_bytes
from bailiwick.telemetry.scrape import PATH as METRICS_PATH
from bailiwick.telemetry.switch import TelemetryError
from bailiwick.telemetry.wiring import Telemetry
from bailiwick.upstream.pool import Pool
from bailiwick.web.app import create_console

FIRST_SIGN_IN_FILE: Final = "first-sign-in.txt"
LOG_VKEY_FILE: Final = "log.vkey"
_API_PREFIXES: Final = ("/v1", "/access/v1", "/log/", "/oauth", "/.well-known", "/health", "/openapi.json")
_DRAIN_S: Final = 10.0
StartEdge = Literal["after-keys", "after-migration", "after-settling", "after-founding"]
START_EDGES: Final[tuple[StartEdge, ...]] = ("after-keys", "after-migration", "after-settling", "after-founding")
"""Where a start must survive a crash; a failpoint can name these too."""
SWITCH_S: Final = 0.001
"""How long one thread may hold the interpreter: the writer thread asks for it several times a batch, and at the
default of 5 ms it waited longer for its turn than for the disk."""

log = structlog.get_logger("server")


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


@dataclass(slots=True)
class Running:
    """A started installation; `first_link` is the administrator's one-time link on the very first start."""

    installation: Installation
    scrape: ASGIApp
    first_link: str | None = None
    _open: list[Callable[[], Any]] = field(default_factory=list)


@asynccontextmanager
async def running(settings: Settings, port: int) -> AsyncIterator[Running]:
    """Open store, keys and upstreams in the data folder, settle what an earlier crash left open, close it all."""
    sys.setswitchinterval(SWITCH_S)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = StorePlace(settings.data, settings.store)
    with nullcontext() if place.is_shared else _alone(settings.data):
        at_edge = _edge(settings.failpoint)
        keys = open_keyring(settings.data, new=place.is_new(), signs=not settings.signer)
        payload_keys = open_payload_keys(settings.data, new=place.is_new())
        at_edge("after-keys")
        place.migrate()
        at_edge("after-migration")
        clock, reader = SystemClock(), place.reader(payload_keys)
        tree = RecordTree(reader)
        signing, log_key = _signing(settings, keys, reader, tree)
        origin = Origin(settings.origin, signing)
        store = place.store(origin, clock, new_id, lambda: random_bytes(32), payload_keys)
        bell: Bell = PostgresBell(settings.store) if place.is_shared else LocalBell()
        policies, stops = PolicySource(reader), Stops()
        telemetry = _telemetry(settings, reader, stops, clock)
        told = Writing(telemetry.store(Announcing(store, bell)), clock)
        vault = FileVault(settings.data / "vault", settings.data / "vault.key")
        pool = Pool(policies.target, vault)
        watch = Watch(told, reader, policies, pool, monotonic_us, settings.watch_s)
        pool.on_stir = watch.stir
        url = settings.url(port)
        issuer = TokenIssuer(keys.token_key, url, url + GATE_PATH)
        hearing = Hearing(reader, bell, monotonic_us, PATIENCE_US if place.is_shared else None)
        card = _card(keys, payload_keys, url, port)
        presence = Presence(card, told, reader, monotonic_us, alone=not place.is_shared, lease_s=settings.lease_s)
        installation = Installation(
            public_url=url,
            version=version("bailiwick"),
            log_key=log_key,
            store=told,
            reader=reader,
            keys=payload_keys,
            policies=policies,
            acting=telemetry.acting(
                Acting(
                    *(told, policies, telemetry.upstreams(pool), stops, watch, clock, at_edge, settings.deadline_s),
                    server=card.id,
                    deaf=hearing.trouble,
                )
            ),
            guessing=Guessing(told, reader, clock, random_bytes),
            stops=stops,
            hearing=hearing,
            presence=presence,
            watch=watch,
            upstreams=pool,
            vault=vault,
            issuer=issuer,
            verifier=TokenVerifier(issuer.jwks(), url, url + GATE_PATH),
            clock=clock,
            new_id=new_id,
            random_bytes=random_bytes,
            index=PostingIndex(store, reader, policies, keys.index_key),
            anchoring=Anchoring(
                *(told, reader, anchor_kinds(log_key, settings.data / "anchor"), tree, vault, clock),
                every_s=settings.anchor_s,
            ),
            sign_text=signing.statement,
            signing_trouble=lambda: signing.trouble,
            unwritable=lambda: told.trouble,
        )
        store.start()
        rounds: list[asyncio.Task[None]] = []
        try:
            first_link = await _begin(installation, settings, at_edge)
            gc.collect()
            gc.freeze()  # what was imported stays: without this each full collection walks all of it under load
            rounds += _rounds(installation)
            yield Running(installation, telemetry.scrape(settings.metrics_token), first_link)
        finally:
            await _end(installation, rounds)
            await pool.close()
            await asyncio.to_thread(store.close)
            reader.close()
            await asyncio.to_thread(telemetry.close)


def _signing(settings: Settings, keys: Keyring, reader: TableReader, tree: RecordTree) -> tuple[Signing, str]:
    """Who signs the record from here on, and the public key that checks it."""
    head = reader.head()
    last = Checkpoint(settings.origin, head.size, head.root) if head else None
    with suppress(MerkleError):  # whoever signs will say what is wrong with the log
        tree.root(reader.size())  # read here: later the writer would wait for it
    if not settings.signer:
        key = keys.log_signer(settings.origin)
        return sign_here(key, last, tree.consistency), key.vkey
    socket, kept = Path(settings.signer), settings.data / LOG_VKEY_FILE
    try:
        vkey = key_elsewhere(socket, settings.origin, (read_private(kept) or b"").decode())
    except (SignerAway, SignerRefused) as error:
        raise StartError(str(error)) from None
    replace_private(kept, vkey.encode())
    return sign_elsewhere(socket, vkey, last, tree.consistency), vkey


async def _begin(installation: Installation, settings: Settings, at_edge: Callable[[StartEdge], None]) -> str | None:
    """Join the other servers and hear what is in force; the first link where nobody has founded the installation."""
    await _join(installation.presence)
    if unfinished := await finish_erasures(installation):
        log.warning("server.unfinished_erasures", count=unfinished)
    at_edge("after-settling")
    _listen(installation)
    first_link = await _found(installation, settings)
    at_edge("after-founding")
    return first_link


def _rounds(here: Installation) -> Iterable[asyncio.Task[None]]:
    """What goes on beside the requests for as long as the server runs."""
    kept = (here.watch.keep(), here.index.keep(), here.presence.keep(), here.anchoring.keep(), keep_pruning(here))
    return map(asyncio.create_task, kept)


async def _end(installation: Installation, rounds: Iterable[asyncio.Task[None]]) -> None:
    """Let what is under way end, and tell the others that this server serves no more."""
    for task in rounds:
        task.cancel()
    await installation.acting.drain(_DRAIN_S)
    await asyncio.to_thread(installation.hearing.close)
    with suppress(StoreUnavailable):
        await installation.presence.leave()
    await installation.watch.close()


def _reread(vault: SecretKeeper) -> None:
    """Take over what another server has set; what cannot be read stops nothing but its own connectors."""
    try:
        vault.reload()
    except (VaultError, PrivateFileError) as error:
        log.exception("server.vault_unread", trouble=str(error))


async def _join(presence: Presence) -> None:
    try:
        await presence.join()
    except Refusal as error:
        raise StartError(error.sentence) from None


def _listen(installation: Installation) -> None:
    """Hear what is in force now, and from here on whatever changes."""
    reader, hearing, watch = installation.reader, installation.hearing, installation.watch
    hearing.on(Topic.HALTS, lambda: installation.stops.read(reader))
    hearing.on(Topic.POLICIES, installation.policies.forget)
    for topic in (Topic.POLICIES, Topic.SECRETS):
        hearing.on(topic, partial(_reread, installation.vault))
    hearing.on(Topic.QUARANTINE, lambda: watch.read(reader))
    hearing.start()


def _card(keys: Keyring, payload_keys: FilePayloadKeys, url: str, port: int) -> ServerCard:
    """Who this server is; servers of one installation hold the same keys."""
    held = digest(
        encode(
            {
                "token": keys.token_key.public.jwk(),
                "index": sha256(keys.index_key).hexdigest(),
                "payloads": payload_keys.fingerprint(),
            }
        )
    )
    return ServerCard(new_id("srv"), f"{platform.node()}:{port}", url, version("bailiwick"), held)


async def _found(installation: Installation, settings: Settings) -> str | None:
    with in_turn(settings.data, FIRST_SIGN_IN_FILE):  # whoever starts beside us in this folder waits for us here
        if installation.reader.count("installation"):
            return None
        token, token_hash = mint(installation.random_bytes(RANDOM_BYTES), Kind.SIGN_IN_LINK)
        link = link_of(installation, token)
        # INVARIANT: the link is on the disk before it opens anything, so a start that is killed never loses it
        replace_private(settings.data / FIRST_SIGN_IN_FILE, link.encode() + b"\n")
        founded = await installation.store.commit(Found(settings.name, settings.admin_email, token_hash))
        return link if founded else None


def _telemetry(settings: Settings, reader: TableReader, stops: Stops, clock: SystemClock) -> Telemetry:
    try:
        return Telemetry(settings.otlp, os.environ, version("bailiwick"), reader, stops, clock)
    except TelemetryError as error:
        raise StartError(str(error)) from None


def create_app(installation: Installation, scrape: ASGIApp | None = None) -> tuple[ASGIApp, Gate]:
    """One ASGI app: the gateway at /mcp, the API below /v1 and /oauth, the console everywhere else."""
    gate, api, console = Gate(installation), create_api(installation), create_console(installation)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == GATE_PATH:
            await gate.app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(_API_PREFIXES):
            await api(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == METRICS_PATH and scrape is not None:
            await scrape(scope, receive, send)
        else:
            await console(scope, receive, send)

    return app, gate


@contextmanager
def _alone(folder: Path) -> Any:
    """Hold the data folder: two servers on one SQLite store would each think they were the writer."""
    with ExitStack() as held:
        try:
            held.enter_context(alone(folder))
        except FolderInUse:
            raise StartError(f"another server uses `{folder}`; stop it or choose another --data folder") from None
        yield


def _edge(failpoint: str) -> Callable[[Edge | StartEdge], None]:
    name, _, count = failpoint.partition(":")
    if not name:
        return lambda _: None
    edges = (*EDGES, *START_EDGES)
    if name not in edges or not count.isdigit():
        raise StartError(f"failpoint `{failpoint}` is not EDGE:N with EDGE one of {', '.join(edges)}")
    left = int(count)

    def kill(edge: Edge | StartEdge) -> None:
        nonlocal left
        if edge == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return kill

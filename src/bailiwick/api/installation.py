"""The installation itself: what runs here, how it is run, what needs attention, and whether it lives."""

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import READS, answers
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.installation import AttentionBody, HealthBody, InstallationBody, ModeChange, ServerBody
from bailiwick.flow.attention import attention
from bailiwick.flow.installation import Installation
from bailiwick.flow.lateness import lateness
from bailiwick.flow.person import DeclareMode
from bailiwick.flow.right import demand
from bailiwick.flow.server_view import servers
from bailiwick.ports.store import StoreUnavailable

router = APIRouter(tags=["installation"])


@router.get("/v1/installation", summary="Read what runs here", responses=READS)
def read_installation(here: Here, _: Reading) -> InstallationBody:
    """Name, mode, version, the log's public key and size."""
    return _info(here)


@router.put(
    "/v1/installation/mode",
    summary="Declare how the installation is run",
    responses=answers(400, 401, 403, 413, 415, 422),
)
async def declare_mode(asked: ModeChange, who: Changing, here: Here) -> InstallationBody:
    """The change stands on the record."""
    demand(who.person, "manage people")
    name = asked.name or (await run_sync(_info, here)).name
    await here.store.commit(DeclareMode(asked.mode, name, who.id))
    return await run_sync(_info, here)


@router.get("/v1/attention", summary="List what needs attention", response_model=Page[AttentionBody], responses=READS)
def list_attention(here: Here, _: Reading) -> Any:
    """Halts, waiting approvals, unknown outcomes, credentials and reviews that are due; always one page."""
    return {"items": attention(here.reader, here.clock.now_us()), "next": None}


@router.get("/v1/servers", summary="List the servers", response_model=Page[ServerBody], responses=READS)
def list_servers(here: Here, _: Reading) -> Any:
    """Every `bailiwick up` of this installation: those that serve first, then those that served lately; one page."""
    mine = here.presence
    return {"items": servers(here.reader, mine.card.id, mine.lease_us, here.clock.now_us()), "next": None}


@router.get("/health", summary="Whether the server lives and reads its store", responses=answers(503))
def health(here: Here) -> HealthBody:
    """Needs no token. 503 means that this server lets no action through now; another one may."""
    if trouble := here.hearing.trouble():
        raise StoreUnavailable(trouble)
    if unwritable := here.unwritable():
        raise StoreUnavailable(f"the record cannot be written, so nothing is let through: {unwritable.reason}")
    late = lateness(here.reader, here.clock.now_us())
    return HealthBody(version=here.version, server=here.presence.card.id, signing="late" if late else "ok")


def _info(here: Installation) -> InstallationBody:
    row = here.reader.row("installation", "installation")
    known = row or {"name": "Bailiwick", "mode": "team", "created_us": 0}
    return InstallationBody(
        name=known["name"],
        mode=known["mode"],
        version=here.version,
        public_url=here.public_url,
        log_key=here.log_key,
        size=here.reader.size(),
        created_us=known["created_us"],
    )

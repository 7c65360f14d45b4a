"""Signing in from the command line, and one's own account."""

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import READS, TooMany, answers
from bailiwick.api.person import wire_person
from bailiwick.api.wire.person import NewPassword, PersonBody, SessionBody, SignInByLink, SignInByPassword
from bailiwick.core.refusal import Refusal
from bailiwick.flow.installation import Installation
from bailiwick.flow.invitation import token_in
from bailiwick.flow.lockout import Lockout
from bailiwick.flow.password import SALT_BYTES, PasswordError, check_password, hash_password
from bailiwick.flow.person import SetPassword
from bailiwick.flow.secret_token import RANDOM_BYTES, Kind, hash_of, mint
from bailiwick.flow.signin import PERSONAL_US, CloseSession, OpenSession, UseLink
from bailiwick.ports.store import Row

router = APIRouter(tags=["sessions"])
_SIGNING = answers(400, 403, 413, 415, 422, 429)


@router.post("/v1/sessions", summary="Sign in", status_code=201, responses=_SIGNING)
async def sign_in(asked: SignInByLink | SignInByPassword, request: Request, here: Here) -> SessionBody:
    """Exchange a one-time link, or an address and its password, for a personal token of 30 days."""
    token, session_hash = mint(here.random_bytes(RANDOM_BYTES), Kind.PERSONAL)
    if isinstance(asked, SignInByLink):
        link_hash = hash_of(token_in(asked.link), Kind.SIGN_IN_LINK)
        if link_hash is None:
            raise Refusal("forbidden", "this is no sign-in link; copy it whole, or ask an administrator for one")
        person = await here.store.commit(UseLink(link_hash, session_hash, Kind.PERSONAL))
    else:
        owner = await _checked(here, asked, request.app.state.lockout, request.app.state.guessing)
        person = await here.store.commit(OpenSession(owner["id"], session_hash, Kind.PERSONAL))
    return SessionBody(token=token, expires_us=here.clock.now_us() + PERSONAL_US, person=wire_person(person))


@router.delete(
    "/v1/sessions/current", summary="Sign out", status_code=204, response_class=Response, responses=answers(401, 403)
)
async def sign_out(who: Changing, here: Here) -> None:
    """The token that this request came with counts no more."""
    await here.store.commit(CloseSession(who.session))


@router.get("/v1/me", summary="Who am I", responses=READS)
def me(who: Reading) -> PersonBody:
    """The person whose token this is, with their roles."""
    return wire_person(who.person)


@router.put(
    "/v1/me/password",
    summary="Set one's own password",
    status_code=204,
    response_class=Response,
    responses=answers(400, 401, 403, 413, 415, 422),
)
async def set_password(asked: NewPassword, who: Changing, request: Request, here: Here) -> None:
    """Other sessions stay as they are."""
    guessing: CapacityLimiter = request.app.state.guessing
    if who.person["password"] is not None:
        right = (await run_sync(check_password, asked.current or "", who.person["password"], limiter=guessing)).right
        if not right:
            raise Refusal("forbidden", "the current password is wrong or missing; send it as `current`")
    try:
        salt = here.random_bytes(SALT_BYTES)
        hashed = await run_sync(hash_password, asked.password, salt, limiter=guessing)
    except PasswordError as error:
        raise Refusal("invalid", str(error)) from None
    await here.store.commit(SetPassword(who.id, hashed))


async def _checked(here: Installation, asked: SignInByPassword, lockout: Lockout, guessing: CapacityLimiter) -> Row:
    """The person whose password this is; raises `Refusal` or `TooMany`, in the same time for everybody."""
    address, now_us = asked.email.strip().lower(), here.clock.now_us()
    wait_us = lockout.wait_us(address, now_us)
    if wait_us:
        seconds = -(-wait_us // 1_000_000)
        raise TooMany(f"too many wrong passwords for this address; try again in {seconds} seconds", seconds)
    known = await run_sync(here.reader.row, "email", address)
    row = await run_sync(here.reader.row, "person", known["person"]) if known else None
    found = await run_sync(check_password, asked.password, row["password"] if row else None, limiter=guessing)
    if row is None or not found.right:
        lockout.failed(address, now_us)
        raise Refusal("forbidden", "the address or the password is wrong; an administrator can make you a sign-in link")
    lockout.passed(address)
    if found.upgrade:
        hashed = await run_sync(hash_password, asked.password, here.random_bytes(SALT_BYTES), limiter=guessing)
        await here.store.commit(SetPassword(row["id"], hashed))
    return row

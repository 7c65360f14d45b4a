"""Signing in from the command line, and one's own account."""

from fastapi import APIRouter, Response

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import READS, answers
from bailiwick.api.person import wire_person
from bailiwick.api.wire.person import NewPassword, PersonBody, SessionBody, SignInByLink, SignInByPassword
from bailiwick.core.refusal import Refusal
from bailiwick.flow.invitation import token_in
from bailiwick.flow.secret_token import RANDOM_BYTES, Kind, hash_of, mint
from bailiwick.flow.signin import PERSONAL_US, CloseSession, OpenSession, UseLink

router = APIRouter(tags=["sessions"])
_SIGNING = answers(400, 403, 413, 415, 422, 429)


@router.post("/v1/sessions", summary="Sign in", status_code=201, responses=_SIGNING)
async def sign_in(asked: SignInByLink | SignInByPassword, here: Here) -> SessionBody:
    """Exchange a one-time link, or an address and its password, for a personal token of 30 days."""
    token, session_hash = mint(here.random_bytes(RANDOM_BYTES), Kind.PERSONAL)
    if isinstance(asked, SignInByLink):
        link_hash = hash_of(token_in(asked.link), Kind.SIGN_IN_LINK)
        if link_hash is None:
            raise Refusal("forbidden", "this is no sign-in link; copy it whole, or ask an administrator for one")
        person = await here.store.commit(UseLink(link_hash, session_hash, Kind.PERSONAL))
    else:
        owner = await here.guessing.person(asked.email, asked.password)
        person = await here.store.commit(OpenSession(owner["id"], owner["password"], session_hash, Kind.PERSONAL))
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
    responses=answers(400, 401, 403, 413, 415, 422, 429),
)
async def set_password(asked: NewPassword, who: Changing, here: Here) -> None:
    """Every other session and personal token of this person ends; this one stays."""
    await here.guessing.change(who.person, asked.current or "", asked.password, who.session)

"""Who is asking: a person by personal token or (to read) the console's cookie, or an agent by its access token."""

from dataclasses import dataclass
from typing import Annotated, Final

from anyio.to_thread import run_sync
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from bailiwick.api.fault import Unsigned
from bailiwick.core.refusal import Refusal
from bailiwick.flow.installation import Installation
from bailiwick.flow.run import revoked
from bailiwick.flow.secret_token import Kind, hash_of, kind_of
from bailiwick.flow.token import AgentToken, TokenError
from bailiwick.ports.store import Row

COOKIE: Final = "bailiwick_session"
_personal = HTTPBearer(
    scheme_name="personal token",
    bearerFormat="bwk_cli_…",
    description="A person's token from `POST /v1/sessions` or `bailiwick login`",
    auto_error=False,
)
_cookie = APIKeyCookie(
    name=COOKIE, scheme_name="console session", description="The console's cookie; reads only", auto_error=False
)
_agent = HTTPBearer(
    scheme_name="agent token",
    bearerFormat="JWT",
    description="An agent's access token from `POST /oauth/token` (RFC 9068)",
    auto_error=False,
)
_SIGN_IN: Final = "sign in first: send `Authorization: Bearer bwk_cli_…` from `bailiwick login`"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed-in person and the session they came with."""

    person: Row
    session: str

    @property
    def id(self) -> str:
        """The person's id, as it stands on the record."""
        return str(self.person["id"])


def installation_of(request: Request) -> Installation:
    """The installation that this API serves."""
    found = request.app.state.installation
    assert isinstance(found, Installation)
    return found


def signed_to_read(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_personal)],
    cookie: Annotated[str | None, Security(_cookie)],
) -> Signed:
    """Somebody who may look: by personal token, or by the console's cookie."""
    if bearer is not None or cookie is None:
        return _by_token(installation_of(request), bearer)
    return _session(installation_of(request), cookie, Kind.SESSION)


def signed_to_act(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_personal)]
) -> Signed:
    """Somebody who may change things: by personal token only, which no other site can make a browser send."""
    if bearer is None and request.cookies.get(COOKIE):
        raise Refusal("forbidden", "the console's cookie only reads here; changes need a personal token")
    return _by_token(installation_of(request), bearer)


async def agent_token(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_agent)]
) -> AgentToken:
    """An agent whose token holds and whose enrolment is in force."""
    installation = installation_of(request)
    if bearer is None:
        raise Unsigned("an agent's access token is needed; get one from /oauth/token with the agent's key")
    if kind_of(bearer.credentials) is not None:
        raise Refusal("forbidden", "a person's session never acts as an agent; use the agent's own token")
    token = installation.verifier.verify(bearer.credentials, installation.clock.now_us())
    trouble = revoked(await run_sync(installation.reader.row, "agent", token.agent), token.epoch)
    if trouble:
        raise TokenError("revoked", trouble)
    return token


def _by_token(installation: Installation, bearer: HTTPAuthorizationCredentials | None) -> Signed:
    if bearer is None:
        raise Unsigned(_SIGN_IN)
    if bearer.credentials.count(".") == 2:
        raise Refusal("forbidden", "an agent's token acts through /mcp and opens or closes its own runs, nothing else")
    return _session(installation, bearer.credentials, Kind.PERSONAL)


def _session(installation: Installation, token: str, kind: Kind) -> Signed:
    name = hash_of(token, kind)
    session = installation.reader.row("session", name) if name else None
    if session is None or session["kind"] != kind.value or session["expires_us"] <= installation.clock.now_us():
        raise Unsigned(f"this session is not known or has expired; {_SIGN_IN}", 'Bearer error="invalid_token"')
    person = installation.reader.row("person", session["person"])
    if person is None or not person["active"]:
        raise Refusal("forbidden", "your account is not active; ask an administrator")
    return Signed(person, session["id"])


Here = Annotated[Installation, Depends(installation_of)]
Reading = Annotated[Signed, Depends(signed_to_read)]
Changing = Annotated[Signed, Depends(signed_to_act)]
Agent = Annotated[AgentToken, Depends(agent_token)]

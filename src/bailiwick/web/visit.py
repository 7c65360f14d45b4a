"""One visit: who came, in which session, with what they sent. The entrance makes it, every route reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bailiwick.flow.installation import Installation
from bailiwick.flow.people import is_solo
from bailiwick.flow.secret_token import RANDOM_BYTES, Kind, mint
from bailiwick.flow.signin import SESSION_US
from bailiwick.ports.store import Row
from bailiwick.web.said import SAID_COOKIE

SESSION_COOKIE: Final = "bailiwick_session"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form sent; a field that is missing is empty, line ends are those of text files."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """The first value of a field, without blanks around it."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def exact(self, name: str) -> str:
        """The first value of a field as it was typed: passwords may begin with a blank."""
        return next(iter(self.fields.get(name, ())), "")

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a field: the boxes that were ticked."""
        return self.fields.get(name, ())

    def values(self, *names: str) -> dict[str, str]:
        """Some fields as a form shows them again."""
        return {name: self.one(name) for name in names}


@dataclass(frozen=True, slots=True)
class Visit:
    """`session` is the hash under which the session is kept, empty when nobody is signed in."""

    here: Installation
    now_us: int
    person: Row | None = None
    session: str = ""
    sent: Sent = Sent()

    @property
    def who(self) -> Row:
        """The signed-in person; the entrance lets nobody else through to a route that asks."""
        assert self.person is not None
        return self.person

    @property
    def solo(self) -> bool:
        """Whether one person runs this installation. Blocks."""
        return is_solo(self.here.reader)


def visit_of(request: Request) -> Visit:
    """The visit that this request is."""
    found = request.state.visit
    assert isinstance(found, Visit)
    return found


def secure(here: Installation) -> bool:
    """Whether cookies are for https alone."""
    return here.public_url.startswith("https://")


def new_session(here: Installation) -> tuple[str, str]:
    """A token for the cookie, and the hash to keep."""
    return mint(here.random_bytes(RANDOM_BYTES), Kind.SESSION)


def keep_session(response: Response, here: Installation, token: str) -> None:
    """Give the browser its session. `SameSite=Lax` keeps it out of forms that another site sends."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=SESSION_US // 1_000_000,
        httponly=True,
        samesite="lax",
        secure=secure(here),
    )


def back_to(path: str, said: str = "") -> RedirectResponse:
    """After a form: the page to look at now, with a sentence from `said` about what was done."""
    response = RedirectResponse(path, status_code=303)
    if said:
        response.set_cookie(SAID_COOKIE, said, max_age=60, httponly=True, samesite="lax")
    return response


def local_path(wanted: str) -> str:
    """Where to go after signing in: a page of this console, never another site."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted else "/"

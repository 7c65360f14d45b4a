"""The way into the console: one ASGI middleware that reads the session, checks forms and dresses every answer.

Only a session cookie opens it. An access token of an agent or a personal token of the command line, whether in a cookie
or in an `Authorization` header, never does.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote

import structlog
from anyio.to_thread import run_sync
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bailiwick.flow.installation import Installation
from bailiwick.flow.secret_token import RANDOM_BYTES, Kind, hash_of, mint
from bailiwick.ports.store import Row, StoreUnavailable
from bailiwick.web import csrf, fault
from bailiwick.web.csp import plain_headers
from bailiwick.web.page import STATIC_PATH, show_fault, wants_fragment
from bailiwick.web.reach import Reach
from bailiwick.web.said import SAID_COOKIE, said
from bailiwick.web.shell import read_shell
from bailiwick.web.view import Shell
from bailiwick.web.visit import SESSION_COOKIE, Sent, Visit, secure

FORM_COOKIE: Final = "bailiwick_form"
MAX_FORM: Final = 65_536
MAX_FIELDS: Final = 100
_OPEN: Final = ("/sign-in", "/sign-in/link")
_FORM: Final = "application/x-www-form-urlencoded"

log = structlog.get_logger("console")


@dataclass(frozen=True, slots=True)
class _Known:
    """Who a session cookie stands for."""

    person: Row
    session: str


class Entrance:
    """Leaves a `Visit` and a `Shell` on every request it lets through."""

    def __init__(self, app: ASGIApp, here: Installation, reach: Reach) -> None:
        self._app = app
        self._here = here
        self._reach = reach

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if request.url.path.startswith(f"{STATIC_PATH}/"):
            await self._app(scope, receive, _dressed(send, _static(request)))
            return
        form_cookie, fresh = self._form_cookie(request)
        cookies = [fresh] if fresh else []
        if SAID_COOKIE in request.cookies and request.method == "GET" and not wants_fragment(request):
            cookies.append(_cookie(SAID_COOKIE, "", "; Max-Age=0"))
        answer = await self._turned_away(request, form_cookie)
        await (answer or self._app)(scope, receive, _dressed(send, plain_headers(), cookies))

    async def _turned_away(self, request: Request, form_cookie: str) -> Response | None:
        """The answer to whoever does not get through, else None with visit and shell in place."""
        here, state = self._here, request.state
        theme = request.cookies.get("theme", "")
        theme = theme if theme in ("light", "dark") else ""
        flash = said(request.cookies.get(SAID_COOKIE, ""))
        state.visit = Visit(here, here.clock.now_us())
        state.shell = Shell(state.visit.now_us, csrf=csrf.form_token(form_cookie), theme=theme, flash=flash)
        if "authorization" in request.headers:
            return show_fault(request, fault.tokenless())
        cookie = request.cookies.get(SESSION_COOKIE, "")
        try:
            known = await run_sync(self._known, cookie)
            if known is not None:
                token = csrf.form_token(cookie)
                state.shell = await run_sync(lambda: self._shell(known.person, token, theme, state.shell))
                state.visit = Visit(here, state.visit.now_us, known.person, known.session)
        except StoreUnavailable as error:
            return show_fault(request, fault.unavailable(str(error)))
        if request.method not in ("GET", "HEAD"):
            refused = await self._received(request, cookie if known else form_cookie)
            if refused is not None:
                return refused
        if known is None and not _is_open(request.url.path):
            return _to_sign_in(request)
        return None

    def _known(self, cookie: str) -> _Known | None:
        name = hash_of(cookie, Kind.SESSION)
        session = self._here.reader.row("session", name) if name else None
        if session is None or session["kind"] != Kind.SESSION.value:
            return None
        if session["expires_us"] <= self._here.clock.now_us():
            return None
        person = self._here.reader.row("person", session["person"])
        return _Known(person, session["id"]) if person and person["active"] else None

    def _shell(self, person: Row, token: str, theme: str, before: Shell) -> Shell:
        unreachable = self._reach.unreachable()
        return read_shell(self._here, person, csrf=token, theme=theme, flash=before.flash, unreachable=unreachable)

    async def _received(self, request: Request, cookie: str) -> Response | None:
        """Read the form and hold it to its proof; what it sent goes onto the visit."""
        sent = await _read(request)
        if isinstance(sent, fault.FaultScreen):
            return show_fault(request, sent)
        why = csrf.refusal(cookie, sent.one(csrf.FIELD), request.headers)
        if why is not None:
            return show_fault(request, fault.unproven(why))
        visit: Visit = request.state.visit
        request.state.visit = Visit(visit.here, visit.now_us, visit.person, visit.session, sent)
        return None

    def _form_cookie(self, request: Request) -> tuple[str, str]:
        """What ties a form to a browser that is not signed in, and the header that sets it when it is new."""
        found = request.cookies.get(FORM_COOKIE, "")
        if hash_of(found, Kind.FORM) is not None:
            return found, ""
        token, _ = mint(self._here.random_bytes(RANDOM_BYTES), Kind.FORM)
        return token, _cookie(FORM_COOKIE, token, "; Secure" if secure(self._here) else "")


async def _read(request: Request) -> Sent | fault.FaultScreen:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        return fault.unreadable(f"a form is sent as {_FORM}")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM:
                return fault.unreadable("the form is over 64 KB")
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (ClientDisconnect, ValueError):
        return fault.unreadable("the form cannot be read")
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value.replace("\r\n", "\n"))
    return Sent(fields)


def _to_sign_in(request: Request) -> Response:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = path if request.method == "GET" and not wants_fragment(request) else "/"
    target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='/')}"
    if wants_fragment(request):
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith("/sign-in/link/")


def _static(request: Request) -> dict[str, str]:
    """A file whose address names its version never changes under that address."""
    kept = "public, max-age=31536000, immutable" if "v" in request.query_params else "no-cache"
    return {**plain_headers(), "cache-control": kept}


def _cookie(name: str, value: str, more: str = "") -> str:
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{more}"


def _dressed(send: Send, headers: dict[str, str], cookies: list[str] | None = None) -> Send:
    """Add what every answer carries; a page's own policy stays."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = MutableHeaders(scope=message)
            for name, value in headers.items():
                own.setdefault(name, value)
            for cookie in cookies or ():
                own.append("set-cookie", cookie)
        await send(message)

    return dressed

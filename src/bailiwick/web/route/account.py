"""Signing in by link or by password, signing out, and one's own account."""

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.guessing import LockedOut
from bailiwick.flow.secret_token import Kind, hash_of
from bailiwick.flow.signin import CloseSession, OpenSession, UseLink
from bailiwick.ports.store import Row
from bailiwick.web import fault
from bailiwick.web.account import AccountScreen, SignInScreen, WelcomeScreen
from bailiwick.web.page import render, show_fault
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.view import BLANK, Detail, Form
from bailiwick.web.visit import SESSION_COOKIE, Visit, back_to, keep_session, local_path, new_session, visit_of

_SPENT = "this sign-in link was used already or has expired"


async def sign_in_page(request: Request) -> Response:
    """GET /sign-in"""
    wanted = local_path(request.query_params.get("next", "/"))
    if visit_of(request).person is not None:
        return back_to(wanted)
    return render(request, "sign_in.html", SignInScreen(next=wanted))


async def sign_in(request: Request) -> Response:
    """POST /sign-in: an address and its password."""
    visit = visit_of(request)
    here, sent = visit.here, visit.sent
    wanted = local_path(sent.one("next") or "/")
    try:
        person = await here.guessing.person(sent.one("email"), sent.exact("password"))
        token, name = new_session(here)
        await here.store.commit(OpenSession(person["id"], person["password"], name, Kind.SESSION))
    except Refusal as error:
        form = Form(sent.values("email"), problem=sentence(error))
        return render(request, "sign_in.html", SignInScreen(form, wanted), status=STATUS[error.code])
    except LockedOut as error:
        form = Form(sent.values("email"), problem=f"{str(error).capitalize()}.")
        locked = render(request, "sign_in.html", SignInScreen(form, wanted), status=429)
        locked.headers["retry-after"] = str(error.seconds)
        return locked
    answer = back_to(wanted)
    keep_session(answer, here, token)
    return answer


async def open_link(request: Request) -> Response:
    """GET /sign-in/link/{token}: who it is for. Opening it uses nothing up, for mail scanners open links."""
    visit, token = visit_of(request), request.path_params["token"]
    found = await run_sync(_link, visit, token)
    if found is None:
        return show_fault(request, fault.spent_link(_SPENT))
    link, person = found
    screen = WelcomeScreen(person["name"], person["email"], token, link["expires_us"])
    return render(request, "welcome.html", screen)


async def use_link(request: Request) -> Response:
    """POST /sign-in/link: exchange the link for a session, once."""
    visit = visit_of(request)
    here = visit.here
    link = hash_of(visit.sent.one("token"), Kind.SIGN_IN_LINK)
    if link is None:
        return show_fault(request, fault.spent_link(_SPENT))
    token, name = new_session(here)
    try:
        person = await here.store.commit(UseLink(link, name, Kind.SESSION))
    except Refusal as error:
        return show_fault(request, fault.spent_link(error.sentence))
    answer = back_to("/") if person["password"] else back_to("/account", "signed-in")
    keep_session(answer, here, token)
    return answer


async def sign_out(request: Request) -> Response:
    """POST /sign-out"""
    visit = visit_of(request)
    await visit.here.store.commit(CloseSession(visit.session))
    answer = back_to("/sign-in", "signed-out")
    answer.delete_cookie(SESSION_COOKIE)
    return answer


async def show(request: Request) -> Response:
    """GET /account"""
    return render(request, "account.html", await run_sync(_account, visit_of(request), BLANK))


async def change_password(request: Request) -> Response:
    """POST /account: a new password of one's own; every other session ends."""
    visit = visit_of(request)
    sent = visit.sent
    if sent.exact("new") != sent.exact("again"):
        return await _again(request, 422, Form(errors={"again": "this is not the same as above"}))
    try:
        await visit.here.guessing.change(visit.who, sent.exact("current"), sent.exact("new"), visit.session)
    except LockedOut as error:
        return await _again(request, 429, Form(problem=f"{str(error).capitalize()}."))
    except Refusal as error:
        at = "current" if error.code == "forbidden" else "new"
        why = "this is not your current password" if error.code == "forbidden" else error.sentence
        return await _again(request, STATUS[error.code], Form(errors={at: why}))
    return back_to("/account", "password")


async def _again(request: Request, status: int, form: Form) -> Response:
    return render(request, "account.html", await run_sync(_account, visit_of(request), form), status=status)


def _link(visit: Visit, token: str) -> tuple[Row, Row] | None:
    """The link's row and its person, while it still signs somebody in."""
    reader, name = visit.here.reader, hash_of(token, Kind.SIGN_IN_LINK)
    link = reader.row("signin", name) if name else None
    if link is None or link["used_us"] is not None or link["expires_us"] <= visit.now_us:
        return None
    person = reader.row("person", link["person"])
    return (link, person) if person and person["active"] else None


def _account(visit: Visit, form: Form) -> AccountScreen:
    person = visit.who
    session = visit.here.reader.row("session", visit.session)
    if session is None:
        raise HTTPException(404)
    details = (
        Detail("Name", person["name"]),
        Detail("E-mail", person["email"]),
        Detail("Roles", ", ".join(person["roles"]) or "none"),
        Detail("Signed in", session["created_us"], "time"),
        Detail("This session ends", session["expires_us"], "time"),
    )
    return AccountScreen(details, person["password"] is not None, form)


ROUTES = [
    Route("/sign-in", sign_in_page),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/link", use_link, methods=["POST"]),
    Route("/sign-in/link/{token}", open_link),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/account", show),
    Route("/account", change_password, methods=["POST"]),
]

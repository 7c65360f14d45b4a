"""From a view to an HTML response: the templates, their vocabulary, and the headers of every page."""

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from bailiwick.web import csrf, wording
from bailiwick.web.csp import new_nonce, security_headers
from bailiwick.web.fault import FaultScreen
from bailiwick.web.view import Shell

_ROOM = Path(__file__).parent
STATIC_PATH = "/static"


def static_files() -> StaticFiles:
    """What is mounted at `STATIC_PATH`."""
    return StaticFiles(directory=_ROOM / "static")


@cache
def static_url(name: str) -> str:
    """The address of a static file, which changes when the file does, so that no browser shows an old one."""
    version = hashlib.sha256((_ROOM / "static" / name).read_bytes()).hexdigest()[:12]
    return f"{STATIC_PATH}/{name}?v={version}"


@pass_context
def _ago(context: Context, us: int) -> str:
    shell: Shell = context["shell"]
    return wording.relative(us, shell.now_us)


def _ticked(text: str) -> Markup:
    """An error of a flow writes what it quotes in `backticks`; a page shows that as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup().join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


@cache
def environment() -> Environment:
    """The one template environment: autoescaping, and an undefined name is an error, not an empty string."""
    env = Environment(
        loader=FileSystemLoader(_ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        ago=_ago,
        ticked=_ticked,
        iso=wording.iso,
        exact=wording.exact,
        clock=wording.clock,
        span=wording.span,
        counted=wording.counted,
        short_digest=wording.short_digest,
        short_id=wording.short_id,
        pretty=wording.pretty,
    )
    env.globals.update(static_url=static_url, csrf_field=csrf.FIELD)
    return env


def render(request: Request, template: str, view: object, *, status: int = 200) -> HTMLResponse:
    """The page `template` makes of `view`, inside the `Shell` that the middleware left on the request.

    A template that does not extend a layout is a fragment, swapped in by htmx; it gets the same headers,
    because `hx-csp` reads the nonce of a fragment from its policy header.
    """
    nonce = new_nonce()
    shell: Shell = request.state.shell
    page = environment().get_template(template)
    body = page.render(view=view, shell=shell, nonce=nonce, path=request.url.path)
    return HTMLResponse(body, status_code=status, headers=dict(security_headers(nonce)))


def wants_fragment(request: Request) -> bool:
    """True when htmx asked, so the answer is swapped into a page that is already there."""
    return request.headers.get("hx-request") == "true"


def show_fault(request: Request, screen: FaultScreen) -> HTMLResponse:
    """An error as a page of its own, or in place where htmx asked."""
    template = "fault_note.html" if wants_fragment(request) else "fault.html"
    return render(request, template, screen, status=screen.status)

"""The console as one ASGI app: pages for signed-in people, and nothing for agents."""

from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from bailiwick.core.refusal import Refusal
from bailiwick.flow.installation import Installation
from bailiwick.flow.proof import Prover
from bailiwick.ports.store import StoreUnavailable
from bailiwick.web import fault
from bailiwick.web.entrance import Entrance
from bailiwick.web.page import STATIC_PATH, show_fault, static_files
from bailiwick.web.reach import Reach
from bailiwick.web.refusal import STATUS
from bailiwick.web.route import (
    account,
    action,
    agent,
    anchor,
    approval,
    ask,
    behaviour,
    charter,
    charter_edit,
    charter_version,
    connector,
    halt,
    home,
    matrix,
    person,
    quarantine,
    record,
    record_download,
    retention,
    run,
    subject,
    trial,
    unused,
    whatif,
    why,
)
from bailiwick.web.view import Shell

PAGES: Final = (
    home,
    approval,
    run,
    action,
    agent,
    charter,
    charter_edit,
    charter_version,
    whatif,
    trial,
    matrix,
    unused,
    why,
    behaviour,
    record_download,
    anchor,
    record,
    ask,
    subject,
    retention,
    halt,
    person,
    connector,
    quarantine,
    account,
)

log = structlog.get_logger("console")


def create_console(installation: Installation) -> Starlette:
    """Everything below / that is neither the gateway nor the API."""
    reach = Reach(installation)
    app = Starlette(
        routes=[Mount(STATIC_PATH, static_files(), name="static"), *(route for page in PAGES for route in page.ROUTES)],
        middleware=[Middleware(Entrance, here=installation, reach=reach)],
        exception_handlers={
            HTTPException: _answered,
            Refusal: _refused,
            StoreUnavailable: _unavailable,
            Exception: _broken,
        },
    )
    app.state.installation = installation
    app.state.reach = reach
    app.state.prover = Prover(installation.reader)
    app.state.verifying = record.one_at_a_time()
    return app


def _answered(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return show_fault(request, fault.missing(request.url.path))
    return show_fault(request, fault.refused(error.status_code, str(error.detail)))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    if error.code == "forbidden":
        return show_fault(request, fault.forbidden(f"{error.sentence[:1].upper()}{error.sentence[1:]}."))
    return show_fault(request, fault.refused(STATUS[error.code], error.sentence))


def _unavailable(request: Request, error: Exception) -> Response:
    return show_fault(request, fault.unavailable(str(error)))


def _broken(request: Request, error: Exception) -> Response:
    here: Installation = request.app.state.installation
    reference = here.new_id("err")
    log.error("console.failed", path=request.url.path, reference=reference, exc_info=error)
    if not hasattr(request.state, "shell"):
        request.state.shell = Shell(here.clock.now_us())
    return show_fault(request, fault.broken(reference))

"""The API as one ASGI app; nothing in it knows the console or the gateway."""

from typing import Final

import anyio
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bailiwick.api import (
    agent,
    anchor,
    approval,
    attestation,
    authzen,
    authzen_request,
    authzen_search,
    behaviour,
    charter,
    charter_version,
    connector,
    document,
    explain,
    grant,
    halt,
    installation,
    log,
    person,
    proof,
    quarantine,
    question,
    record,
    record_export,
    retention,
    run,
    schema,
    session,
    subject,
    trial,
    whatif,
)
from bailiwick.api.fault import answer_faults
from bailiwick.api.oauth import oauth_router
from bailiwick.api.strict_body import DECISIONS, StrictBody
from bailiwick.flow.installation import Installation
from bailiwick.flow.proof import Prover

_ROUTERS: Final = (
    *(
        session.router,
        person.router,
        installation.router,
        connector.router,
        quarantine.router,
        charter_version.router,
        charter.router,
        explain.router,
        grant.router,
        whatif.router,
        trial.router,
        agent.router,
    ),
    *(
        behaviour.router,
        run.router,
        approval.router,
        halt.router,
        record.router,
        anchor.router,
        question.router,
        attestation.router,
        record_export.router,
        proof.router,
        document.router,
        subject.router,
        retention.router,
    ),
    *(authzen.router, authzen_search.router, authzen_request.router, schema.router, log.router),
)
_ABOUT: Final = """Governance for AI agents. People sign in and send `Authorization: Bearer bwk_cli_…`; agents get a
token from `/oauth/token` with their key, open a run, and act through the MCP gateway at `/mcp`.

Times are microseconds since 1970 UTC. Lists are `{items, next}`; `next` goes into `cursor`. Every error is
`{"error": {code, message, problems?}}`: 400 does not fit this document, 422 fits and cannot be meant."""


def create_api(here: Installation) -> FastAPI:
    """Routes under /v1, /oauth and /.well-known, /health and /openapi.json."""
    api = FastAPI(
        title="Bailiwick",
        version=here.version,
        summary="Charters, approvals and the record of AI agents",
        description=_ABOUT,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.installation = here
    api.state.verifying = anyio.Lock()
    api.state.prover = Prover(here.reader)
    routers = (oauth_router(here), *_ROUTERS)
    for router in routers:
        api.include_router(router)
    api.state.routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    answer_faults(api)
    api.add_middleware(StrictBody)
    api.add_middleware(Headers)
    return api


class Headers:
    """ASGI middleware: answers are not kept by anybody in between and are what they say they are.

    An `X-Request-ID` is repeated to enforcement points (AuthZEN 1.0 section 10.1.3), whatever the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        decides = scope["type"] == "http" and scope["path"].startswith(DECISIONS)
        asked = RequestHeaders(scope=scope).get("x-request-id") if decides else None

        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
                if asked:
                    headers["X-Request-ID"] = asked
            await send(message)

        await self._app(scope, receive, mark if scope["type"] == "http" else send)

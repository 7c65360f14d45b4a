"""Who asks for a decision: a person's personal token for any agent, or an agent's own token for itself."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import Depends, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute
from fastapi.security.http import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from bailiwick.api.access import agent_token, signed_to_act
from bailiwick.api.fault import RETRY_S, Unsigned
from bailiwick.core.refusal import Refusal
from bailiwick.flow.jws import TokenError
from bailiwick.flow.token import AgentToken
from bailiwick.ports.store import StoreUnavailable

_bearer = HTTPBearer(
    scheme_name="decision token",
    description="A person's personal token, or an agent's access token, which asks only about the agent itself",
    auto_error=False,
)
_STATUS: Final = {"invalid": 400, "forbidden": 403, "unknown": 404, "stale": 409, "conflict": 409}


@dataclass(frozen=True, slots=True)
class EnforcementPoint:
    """Whoever enforces the decision it asks for; exactly one of the two is set."""

    person: str | None
    agent: AgentToken | None

    def check(self, agent: str) -> None:
        """Raise `Refusal` unless it may ask about this agent."""
        if self.agent is not None and self.agent.agent != agent:
            raise Refusal("forbidden", "an agent's token asks only about the agent itself; use a personal token")


async def enforcement_point(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> EnforcementPoint:
    """The caller; 401 without a token that holds. A console cookie asks for nothing here."""
    if bearer is None:
        raise Unsigned("send `Authorization: Bearer …`: a personal token, or an agent's access token")
    if bearer.credentials.count(".") == 2:
        return EnforcementPoint(None, await agent_token(request, bearer))
    return EnforcementPoint((await run_sync(signed_to_act, request, bearer)).id, None)


Asking = Annotated[EnforcementPoint, Depends(enforcement_point)]


class PlainFaultRoute(APIRoute):
    """A route whose errors are a status and a message in plain text (AuthZEN 1.0 section 10.1.2)."""

    def get_route_handler(self) -> Any:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"])
                return plain(400, f"the request does not fit: `{place}`: {first['msg']}")
            except Refusal as error:
                return plain(_STATUS[error.code], error.sentence)
            except Unsigned as error:
                return plain(401, error.sentence, {"WWW-Authenticate": error.challenge})
            except TokenError as error:
                return plain(401, error.sentence, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
            except StoreUnavailable as error:
                return plain(503, str(error), {"Retry-After": str(RETRY_S)})

        return guarded


def plain(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error answer in the form of AuthZEN."""
    return PlainTextResponse(message, status, headers)


def plain_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an operation, for the OpenAPI document."""
    words = {
        400: "The body is not JSON, lacks a field, or has one of the wrong type",
        401: "Nobody is signed in, or the token does not hold",
        403: "An agent's token asked about another agent",
        413: "The body is over 1 MB",
        503: "The record cannot be read just now",
    }
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {status: {"description": words[status], "content": text} for status in statuses}

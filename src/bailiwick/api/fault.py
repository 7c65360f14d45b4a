"""Errors as one JSON shape; never a traceback, never a secret.

400 is a body or parameter that does not fit the OpenAPI document; 422 one that fits and still cannot be meant.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from bailiwick.api.wire.base import FaultBody
from bailiwick.core.refusal import Refusal, RefusalCode
from bailiwick.flow.guessing import LockedOut
from bailiwick.flow.jws import TokenError
from bailiwick.flow.source import Flaw, SourceError
from bailiwick.ports.store import StoreUnavailable
from bailiwick.ports.upstream import UpstreamError

STATUS: Final[Mapping[RefusalCode, int]] = {
    "invalid": 422,
    "forbidden": 403,
    "unknown": 404,
    "stale": 409,
    "conflict": 409,
}
RETRY_S: Final = 2
_WORDS: Final = {
    400: "The body or a parameter does not fit this document",
    401: "Nobody is signed in, or the token has expired",
    403: "This person, or this kind of token, may not do that",
    404: "There is no such thing",
    409: "It changed meanwhile, or is there already",
    413: "The body is over 1 MB",
    415: "The body is not `application/json`",
    422: "It fits this document, but cannot be meant; `problems` has the lines",
    429: "Too many wrong passwords; wait as long as `Retry-After` says",
    502: "The connector's own system did not answer, or refused",
    503: "The record cannot be written or read just now, so nothing was done; `Retry-After` says when to try again",
}

log = structlog.get_logger("api")


class Unsigned(Exception):
    """Nobody is signed in; the sentence says how to."""

    def __init__(self, sentence: str, challenge: str = "Bearer") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.challenge = challenge


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an operation, for the OpenAPI document; 503 is always among them."""
    return {status: {"model": FaultBody, "description": _WORDS[status]} for status in sorted({*statuses, 503})}


READS: Final = answers(400, 401, 403)
FINDS: Final = answers(400, 401, 403, 404)
CHANGES: Final = answers(400, 401, 403, 404, 409, 413, 415, 422)


def fault(
    status: int,
    code: str,
    message: str,
    problems: Sequence[Flaw] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error answer."""
    error: dict[str, object] = {"code": code, "message": message}
    if problems is not None:
        error["problems"] = [flaw._asdict() for flaw in problems]
    return JSONResponse({"error": error}, status, dict(headers or {}) | {"Cache-Control": "no-store"})


def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return fault(STATUS[error.code], error.code, error.sentence)


def _source(_: Request, error: Exception) -> Response:
    assert isinstance(error, SourceError)
    count = len(error.problems)
    message = f"the text has {count} problem{'s' * (count != 1)}; the first is on {error.problems[0]}"
    return fault(422, "invalid", message, error.problems)


def _unavailable(_: Request, error: Exception) -> Response:
    return fault(503, "unavailable", str(error), headers={"Retry-After": str(RETRY_S)})


def _upstream(_: Request, error: Exception) -> Response:
    return fault(502, "upstream", f"the connector's system could not be asked: {error}")


def _unsigned(_: Request, error: Exception) -> Response:
    assert isinstance(error, Unsigned)
    return fault(401, "unsigned", error.sentence, headers={"WWW-Authenticate": error.challenge})


def _token(_: Request, error: Exception) -> Response:
    assert isinstance(error, TokenError)
    challenge = f'Bearer error="invalid_token", error_description="{error.sentence}"'
    return fault(401, "unsigned", error.sentence, headers={"WWW-Authenticate": challenge})


def _locked_out(_: Request, error: Exception) -> Response:
    assert isinstance(error, LockedOut)
    return fault(429, "too-many", str(error), headers={"Retry-After": str(error.seconds)})


def _form(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    flaws = [Flaw(0, 0, f"`{_place(one['loc'])}`: {one['msg']}") for one in error.errors()]
    message = f"the request does not fit: {flaws[0].message}" if flaws else "the request does not fit"
    return fault(400, "invalid", message, flaws)


def _place(loc: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in loc) or "body"


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {
        404: ("unknown", f"there is nothing at `{request.url.path}`; see /openapi.json for what there is"),
        405: ("method", f"`{request.method}` does nothing at `{request.url.path}`; the Allow header says what does"),
    }
    code, message = words.get(error.status_code, ("invalid", str(error.detail)))
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return fault(error.status_code, code, message, headers=headers)


def _allowed(request: Request) -> str:
    """Every method of the address (RFC 9110 section 10.2.1): each stands in a route of its own."""
    routes: list[APIRoute] = request.app.state.routes
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    nearest = min((len(route.param_convertors) for route in matching), default=0)
    methods = {name for route in matching if len(route.param_convertors) == nearest for name in route.methods or ()}
    return ", ".join(sorted(methods))


def _broken(request: Request, error: Exception) -> Response:
    log.error("api.failed", path=request.url.path, exc_info=error)
    return fault(500, "broken", "something is wrong inside Bailiwick, not with your request; its log has the details")


def answer_faults(api: FastAPI) -> None:
    """Give every exception that may leave a route its answer."""
    for kind, handler in {
        Refusal: _refusal,
        SourceError: _source,
        StoreUnavailable: _unavailable,
        UpstreamError: _upstream,
        Unsigned: _unsigned,
        TokenError: _token,
        LockedOut: _locked_out,
        RequestValidationError: _form,
        HTTPException: _http,
        Exception: _broken,
    }.items():
        api.add_exception_handler(kind, handler)

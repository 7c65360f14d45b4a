"""Tokens for agents: client credentials by a signed assertion (RFC 6749 section 4.4, RFC 7523), and the metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from bailiwick.api.access import Here
from bailiwick.api.wire.oauth import KeySetBody, OAuthFaultBody, ResourceMetadataBody, ServerMetadataBody, TokenBody
from bailiwick.core.refusal import Refusal
from bailiwick.flow.client_assertion import ASSERTION_TYPE, claimed_agent, verify_assertion
from bailiwick.flow.es256 import VerifyKey
from bailiwick.flow.grant_token import GrantToken
from bailiwick.flow.installation import Installation
from bailiwick.flow.token import TokenError
from bailiwick.ports.store import StoreUnavailable

TOKEN_S: Final = 300
"""How long an agent's token lives, in seconds; a caller may ask for less."""
_SECOND: Final = 1_000_000
_UNCACHED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_MOST_FIELDS: Final = 32
_RESOURCE: Final = {
    "resource": "/.well-known/oauth-protected-resource",
    "gateway_resource": "/.well-known/oauth-protected-resource/mcp",
}


class OAuthError(Exception):
    """An error answer of the token endpoint (RFC 6749 section 5.2, RFC 8707 section 2)."""

    def __init__(self, code: str, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status


@dataclass(frozen=True, slots=True)
class TokenForm:
    """What a client sent. `lifetime` only ever makes the token shorter."""

    assertion: str
    client: str | None
    run: str | None
    lifetime: int


def oauth_router(installation: Installation) -> APIRouter:
    """The routes; the document names this installation's own addresses."""
    router = APIRouter(tags=["oauth"])
    body = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _form_schema(installation)}}}

    @router.post(
        "/oauth/token",
        summary="Exchange a signed assertion for an access token",
        response_model=TokenBody,
        responses=_FAULTS,
        openapi_extra={"requestBody": body},
    )
    async def token(request: Request, here: Here) -> Response:
        try:
            return JSONResponse(await _grant(here, await request.body()), headers=_UNCACHED)
        except OAuthError as error:
            answer = {"error": error.code, "error_description": error.sentence}
            return JSONResponse(answer, error.status, _UNCACHED)
        except StoreUnavailable as error:
            answer = {"error": "temporarily_unavailable", "error_description": str(error)}
            return JSONResponse(answer, 503, {**_UNCACHED, "Retry-After": "2"})

    router.add_api_route("/oauth/jwks", keys, summary="The keys that sign access tokens", response_model=KeySetBody)
    router.add_api_route(
        "/.well-known/oauth-authorization-server",
        server,
        summary="Where and how agents get tokens (RFC 8414)",
        response_model=ServerMetadataBody,
    )
    for name, path in _RESOURCE.items():
        summary = "What the gateway accepts (RFC 9728)"
        router.add_api_route(path, resource, name=name, summary=summary, response_model=ResourceMetadataBody)
    return router


_FAULTS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": OAuthFaultBody, "description": "The form, the resource or the run is not right"},
    401: {"model": OAuthFaultBody, "description": "The assertion does not prove an enrolled agent"},
    413: {"description": "The body is over 1 MB"},
    415: {"description": "The body is not `application/x-www-form-urlencoded`"},
    503: {"model": OAuthFaultBody, "description": "The record cannot be written just now"},
}


def _form_schema(installation: Installation) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["grant_type", "client_assertion_type", "client_assertion"],
        "additionalProperties": {"type": "string"},  # ignored, but none may be given twice
        "properties": {
            "grant_type": {"type": "string", "enum": ["client_credentials"]},
            "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
            "client_assertion": {
                "type": "string",
                "minLength": 1,
                "description": "A JWT signed with the agent's key (ES256); its aud is this endpoint",
            },
            "client_id": {"type": "string", "minLength": 1, "description": "The agent's name, as in the assertion"},
            "resource": {"type": "string", "enum": [f"{installation.public_url}/mcp"]},
            "run": {"type": "string", "minLength": 1, "description": "Bind the token to this open run"},
            "lifetime": {"type": "integer", "minimum": 1, "maximum": TOKEN_S, "description": "Seconds"},
        },
    }


async def _grant(here: Installation, body: bytes) -> dict[str, object]:
    form = _read(here, body)
    now_us = here.clock.now_us()
    try:
        agent = claimed_agent(form.assertion)
        row = await run_sync(here.reader.row, "agent", agent)
        keys = [VerifyKey.from_jwk(row["jwk"])] if row else []
        audiences = {f"{here.public_url}/oauth/token", here.public_url}
        assertion = verify_assertion(form.assertion, agent, keys, audiences, now_us)
    except TokenError as error:
        sentence = error.sentence
        if error.code in ("key", "signature"):
            sentence = "the assertion is not signed with the key of an enrolled agent; enrol the agent's key first"
        raise OAuthError("invalid_client", sentence, 401) from None
    if form.client not in (None, agent):
        raise OAuthError("invalid_client", "client_id is not the agent of the assertion; send its name or none", 401)
    expires_us = (now_us // _SECOND + form.lifetime) * _SECOND
    try:
        epoch = await here.store.commit(GrantToken(assertion, form.run, expires_us))
    except Refusal as refusal:
        if refusal.code == "forbidden":
            raise OAuthError("invalid_client", refusal.sentence, 401) from None
        raise OAuthError("invalid_grant", refusal.sentence) from None
    token = here.issuer.issue(agent, form.run, epoch, here.new_id("tok"), now_us, ttl_s=form.lifetime)
    return {"access_token": token, "token_type": "Bearer", "expires_in": form.lifetime}


def _read(here: Installation, body: bytes) -> TokenForm:
    form = _fields(body)
    if form.get("grant_type") != "client_credentials":
        code = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
        raise OAuthError(code, "grant_type must be client_credentials")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthError("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
    if not form.get("client_assertion"):
        raise OAuthError("invalid_request", "client_assertion is missing; sign one with the agent's key")
    resource = f"{here.public_url}/mcp"
    if form.get("resource", resource) != resource:
        raise OAuthError("invalid_target", f"the only resource here is {resource}")
    return TokenForm(form["client_assertion"], form.get("client_id"), form.get("run") or None, _lifetime(form))


def _lifetime(form: Mapping[str, str]) -> int:
    text = form.get("lifetime")
    if text is None:
        return TOKEN_S
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= TOKEN_S):
        raise OAuthError("invalid_request", f"lifetime is a whole number of seconds from 1 to {TOKEN_S}")
    return int(text)


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS)
        form = dict(pairs)
    except ValueError:
        raise OAuthError("invalid_request", "the body is not a form; send application/x-www-form-urlencoded") from None
    if len(form) != len(pairs):  # RFC 6749 section 3.2
        raise OAuthError("invalid_request", "a field of the form is given twice; send each once")
    return form


def keys(here: Here) -> Any:
    """The public keys that sign access tokens, as an RFC 7517 key set."""
    return here.issuer.jwks()


def server(here: Here) -> Any:
    """Authorization server metadata (RFC 8414)."""
    return {
        "issuer": here.public_url,
        "token_endpoint": f"{here.public_url}/oauth/token",
        "jwks_uri": f"{here.public_url}/oauth/jwks",
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
    }


def resource(here: Here) -> Any:
    """Protected resource metadata of the gateway (RFC 9728)."""
    return {
        "resource": f"{here.public_url}/mcp",
        "authorization_servers": [here.public_url],
        "bearer_methods_supported": ["header"],
        "resource_name": "Bailiwick MCP gateway",
    }

"""An agent's access token: a JWT of minutes, bound to the agent, its epoch and at most one run (RFC 9068).

Revocation is not here: a token carries the epoch of its agent, and whoever holds the record compares it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.flow.es256 import SigningKey, VerifyKey
from bailiwick.flow.jws import (
    TokenError,
    check_begun,
    count_claim,
    open_sealed,
    seal,
    second_claim,
    text_claim,
)

__all__ = ["AgentToken", "TokenError", "TokenIssuer", "TokenVerifier"]

TYPE = "at+jwt"
LONGEST_S = 900


@dataclass(frozen=True, slots=True)
class AgentToken:
    """What a verified token says; `run` is None until a run is opened."""

    agent: str
    run: str | None
    epoch: int
    expires_us: int
    jti: str


class TokenIssuer:
    """Signs access tokens for one audience with the installation's token key."""

    def __init__(self, signing_key: SigningKey, issuer: str, audience: str) -> None:
        self._key = signing_key
        self._issuer = issuer
        self._audience = audience

    def issue(self, agent: str, run: str | None, epoch: int, jti: str, now_us: int, *, ttl_s: int = 300) -> str:
        """A compact token that expires `ttl_s` seconds (at most 900) after the second of `now_us`."""
        if not 0 < ttl_s <= LONGEST_S:
            raise ValueError(f"a token lives 1 to {LONGEST_S} seconds, not `{ttl_s}`")
        issued = now_us // 1_000_000
        claims: dict[str, object] = {
            "iss": self._issuer,
            "sub": agent,
            "client_id": agent,
            "aud": self._audience,
            "iat": issued,
            "exp": issued + ttl_s,
            "jti": jti,
            "epoch": epoch,
        }
        if run is not None:
            claims["run"] = run
        return seal(TYPE, claims, self._key)

    def seal(self, typ: str, claims: Mapping[str, object]) -> str:
        """Sign something else that this installation says; `typ` keeps it from being taken for an access token."""
        if typ == TYPE:
            raise ValueError(f"`{TYPE}` is the type of access tokens; use `issue`")
        return seal(typ, claims, self._key)

    def unseal(self, typ: str, compact: str) -> Mapping[str, object]:
        """The claims of a text that `seal` made with the same type; times and audience are the caller's to judge."""
        opened = open_sealed(compact, [self._key.public], kid_required=True)
        if opened.typ != typ:
            raise TokenError("type", f"the text is not of type {typ}")
        return opened.claims

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys to publish, as an RFC 7517 key set."""
        return {"keys": [self._key.public.jwk()]}


class TokenVerifier:
    """Believes access tokens signed by a key of `jwks`, from `issuer`, for `audience`; for one thread.

    A verified token is remembered by its SHA-256 (150 microseconds become 2), never past its expiry.
    """

    def __init__(self, jwks: Mapping[str, object], issuer: str, audience: str, *, remembered: int = 10_000) -> None:
        keys = jwks.get("keys")
        self._keys = [VerifyKey.from_jwk(key) for key in keys] if isinstance(keys, list) else []
        self._issuer = issuer
        self._audience = audience
        self._remembered = remembered
        self._known: dict[bytes, AgentToken] = {}

    def verify(self, token: str, now_us: int) -> AgentToken:
        """The token's content, or a TokenError that says what is wrong and what to do."""
        name = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(name)
        if known is None:
            known = self._judge(token, now_us)
            self._remember(name, known)
        # INVARIANT: expiry is compared on every call, remembered or not.
        elif known.expires_us <= now_us:
            del self._known[name]
            raise _expired()
        return known

    def _remember(self, name: bytes, token: AgentToken) -> None:
        while self._known and len(self._known) >= self._remembered:
            del self._known[next(iter(self._known))]  # the oldest: tokens live alike, so it expires first
        if self._remembered > 0:
            self._known[name] = token

    def _judge(self, token: str, now_us: int) -> AgentToken:
        if token.startswith("bwk_"):
            raise TokenError("malformed", "a person's token cannot act as an agent; use the agent's own key")
        opened = open_sealed(token, self._keys, kid_required=True)
        claims = opened.claims
        if opened.typ != TYPE:
            raise TokenError("type", f"the token is not an access token; its typ header must be {TYPE}")
        if text_claim(claims, "iss") != self._issuer:
            raise TokenError("issuer", f"the token was issued elsewhere; ask {self._issuer} for one")
        if claims.get("aud") != self._audience:
            raise TokenError("audience", f"the token is not for {self._audience}; ask for one with this resource")
        second_claim(claims, "iat")
        check_begun(claims, now_us)
        expires_us = second_claim(claims, "exp")
        if expires_us <= now_us:
            raise _expired()
        agent = text_claim(claims, "sub")
        if text_claim(claims, "client_id") != agent:
            raise TokenError("claim", "the token names two agents, in sub and in client_id; ask for a new token")
        return AgentToken(
            agent=agent,
            run=text_claim(claims, "run") if "run" in claims else None,
            epoch=count_claim(claims, "epoch"),
            expires_us=expires_us,
            jti=text_claim(claims, "jti"),
        )


def _expired() -> TokenError:
    return TokenError("expired", "the token has expired; ask the token endpoint for a new one")

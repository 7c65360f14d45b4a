"""How an agent proves itself to the token endpoint: a short assertion signed with its own key (RFC 7523).

Single use is the store's part: keep `jti` until `expires_us` and refuse the second one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bailiwick.flow.es256 import SigningKey, VerifyKey
from bailiwick.flow.jws import (
    TokenError,
    check_begun,
    open_sealed,
    seal,
    second_claim,
    text_claim,
    unverified_claim,
)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPE = "client-authentication+jwt"
LONGEST_US = 60_000_000
# An access token shown as an assertion is refused by its type; a text without a type is common and allowed.
_TYPES = frozenset({None, "JWT", TYPE})


@dataclass(frozen=True, slots=True)
class Assertion:
    """A believed assertion; the pair (agent, jti) may be used once."""

    agent: str
    jti: str
    expires_us: int


def make_assertion(key: SigningKey, agent: str, audience: str, jti: str, now_us: int, *, ttl_s: int = 30) -> str:
    """Sign an assertion for one request; `audience` is the address of the token endpoint."""
    now_s = now_us // 1_000_000
    claims: dict[str, object] = {
        "iss": agent,
        "sub": agent,
        "aud": audience,
        "jti": jti,
        "iat": now_s,
        "exp": now_s + ttl_s,
    }
    return seal(TYPE, claims, key)


def claimed_agent(assertion: str) -> str:
    """The agent an assertion says it is from, unchecked: good for looking up its keys and nothing else."""
    return unverified_claim(assertion, "sub")


def verify_assertion(
    assertion: str, agent: str, keys: Sequence[VerifyKey], audiences: Collection[str], now_us: int
) -> Assertion:
    """Believe an assertion of `agent` signed with one of its enrolled `keys`, or raise TokenError.

    `audiences` are the addresses that mean this installation: its token endpoint and its issuer.
    """
    opened = open_sealed(assertion, keys, kid_required=False)
    claims = opened.claims
    if opened.typ not in _TYPES:
        raise TokenError("type", f"the assertion has the wrong typ header; use {TYPE} or leave it out")
    if text_claim(claims, "iss") != agent or text_claim(claims, "sub") != agent:
        raise TokenError("issuer", "the assertion is not of this agent; iss and sub must both be its client_id")
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if not isinstance(audience, str) or audience not in audiences:
        wanted = " or ".join(sorted(audiences))
        raise TokenError("audience", f"the assertion is not for this installation; its only aud must be {wanted}")
    check_begun(claims, now_us)
    expires_us = second_claim(claims, "exp")
    if expires_us <= now_us:
        raise TokenError("expired", "the assertion has expired; sign a new one, and check the agent's clock")
    if expires_us > now_us + LONGEST_US:
        raise TokenError("lifetime", "the assertion lives too long; set exp at most 60 seconds ahead")
    return Assertion(agent, text_claim(claims, "jti"), expires_us)

"""A token that is always fresh: fetched before it is needed, renewed before it expires."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bailiwick.sdk.door import AgentError, NoAnswerError

_LONGEST_MARGIN_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; by our clock it is renewed from `renew_us` on, and useless from `expires_us` on."""

    text: str = field(repr=False)
    renew_us: int
    expires_us: int

    @classmethod
    def from_reply(cls, reply: dict[str, object], asked_us: int) -> "Token":
        """Read `access_token` and `expires_in` (seconds, counted from when the token was asked for)."""
        text, expires_in = reply.get("access_token"), reply.get("expires_in")
        if not isinstance(text, str) or not text or type(expires_in) is not int or expires_in <= 0:
            raise AgentError("the server's answer holds no usable access token; is the address an installation's?")
        life_us = expires_in * 1_000_000
        expires_us = asked_us + life_us
        return cls(text, expires_us - min(_LONGEST_MARGIN_US, life_us // 4), expires_us)


class Bearer:
    """Hands out the authorisation header; many callers at once cause one renewal."""

    def __init__(
        self, fetch: Callable[[], Awaitable[Token]], now_us: Callable[[], int], token: Token | None = None
    ) -> None:
        self._fetch = fetch
        self._now_us = now_us
        self._token = token
        self._renewing = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """`Authorization` with a token that is not about to expire."""
        token = self._token
        if token is None or self._now_us() >= token.renew_us:
            token = await self._renewed(token)
        return {"Authorization": f"Bearer {token.text}"}

    async def renew(self, refused: dict[str, str]) -> dict[str, str]:
        """Headers to use after the server refused these ones with 401."""
        token = self._token
        if token is not None and refused.get("Authorization") == f"Bearer {token.text}":
            self._token = None
        return await self.headers()

    async def _renewed(self, stale: Token | None) -> Token:
        async with self._renewing:
            if self._token is not None and self._token is not stale:
                return self._token  # somebody else was waiting here first
            try:
                self._token = await self._fetch()
            except NoAnswerError:
                # A short outage of the token endpoint costs nothing while the old token still holds.
                if stale is None or self._token is None or self._now_us() >= stale.expires_us:
                    raise
            return self._token

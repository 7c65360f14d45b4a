"""Asking a place over HTTP: no redirect, little patience, a limit to what is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx2

from bailiwick.core.refusal import Refusal
from bailiwick.ports.anchor import AnchorAway

PATIENCE_S: Final = 10.0
MOST: Final = 262_144


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What a place answered."""

    status: int
    media: str
    body: bytes


def check_url(url: str) -> str:
    """An http address without credentials in it; raises Refusal."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise Refusal("invalid", f"`{url}` is no address; write https://…, and give a secret apart")
    return url


async def post(url: str, body: bytes, media: str, secret: str) -> WebAnswer:
    """Send and read; raises AnchorAway when nobody answers, or answers too much."""
    headers: Mapping[str, str] = {"Content-Type": media} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    timeout = httpx2.Timeout(PATIENCE_S)
    try:
        async with (
            httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            found = bytearray()
            async for chunk in answer.aiter_bytes():
                found += chunk
                if len(found) > MOST:
                    raise AnchorAway(f"`{url}` answers more than {MOST} bytes")
            return WebAnswer(answer.status_code, answer.headers.get("content-type", ""), bytes(found))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise AnchorAway(f"`{url}` does not answer ({type(error).__name__})") from None

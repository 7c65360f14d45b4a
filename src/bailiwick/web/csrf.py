"""Proof that a form was sent from our own page: a token tied to the cookie, and the browser's own word."""

import hashlib
import hmac
from collections.abc import Mapping

FIELD = "csrf"
_LABEL = b"bailiwick console form"


def form_token(cookie: str) -> str:
    """The token for the forms of the page shown to the holder of `cookie`; nobody else can compute it."""
    return hmac.new(cookie.encode(), _LABEL, hashlib.sha256).hexdigest()


def refusal(cookie: str, sent: str, headers: Mapping[str, str]) -> str | None:
    """Why a form must not be acted on, or None. No cookie, or no token, is a refusal.

    `Sec-Fetch-Site` comes from the browser and cannot be set by a page; a client that sends none (an old
    browser, a script) is held to the token alone.
    """
    site = headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none"):
        return "this form was sent from another site; open the console and send it from there"
    if not cookie or not hmac.compare_digest(form_token(cookie).encode(), sent.encode()):
        return "this form was open too long or in another session; reload the page and send it again"
    return None

"""The response headers that keep a console page from running or leaking anything of a stranger's."""

import secrets
from collections.abc import Mapping


def new_nonce() -> str:
    """A nonce for one response: 128 random bits, the least CSP Level 3 section 8 asks for."""
    return secrets.token_urlsafe(16)


def content_security_policy(nonce: str) -> str:
    """Scripts by nonce only, everything else from this origin, and no string becomes script or markup.

    `trusted-types htmx` lets exactly one policy be made: the one of the vendored `hx-csp` extension, which
    ignores every htmx attribute that does not carry this nonce. There is no `unsafe-inline`, so a `style`
    attribute does nothing: bars and trees are drawn with SVG geometry attributes instead.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types htmx",
        )
    )


def security_headers(nonce: str) -> Mapping[str, str]:
    """Headers of every console page.

    The referrer policy is `same-origin` and not `no-referrer`: under the latter a browser sends
    `Origin: null` with a form, and the origin of a form is checked (see `csrf`).
    """
    return {
        "content-security-policy": content_security_policy(nonce),
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


def plain_headers() -> dict[str, str]:
    """Headers of every other answer: nothing in it may run or load anything."""
    page = dict(security_headers(""))
    return {**page, "content-security-policy": "default-src 'none'; frame-ancestors 'none'"}

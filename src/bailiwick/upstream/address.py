"""Where an HTTP upstream listens, and the bytes of a request to it (RFC 9112, section 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import quote, urlsplit

_SAFE = "/%:@!$&'()*+,;=~"
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")


class UnsendableError(ValueError):
    """A request that cannot be written; the text says why and holds nothing of the URL or of a header."""


@dataclass(frozen=True)
class Address:
    """One URL, taken apart; `tail` is the part of a request line and the headers that never change."""

    host: str
    port: int
    tls: bool
    tail: str

    def request(self, method: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
        """Head and body in one piece, so that they leave in one write.

        INVARIANT: each header is one line and each line one header; a value that would break out of its line,
        or that no header can carry, is a `UnsendableError`.
        """
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if not lines.count("\r") == lines.count("\n") == len(headers) or "\0" in lines:
            raise UnsendableError("a header value holds a line break; correct the connector's credential")
        kind = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        try:
            head = f"{method}{self.tail}{lines}{kind}\r\n".encode("latin-1")
        except UnicodeEncodeError:
            # not chained: the exception holds the header it was raised over
            raise UnsendableError("a header value is not Latin-1; correct the connector's credential") from None
        return head + body if body else head


def parse_address(url: str) -> Address:
    """`url` taken apart; an `UnsendableError` where a request could not say exactly whom it is for."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnsendableError("the connector's URL cannot be read; correct it") from None
    # A host outside ASCII is not translated: IDNA 2003 and 2008 lead the same name to different owners.
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        raise UnsendableError("the connector's URL does not start with http:// or https:// and a host in ASCII")
    if parts.username is not None or parts.password is not None:
        raise UnsendableError("the connector's URL holds a user name; store a credential instead")
    tls = parts.scheme == "https"
    authority = f"[{host}]" if ":" in host else host
    usual = 443 if tls else 80
    if port not in (None, usual):
        authority += f":{port}"
    target = quote(parts.path or "/", _SAFE) + (f"?{quote(parts.query, _SAFE + '?')}" if parts.query else "")
    tail = (
        f" {target} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: bailiwick/{version('bailiwick')}\r\n"
        "Accept: application/json, text/event-stream\r\nAccept-Encoding: identity\r\n"
    )
    return Address(host, usual if port is None else port, tls, tail)

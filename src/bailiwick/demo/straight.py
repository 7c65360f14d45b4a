"""Going round Bailiwick: what an upstream answers to somebody who holds no credential of its own."""

import smtplib
from collections.abc import Sequence

import httpx2

_HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "somebody", "version": "1"},
    },
}


async def door_codes(url: str, tokens: Sequence[str]) -> list[int]:
    """The HTTP status for each token; an empty one sends none."""
    codes = []
    async with httpx2.AsyncClient(timeout=10) as http:
        for token in tokens:
            headers = {"Accept": "application/json, text/event-stream"}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            codes.append((await http.post(url, json=_HELLO, headers=headers)).status_code)
    return codes


def mail_codes(host: str, port: int, tokens: Sequence[str]) -> list[int]:
    """The SMTP code at which each attempt to send a message ends; 250 would be a message taken."""
    return [_mail_code(host, port, token) for token in tokens]


def _mail_code(host: str, port: int, token: str) -> int:
    with smtplib.SMTP(host, port, local_hostname="somewhere.example", timeout=10) as smtp:
        try:
            if token:
                smtp.login("agent", token)
            smtp.sendmail("agent@acme.example", ["collector@partner.example"], "Subject: list\r\n\r\nhello\r\n")
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code
        return 250

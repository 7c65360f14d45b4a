"""The mail relay: takes mail by SMTP from holders of its own credential, and keeps it all."""

import asyncio
import hmac
import signal
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bailiwick.demo.company import mail, premises


class _Sink:
    """aiosmtpd's handler: one message, one durable row."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        mail.store(self._db, envelope.mail_from or "", envelope.rcpt_tos, envelope.content)
        return "250 OK"


class _Authenticator:
    """Accepts the one password, whatever the login name; anything else is 535, no AUTH at all is 530."""

    def __init__(self, password: str) -> None:
        if not password:
            raise ValueError("the mail relay has no password; refusing to serve without one")
        self._password = password.encode()

    def __call__(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        right = isinstance(given, LoginPassword) and hmac.compare_digest(given.password, self._password)
        return AuthResult(success=right, handled=False)


def serve(environment: Mapping[str, str], ready: premises.Ready) -> None:
    """Serves until SIGTERM. Settings: COMPANY_DATABASE, COMPANY_PORT (0: any), COMPANY_SECRET."""
    asyncio.run(_serve(environment, ready))


async def _serve(environment: Mapping[str, str], ready: premises.Ready) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    sink = _Sink(mail.open_mail(Path(environment["COMPANY_DATABASE"])))
    authenticator = _Authenticator(environment["COMPANY_SECRET"])
    listener = premises.bind(int(environment.get("COMPANY_PORT", "0")))

    def connection() -> SMTP:
        return SMTP(
            sink,
            hostname="relay.acme.example",
            ident="Acme mail relay",
            authenticator=authenticator,
            auth_required=True,
            auth_require_tls=False,  # loopback only
            loop=loop,
        )

    await loop.create_server(connection, sock=listener)
    ready(listener.getsockname()[1])
    await stopped.wait()

"""The e-mail service: sends single messages over SMTP at once and keeps a calendar of campaign mailings."""

import smtplib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import partial

import anyio.to_thread

from bailiwick.demo.company import cabinet
from bailiwick.demo.company.cabinet import Document
from bailiwick.demo.company.tool import RefusedCallError, Tool
from bailiwick.demo.company.vendor import Vendor

LISTS = {"beta": 40, "staff": 25, "newsletter": 5_635}  # name: readers, as many as the CRM's segments hold
SENDER = "news@acme.example"
LOGIN = "acme-email"

_ADDRESS: Document = {"type": "string", "maxLength": 254, "pattern": r"^[^@\s,<>]+@[^@\s,<>]+$"}


@dataclass(frozen=True)
class Relay:
    """Where mail goes out, with the service's own credential for it."""

    host: str
    port: int
    password: str

    def deliver(self, message: EmailMessage) -> None:
        """Blocks until the relay has taken the message for every recipient."""
        with smtplib.SMTP(self.host, self.port, local_hostname="email.acme.example", timeout=10) as smtp:
            smtp.login(LOGIN, self.password)
            refused = smtp.send_message(message)
        if refused:
            raise RefusedCallError(f"the mail relay refused {', '.join(sorted(refused))}")


def _queue(db: sqlite3.Connection, arguments: Document) -> Document:
    key = f"msg-{cabinet.next_number(db, 'msg'):04}"
    cabinet.put(db, "message", key, {**arguments, "status": "queued"})
    return {"message_id": key, "recipients": len(arguments["to"]), "status": "queued"}


async def _send(relay: Relay, db: sqlite3.Connection, queued: Document) -> Document:
    key = queued["message_id"]
    stored = cabinet.fetch(db, "message", [key])[key]
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = ", ".join(stored["to"])
    message["Subject"] = stored["subject"]
    message["Message-ID"] = f"<{key}@email.acme.example>"
    message.set_content(stored["body"])
    try:
        await anyio.to_thread.run_sync(relay.deliver, message)
    except OSError as failed:  # smtplib's errors are OSErrors too
        cabinet.put(db, "message", key, {**stored, "status": "failed"})
        raise RefusedCallError(f"`{key}` was not delivered: {failed}") from failed
    cabinet.put(db, "message", key, {**stored, "status": "sent"})
    return {**queued, "status": "sent"}


def _schedule_campaign(db: sqlite3.Connection, arguments: Document) -> Document:
    readers = LISTS[arguments["list"]]
    if arguments["recipients"] > readers:
        raise RefusedCallError(f"the list `{arguments['list']}` has {readers} readers; ask for no more")
    try:
        send_at = datetime.fromisoformat(arguments["send_at"])
    except ValueError:
        send_at = None
    if send_at is None or send_at.tzinfo is None:
        raise RefusedCallError("`send_at` must be a time with an offset, such as `2027-03-01T09:00:00+01:00`")
    key = f"sch-{cabinet.next_number(db, 'sch'):04}"
    cabinet.put(db, "schedule", key, {**arguments, "status": "scheduled"})
    return {"schedule_id": key, **arguments, "status": "scheduled"}


def _cancel_scheduled(db: sqlite3.Connection, arguments: Document) -> Document:
    key = arguments["schedule_id"]
    found = cabinet.fetch(db, "schedule", [key])
    if key not in found:
        raise RefusedCallError(f"there is no `{key}`; `list_scheduled` names those there are")
    cabinet.put(db, "schedule", key, {**found[key], "status": "cancelled"})
    return {"schedule_id": key, "status": "cancelled"}


def _list_scheduled(db: sqlite3.Connection, arguments: Document) -> Document:
    rows = cabinet.find(db, "schedule", arguments, limit=500)
    return {"count": len(rows), "scheduled": [{"schedule_id": key, **document} for key, document in rows]}


def _seed(db: sqlite3.Connection) -> None:
    cabinet.put(
        db,
        "schedule",
        "sch-0001",
        {
            "campaign_id": "cmp-loyalty",
            "list": "beta",
            "send_at": "2027-03-01T09:00:00+01:00",
            "recipients": LISTS["beta"],
            "status": "scheduled",
        },
    )
    cabinet.next_number(db, "sch")


def _tools(relay: Relay) -> tuple[Tool, ...]:
    return (
        Tool(
            name="send_message",
            title="Send a message",
            description="Send one plain-text message to every address now. It cannot be called back.",
            properties={
                "to": {
                    "type": "array",
                    "items": _ADDRESS,
                    "minItems": 1,
                    "maxItems": 10_000,
                    "uniqueItems": True,
                },
                "subject": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\r\n]*$"},
                "body": {"type": "string", "maxLength": 100_000},
            },
            required=("to", "subject", "body"),
            act=_queue,
            afterwards=partial(_send, relay),
            destructive=True,
            open_world=True,
        ),
        Tool(
            name="schedule_campaign",
            title="Schedule a campaign",
            description="Put a campaign's mailing to one list on the calendar.",
            properties={
                "campaign_id": {"type": "string", "pattern": "^cmp-[a-z0-9-]+$", "maxLength": 64},
                "list": {"type": "string", "enum": list(LISTS)},
                "send_at": {"type": "string", "maxLength": 40, "description": "RFC 3339, with an offset"},
                "recipients": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 1_000_000,
                    "description": "how many readers of the list get it",
                },
            },
            required=("campaign_id", "list", "send_at", "recipients"),
            act=_schedule_campaign,
            open_world=True,
        ),
        Tool(
            name="cancel_scheduled",
            title="Cancel a scheduled mailing",
            description="Take a mailing off the calendar.",
            properties={"schedule_id": {"type": "string", "pattern": "^sch-[0-9]+$"}},
            required=("schedule_id",),
            act=_cancel_scheduled,
            destructive=True,
            idempotent=True,
        ),
        Tool(
            name="list_scheduled",
            title="List scheduled mailings",
            description="The calendar of mailings, whole or of one campaign.",
            properties={
                "campaign_id": {"type": "string", "maxLength": 64},
                "status": {"type": "string", "enum": ["scheduled", "cancelled"]},
            },
            required=(),
            act=_list_scheduled,
            read_only=True,
        ),
    )


def vendor(environment: Mapping[str, str]) -> Vendor:
    """The e-mail service; COMPANY_SMTP_PORT and COMPANY_SMTP_SECRET say where and how it delivers."""
    relay = Relay("127.0.0.1", int(environment["COMPANY_SMTP_PORT"]), environment["COMPANY_SMTP_SECRET"])
    return Vendor("email", "Single messages and scheduled mailings of Acme.", _seed, _tools(relay))

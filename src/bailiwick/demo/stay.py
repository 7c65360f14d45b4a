"""After the story the company stays open, and one agent still waits for two people at the console."""

import signal

from rich.console import Console
from rich.markup import escape

from bailiwick.demo.caller import Caller
from bailiwick.demo.founding import link_for, person_ids
from bailiwick.demo.house import ADMIN
from bailiwick.demo.premiere import Premiere
from bailiwick.demo.script import DRAFTER, Row
from bailiwick.demo.script.step import Await

_WHO = (
    (ADMIN, "administrator: people, connectors, charters, agents"),
    ("director@acme.example", "marketing director: has a paid launch to decide"),
    ("change@acme.example", "IT change approver: the launch needs this consent too"),
    ("ana@acme.example", "owner of the marketing agents: may not approve what they ask"),
    ("auditor@acme.example", "auditor: reads, verifies and exports the record"),
)


def stay(show: Premiere, pending: Row, out: Console) -> None:
    """Say where to look, then carry out what `pending` asks for once people have agreed; until interrupted."""
    admin = show.people["admin"]
    out.print(f"\n[bold]The console is open at[/] {show.house.url}/  Sign in, once a link, within a day:")
    for about, link in _links(admin):
        out.print(f"\n  {about}\n  [cyan]{link}[/]", soft_wrap=True)
    out.print(
        f"\n[bold]{pending.deed.who}[/] waits for consent: {escape(pending.deed.what)}. "
        "Approve it as director and as change approver, and it launches.\nCtrl-C stops everything."
    )
    _carry_out(show, pending, out)
    signal.pause()


def _links(admin: Caller) -> list[tuple[str, str]]:
    ids = person_ids(admin)
    return [(about, link_for(admin, ids[email])) for email, about in _WHO]


def _carry_out(show: Premiere, pending: Row, out: Console) -> None:
    waiting = Await(DRAFTER, pending.name, 5)
    while (answer := show.stage.perform(waiting).phrase) == "pending_approval":
        continue
    out.print(f"{pending.deed.who}: the launch is {answer}")
    if answer == "approved":
        out.print(f"{pending.deed.who}: {escape(pending.deed.what)}: {show.stage.perform(pending.deed).phrase}")

"""What surrounds every page: who is signed in, how much waits, what is halted."""

from contextlib import suppress

from bailiwick.core.approval import approval_from_row, cast
from bailiwick.core.approval_rule import Candidate
from bailiwick.core.refusal import Refusal
from bailiwick.flow.agent_view import HaltView, halts_in_force
from bailiwick.flow.installation import Installation
from bailiwick.flow.people import People, is_solo
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row
from bailiwick.web.view import Flash, HaltNotice, Shell, SignedIn, UnwritableNotice


def read_shell(
    here: Installation, person: Row, *, csrf: str, theme: str = "", flash: Flash | None = None, unreachable: int = 0
) -> Shell:
    """The shell for a signed-in person. Blocks."""
    reader, now_us = here.reader, here.clock.now_us()
    halts = halts_in_force(reader, People.read(reader))
    solo = is_solo(reader)
    counts = {
        "approvals": waiting_for_vote(reader, person, now_us, solo),
        "runs": reader.count("run", {"status": "open"}),
        "agents": sum(halt.scope.startswith("agent:") for halt in halts),
        "connectors": unreachable,
    }
    trouble = here.unwritable()
    return Shell(
        now_us=now_us,
        signed=signed_in(person),
        counts=counts,
        halts=tuple(halt_notice(halt) for halt in halts),
        solo=solo,
        csrf=csrf,
        theme=theme,
        flash=flash,
        unwritable=UnwritableNotice(trouble.reason, trouble.since_us) if trouble else None,
    )


def waiting_for_vote(reader: Reader, person: Row, now_us: int, solo: bool) -> int:
    """How many open requests would take this person's vote now; the rule itself says so."""
    voter = Candidate(person["id"], frozenset(person["roles"]), person["active"])
    count = 0
    for row in reader.rows("approval", {"status": "open"}, limit=500):
        with suppress(Refusal):
            cast(approval_from_row(row), voter, "approve", "counted", now_us, solo)
            count += 1
    return count


def signed_in(person: Row) -> SignedIn:
    """A person as the header names them."""
    return SignedIn(person["name"], person["email"], tuple(person["roles"]))


def halt_notice(halt: HaltView) -> HaltNotice:
    """A halt as a sentence names it."""
    return HaltNotice(halt.scope, scope_words(halt.scope), halt.reason, halt.set_by_name, halt.set_us)


def scope_words(scope: str) -> str:
    """`The agent lead-router` for `agent:lead-router`."""
    kind, _, name = scope.partition(":")
    return f"The {kind} {name}" if name else "Everything"

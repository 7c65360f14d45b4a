"""What surrounds every page: who is signed in, how much waits, what is halted."""

from bailiwick.flow.agent_view import HaltView, halts_in_force
from bailiwick.flow.attention import open_approvals
from bailiwick.flow.installation import Installation
from bailiwick.flow.people import People, is_solo
from bailiwick.ports.store import Row
from bailiwick.web.view import Flash, HaltNotice, Shell, SignedIn


def read_shell(
    here: Installation, person: Row, *, csrf: str, theme: str = "", flash: Flash | None = None, unreachable: int = 0
) -> Shell:
    """The shell for a signed-in person. Blocks."""
    reader, now_us = here.reader, here.clock.now_us()
    halts = halts_in_force(reader, People.read(reader))
    counts = {
        "approvals": open_approvals(reader, now_us),
        "runs": reader.count("run", {"status": "open"}),
        "agents": sum(halt.scope.startswith("agent:") for halt in halts),
        "connectors": unreachable,
    }
    return Shell(
        now_us=now_us,
        signed=signed_in(person),
        counts=counts,
        halts=tuple(halt_notice(halt) for halt in halts),
        solo=is_solo(reader),
        csrf=csrf,
        theme=theme,
        flash=flash,
    )


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

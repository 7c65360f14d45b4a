"""`await_approval`: an agent waits for people without holding a thread or a transaction."""

import asyncio
from typing import Any, Final

from bailiwick.core.approval import approval_from_row
from bailiwick.flow.installation import Installation
from bailiwick.gate.answer import PENDING
from bailiwick.gate.listing import LONGEST_WAIT_S
from bailiwick.ports.news import Topic

BACKSTOP_S: Final = 2.0
"""How long it waits for news before it looks all the same."""
_NEXT: Final = {
    "open": "nobody has decided yet; call await_approval again",
    "approved": "approved: repeat exactly the same call now",
    "denied": "refused by a person: do not repeat the call",
    "expired": "it expired undecided or unused; repeat the call to ask again",
    "consumed": "it was used already; a new call asks again",
}


async def await_approval(installation: Installation, agent: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The state of an approval of this agent, after at most `wait_s` seconds of waiting for a decision."""
    name, wait_s = arguments.get("approval_id"), arguments.get("wait_s", LONGEST_WAIT_S)
    if not isinstance(name, str) or type(wait_s) is not int or not 0 <= wait_s <= LONGEST_WAIT_S:
        return _result("invalid", "", f"send `approval_id` and `wait_s` from 0 to {LONGEST_WAIT_S}", error=True)
    give_up = installation.clock.now_us() + wait_s * 1_000_000
    while True:
        turn = installation.hearing.turn(Topic.APPROVALS)  # taken before the look, so that nothing falls in between
        row = await asyncio.to_thread(installation.reader.row, "approval", name)
        # INVARIANT: an approval id is no capability; another agent's reads as unknown
        if row is None or row["agent"] != agent:
            return _result("unknown", name[:80], "there is no such approval of this agent", error=True)
        now = installation.clock.now_us()
        status = approval_from_row(row).status_at(now)
        if status != "open" or now >= give_up:
            word = PENDING if status == "open" else status
            return _result(word, name, _NEXT[status], error=False)
        left_s = min(BACKSTOP_S, (give_up - now) / 1_000_000)
        await installation.hearing.later(Topic.APPROVALS, turn, max(left_s, 0.01))


def _result(status: str, approval: str, sentence: str, *, error: bool) -> dict[str, Any]:
    body = {"status": status, "approval_id": approval, "next": sentence}
    return {"content": [{"type": "text", "text": sentence}], "structuredContent": body, "isError": error}

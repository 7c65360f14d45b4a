"""After a crash: the same call again is refused while nobody knows how the first ended, until a person says so."""

from typing import Final

from bailiwick.demo.company.journal import journal
from bailiwick.demo.company.office import Office
from bench.crash.check import Findings
from bench.crash.load import Shift
from bench.crash.record import Record, Recorded

CREATES: Final = frozenset({"desk__create_ticket", "ads__create_campaign", "ads__launch_campaign"})
"""Tools whose second call does a second thing; a create by the CRM's coarse tool is one too."""


def is_repeatable(action: Recorded) -> bool:
    """Whether the catalogue calls the action idempotent."""
    return action.tool not in CREATES and action.arguments.get("operation") != "create"


async def try_twin(office: Office, shift: Shift, record: Record, name: str, found: Findings) -> bool:
    """Repeat one unknown action, reconcile it, repeat it once more; True when all went as it must."""
    action = record.actions[name]
    async with shift.run(action.agent) as run:
        again = await shift.send(run, action.agent, action.tool, action.arguments)
        code = ((again.answer or {}).get("structuredContent") or {}).get("code")
        if is_repeatable(action):
            return _expect(found, again.said == "succeeded", f"`{name}` may be repeated, and was {again.said}")
        if not _expect(found, code == "unsettled", f"the twin of unknown `{name}` was {again.said} ({code})"):
            return False
        _reconcile(office, shift, name)
        settled = await shift.send(run, action.agent, action.tool, action.arguments)
    due = "pending_approval" if action.tool == "ads__launch_campaign" else "succeeded"
    return _expect(found, settled.said == due, f"after `{name}` was reconciled, its twin was {settled.said}")


def _reconcile(office: Office, shift: Shift, name: str) -> None:
    seen = any(
        entry["action"] == name
        for branch in ("crm", "ads", "desk")
        for entry in journal(office.branches[branch].database)
    )
    body = {"outcome": "succeeded" if seen else "failed", "note": "looked in the vendor's own journal"}
    shift.cast.admin.need("POST", f"/v1/actions/{name}/reconcile", body)


def _expect(found: Findings, holds: bool, sentence: str) -> bool:
    if not holds:
        found.say(sentence)
    return holds

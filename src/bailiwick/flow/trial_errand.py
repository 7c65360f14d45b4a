"""Trials as people ask for them: reading, checking and comparing are done before the writer is asked."""

import asyncio

from bailiwick.core.refusal import Refusal
from bailiwick.core.trial import TrialKind
from bailiwick.flow.charter_draft import draft_charter
from bailiwick.flow.charter_owner import demand_charter
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.installation import Installation
from bailiwick.flow.trial import ChangeTrial, PromoteTrial, StartTrial, StopTrial
from bailiwick.ports.store import Row, Unit


async def start_trial(
    here: Installation, person: Row, name: str, source: str, kind: TrialKind, percent: int, note: str
) -> Row:
    """Start or propose a trial. Administrators and the charter's owners may."""
    await asyncio.to_thread(demand_charter, here.reader, person, name)
    made = await asyncio.to_thread(draft_charter, source, here.reader, here.policies, here.clock.now_us())
    catalogues = await asyncio.to_thread(catalogues_in_force, here.policies)
    return await _commit(here, StartTrial(name, source, kind, percent, person["id"], note, catalogues, made))


async def change_trial(here: Installation, person: Row, name: str, percent: int) -> Row:
    """Set the share of a canary. Administrators and the charter's owners may."""
    await asyncio.to_thread(demand_charter, here.reader, person, name)
    return await _commit(here, ChangeTrial(name, percent, person["id"]))


async def stop_trial(here: Installation, person: Row, name: str) -> Row:
    """End a trial at once; everybody who is signed in may."""
    return await _commit(here, StopTrial(name, person["id"]))


async def promote_trial(here: Installation, person: Row, name: str, note: str) -> Row:
    """Publish the version on trial, or propose it; replies with the version's row."""
    await asyncio.to_thread(demand_charter, here.reader, person, name)
    trial = await asyncio.to_thread(here.reader.row, "trial", name)
    if trial is None:
        raise Refusal("unknown", f"no version of `{name}` was ever on trial")
    made = await asyncio.to_thread(draft_charter, trial["source"], here.reader, here.policies, here.clock.now_us())
    catalogues = await asyncio.to_thread(catalogues_in_force, here.policies)
    return await _commit(here, PromoteTrial(name, person["id"], note, catalogues, made))


async def _commit(here: Installation, unit: Unit[Row]) -> Row:
    row = await here.store.commit(unit)
    here.policies.forget()
    return row

"""Publishing as people ask for it: the reading, checking and comparing are done before the writer is asked."""

import asyncio

from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_draft import CharterDraft, draft_charter
from bailiwick.flow.charter_owner import demand_charter
from bailiwick.flow.charter_version import TagCharter, find_version
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.installation import Installation
from bailiwick.flow.publish import PublishCharter, SecondCharter, WithdrawCharter
from bailiwick.ports.store import Row, Unit


async def publish_text(here: Installation, person: Row, source: str, note: str) -> Row:
    """Publish or propose a text; replies with the version's row. Administrators and the charter's owners may."""
    made = await asyncio.to_thread(_drafted, here, source)
    await asyncio.to_thread(demand_charter, here.reader, person, made.charter.name)
    catalogues = await asyncio.to_thread(catalogues_in_force, here.policies)
    return await _commit(here, PublishCharter(source, person["id"], note, catalogues, made))


async def second_version(here: Installation, person: Row, name: str, digest: str) -> Row:
    """Agree, as an owner, to the proposed text with this digest."""
    rows = await asyncio.to_thread(here.reader.rows, "charter_version", {"charter": name, "status": "proposed"})
    if not rows:
        raise Refusal("unknown", f"no version of `{name}` is proposed")
    made = await asyncio.to_thread(_drafted, here, rows[0]["source"])
    catalogues = await asyncio.to_thread(catalogues_in_force, here.policies)
    fitting = made if made.digest == digest else None
    return await _commit(here, SecondCharter(name, digest, person["id"], catalogues, fitting))


async def withdraw_version(here: Installation, person: Row, name: str) -> Row:
    """Take back what is proposed. Administrators and the charter's owners may."""
    await asyncio.to_thread(demand_charter, here.reader, person, name)
    return await _commit(here, WithdrawCharter(name, person["id"]))


async def roll_back(here: Installation, person: Row, name: str, version: str) -> Row:
    """Publish the text of an earlier version again, under the same rule as any other text."""
    row = await asyncio.to_thread(find_version, here.reader, name, version)
    if row["status"] != "published":
        raise Refusal(
            "conflict", f"version {row['version']} of `{name}` was never published; there is nothing to go back to"
        )
    return await publish_text(here, person, row["source"], f"rollback to version {row['version']}")


async def move_tag(here: Installation, person: Row, name: str, tag: str, version: str) -> Row:
    """Point a tag at a published version. Administrators and the charter's owners may."""
    await asyncio.to_thread(demand_charter, here.reader, person, name)
    row = await asyncio.to_thread(find_version, here.reader, name, version)
    return await _commit(here, TagCharter(name, tag, row["version"], person["id"]))


def _drafted(here: Installation, source: str) -> CharterDraft:
    return draft_charter(source, here.reader, here.policies, here.clock.now_us())


async def _commit(here: Installation, unit: Unit[Row]) -> Row:
    row = await here.store.commit(unit)
    here.policies.forget()
    return row

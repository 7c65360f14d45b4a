"""Accepting what a tool has become: the definition that somebody looked at, and no other, is pinned from now on."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bailiwick.core.refusal import Refusal
from bailiwick.flow.catalogue_import import ImportCatalogue, ReviewedCatalogue, review
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.definition import Definition, definition_digest, named
from bailiwick.flow.installation import Installation
from bailiwick.flow.policy import ReviewedTools
from bailiwick.flow.watch import noted_tools
from bailiwick.ports.store import Row

Accepted = Mapping[str, str]
"""Tools, each with the digest of the definition that was looked at."""


def reimported(
    row: Row, source: str, before: ReviewedTools | None, definitions: Sequence[Definition], accepted: Accepted
) -> ReviewedCatalogue:
    """A new text for a connector's catalogue, pinned as before where a tool changed and nobody has accepted it.

    Raises `Refusal` when what was accepted is not what is offered now, `SourceError` for a text that does not fit.
    """
    held = _unaccepted(row["id"], before, definitions, accepted)
    found = review(row["id"], source, _reviewable(before, definitions, held))
    return replace(found, held=tuple(tool for tool in held if tool in found.pinned))


def accepted_catalogue(
    row: Row, before: ReviewedTools | None, definitions: Sequence[Definition], accepted: Accepted
) -> ReviewedCatalogue:
    """The catalogue in force, pinned anew for the accepted tools; one that no action names is noted and stays hidden.

    Raises `SourceError` when the text no longer fits what a tool has become.
    """
    if before is None or not row["source"]:
        raise Refusal("unknown", f"connector `{row['id']}` has no catalogue yet; import one")
    found = reimported(row, row["source"], before, definitions, accepted)
    noted = set(noted_tools(row)) | accepted.keys()
    return replace(found, noted=tuple(name for name in found.noted if name in noted))


async def accept(here: Installation, connector: str, accepted: Accepted, note: str, by: str) -> ReviewedCatalogue:
    """Pin the accepted tools to what they are now, and put the catalogue in force; whoever asks may manage connectors.

    Raises what `accepted_catalogue` does, and `UpstreamError` when the connector cannot be asked what it offers now.
    """
    if not note.strip():
        raise Refusal("invalid", "say in a note what you found; it goes on the record")
    row = await asyncio.to_thread(here.reader.row, "connector", connector)
    if row is None:
        raise Refusal("unknown", f"there is no connector `{connector}`")
    definitions = await here.watch.definitions(connector)
    before = await asyncio.to_thread(reviewed_tools, here.policies, row["catalogue"])
    found = await asyncio.to_thread(accepted_catalogue, row, before, definitions, accepted)
    return await put_in_force(here, found, by, note.strip())


async def put_in_force(here: Installation, catalogue: ReviewedCatalogue, by: str, note: str = "") -> ReviewedCatalogue:
    """Commit a reviewed catalogue; whatever decides or dispatches from now on goes by it."""
    await here.store.commit(ImportCatalogue(catalogue, by, note))
    here.policies.forget()
    here.watch.read(here.reader)
    return catalogue


def _unaccepted(
    connector: str, before: ReviewedTools | None, definitions: Sequence[Definition], accepted: Accepted
) -> list[str]:
    """The reviewed tools that are not as they were and stay so, after checking what was accepted."""
    offered, sent = named(definitions), Counter(definition.get("name") for definition in definitions)
    for tool, digest in accepted.items():
        if tool not in offered:
            words = "import a catalogue without its actions, or wait until it is back"
            raise Refusal("conflict", f"`{connector}` offers no tool `{tool}` now: {words}")
        if sent[tool] > 1:
            raise Refusal("conflict", f"`{connector}` offers `{tool}` twice, so nobody can tell which one runs")
        # INVARIANT: what is pinned is what somebody saw, like a vote that names a digest
        if definition_digest(offered[tool]) != digest:
            raise Refusal("stale", f"the definition of `{tool}` is another one than you looked at; look again")
    pinned = before.definitions if before else {}
    return [
        tool
        for tool, definition in pinned.items()
        if tool not in accepted
        and (tool not in offered or sent[tool] > 1 or definition_digest(offered[tool]) != definition_digest(definition))
    ]


def _reviewable(
    before: ReviewedTools | None, definitions: Sequence[Definition], held: Sequence[str]
) -> list[dict[str, object]]:
    pinned = before.definitions if before else {}
    return [
        *(dict(definition) for definition in definitions if definition.get("name") not in held),
        *(dict(pinned[tool]) for tool in held),
    ]

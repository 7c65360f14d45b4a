"""Attesting a run: the server writes and signs; anybody with an export computes it again and compares."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anyio.to_thread import run_sync

from bailiwick.core.catalogue import ActionEntry, Catalogue
from bailiwick.core.catalogue_form import parse_catalogue
from bailiwick.core.event import Actor, Event, EventType, RecordedEvent
from bailiwick.core.refusal import Refusal
from bailiwick.flow.approval_view import entry_of
from bailiwick.flow.attestation import (
    AttestationError,
    AttestationHead,
    ReadLeaf,
    attestation_text,
    differences,
    read_head,
)
from bailiwick.flow.installation import Installation
from bailiwick.flow.payload import ReadPayload, commitment_of, read_payloads
from bailiwick.flow.policy import NO_CATALOGUE, read_catalogue_document
from bailiwick.ledger import bundle, canonical
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import open_note
from bailiwick.ledger.segment import join
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Shelf

PAGE = 500


@dataclass(frozen=True, slots=True)
class RecordAttestation:
    """Say on the record that an attestation was made, and of which text."""

    run: str
    digest: str
    size: int
    person: str

    def step(self, shelf: Shelf) -> None:
        data = {"attestation": self.digest, "size": self.size}
        shelf.append(Event(EventType.RUN_ATTESTED, Actor("person", self.person), data, self.run))


@dataclass(frozen=True, slots=True)
class CheckedAttestation:
    """What came of checking an attestation; no `wrong` means that the record bears it out, but for `erased` actions."""

    head: AttestationHead
    wrong: tuple[str, ...]
    erased: int


async def attest_run(here: Installation, run: str, person: str) -> bytes:
    """The signed note of what the run touched, as of a checkpoint made now; that it was made goes on the record."""
    if await run_sync(here.reader.row, "run", run) is None:
        raise Refusal("unknown", f"there is no run `{run}`; `bailiwick run list` shows the runs there are")
    await here.store.checkpoint()
    text, size = await run_sync(_written, here, run)
    note = await run_sync(here.sign_text, text)
    await here.store.commit(RecordAttestation(run, canonical.digest(note), size, person))
    return note


def _written(here: Installation, run: str) -> tuple[str, int]:
    head = here.reader.head()
    if head is None:
        raise Refusal("unknown", "the record has no signed checkpoint yet; try again in a few seconds")
    runs = _tree(here.reader, run)
    found = sorted((event for one in runs for event in _events(here.reader, one, head.size)), key=lambda one: one.index)
    payloads = read_payloads(here.reader, found)
    leaves = [ReadLeaf(event.leaf, payloads.get(event.index)) for event in found]
    checkpoint = Checkpoint(here.log_key.partition("+")[0], head.size, head.root)

    def of(catalogue: str, name: str | None) -> ActionEntry | None:
        return entry_of(here.policies, catalogue, name)

    return attestation_text(checkpoint, run, runs, leaves, of), head.size


def _tree(reader: Reader, run: str) -> list[str]:
    """The run and every run started in it, however deep."""
    found, level = [run], [run]
    while level:
        below = [row["id"] for one in level for row in _children(reader, one)]
        found += below
        level = below
    return found


def _children(reader: Reader, run: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while page := reader.rows("run", {"parent": run}, before=rows[-1]["id"] if rows else None, limit=PAGE):
        rows += page
    return rows


def _events(reader: Reader, run: str, size: int) -> list[RecordedEvent]:
    found: list[RecordedEvent] = []
    while page := reader.events(
        EventFilter(run=run), before=found[-1].index if found else None, limit=PAGE, ascending=True
    ):
        found += page
    return [event for event in found if event.index < size]


def check_attestation(note: bytes, files: Mapping[str, bytes], vkey: str) -> CheckedAttestation:
    """Compute the attestation again from a verified export, and compare.

    Raises `NoteError` when `vkey` did not sign it, `AttestationError` when it is none or the export does not reach it.
    """
    text = open_note(note, vkey)
    head = read_head(text)
    leaves = bundle.entries(files)
    if head.size > len(leaves):
        raise AttestationError(f"the export ends at entry {len(leaves)}, and the attestation is of {head.size}")
    frontier = Frontier()
    for leaf in leaves[: head.size]:
        frontier.append(leaf_hash(leaf))
    checkpoint = Checkpoint(vkey.partition("+")[0], head.size, frontier.root())
    if base64.b64encode(checkpoint.root).decode() != head.root:
        wrong_root = "the record of that size has another root: it is not the one that was attested"
        return CheckedAttestation(head, (wrong_root,), 0)
    computed = _computed(files, leaves[: head.size], checkpoint, head.run)
    wrong, erased = differences(text, computed)
    return CheckedAttestation(head, tuple(wrong), erased)


def _computed(files: Mapping[str, bytes], bodies: Sequence[bytes], head: Checkpoint, run: str) -> str:
    parsed = [canonical.read_canonical(body) for body in bodies]
    leaves = [leaf for leaf in parsed if isinstance(leaf, dict)]
    runs = {run}
    for leaf in leaves:  # a run is opened after the one it is started in
        if leaf.get("type") == EventType.RUN_OPENED and leaf["data"].get("parent") in runs:
            runs.add(leaf["run"])
    catalogues: dict[str, Catalogue] = {}

    def of(catalogue: str, name: str | None) -> ActionEntry | None:
        if catalogue == NO_CATALOGUE or name is None:
            return None
        if catalogue not in catalogues:
            catalogues[catalogue] = parse_catalogue(*read_catalogue_document(files[bundle.document_path(catalogue)]))
        return catalogues[catalogue].action(name)

    chosen = [ReadLeaf(leaf, _payload(files, leaf)) for leaf in leaves if leaf.get("run") in runs]
    return attestation_text(head, run, runs, chosen, of)


def _payload(files: Mapping[str, bytes], leaf: Mapping[str, Any]) -> ReadPayload | None:
    def body(commitment: str) -> bytes | None:
        found = files.get(bundle.payload_path(commitment))
        return None if found is None else bundle.payload_body(found)

    name = commitment_of(leaf)
    skeleton = body(name) if name else None
    if skeleton is None:
        return None
    joined = join(skeleton, body)
    return ReadPayload(joined.value, joined.erased)

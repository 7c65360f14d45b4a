"""Anchors in an export: what others hold of the log's earlier heads, as files beside the log.

anchor/1200-witness-north.note      the checkpoint at 1200 entries, with the witnesses' cosignatures
anchor/1200-timestamp-tsa.note      the checkpoint, and anchor/1200-timestamp-tsa.tsr the token over it (RFC 3161)
anchor/1200-git-mirror.note         the checkpoint that was committed, and .commit what git says of it
anchor/1200-folder-vault.note       the checkpoint that lies in the write-once folder
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from bailiwick.ledger.bundle import Finding
from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import Tree
from bailiwick.ledger.note import NoteError, open_note
from bailiwick.ledger.witness_policy import WitnessPolicy

PREFIX: Final = "anchor/"
KINDS: Final = ("witness", "timestamp", "git", "folder")
_PROOFS: Final = {"timestamp": "tsr", "git": "commit"}
_PATH: Final = re.compile(rf"anchor/(0|[1-9][0-9]{{0,18}})-({'|'.join(KINDS)})-([a-z][a-z0-9-]{{0,39}})\.([a-z]+)")

Stamp = Callable[[bytes, bytes], int]
"""When a token says that these bytes existed, in microseconds since 1970; ValueError when it does not hold."""


class KeptAnchor(Protocol):
    """An anchor as it is kept: which head, where, and what was answered."""

    @property
    def size(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def note(self) -> bytes: ...
    @property
    def proof(self) -> bytes: ...


@dataclass(frozen=True, order=True)
class Vouch:
    """Somebody else's hold on the log up to `size`; `checked` tells that it was verified and not only stated."""

    size: int
    kind: str
    place: str
    checked: bool
    at_us: int | None = None


def anchor_files(anchors: Iterable[KeptAnchor]) -> dict[str, bytes]:
    """The files that stand for these anchors."""
    files: dict[str, bytes] = {}
    for anchor in anchors:
        stem = f"{PREFIX}{anchor.size}-{anchor.kind}-{anchor.place}"
        files[f"{stem}.note"] = anchor.note
        if anchor.kind in _PROOFS:
            files[f"{stem}.{_PROOFS[anchor.kind]}"] = anchor.proof
    return files


def without_anchors(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """An export as it is without what others hold of it, which is checked apart."""
    return {path: data for path, data in files.items() if not path.startswith(PREFIX)}


def check_note(note: bytes, vkey: str, tree: Tree) -> Checkpoint:
    """Hold a checkpoint that somebody kept against the log as it is; ValueError says in plain words what differs."""
    try:
        kept = Checkpoint.parse(open_note(note, vkey))
    except (NoteError, CheckpointError) as error:
        raise ValueError(f"it is no checkpoint of this log: {error}") from error
    if kept.origin != vkey.partition("+")[0]:
        raise ValueError(f"it is a checkpoint of another log, `{kept.origin}`")
    if kept.size > tree.size:
        raise ValueError(
            f"the log had {kept.size} entries when this was kept, and has {tree.size} here: its end was cut off"
        )
    if tree.root(kept.size) != kept.root:
        raise ValueError(f"the first {kept.size} entries are not those that this was kept of: the log was rewritten")
    return kept


def check_anchors(
    files: Mapping[str, bytes], vkey: str, tree: Tree, policy: WitnessPolicy | None, stamp: Stamp | None
) -> tuple[list[Vouch], list[Finding]]:
    """Check every anchor of an export against the log; `policy` and `stamp` tell whose word counts.

    Without them an anchor is only stated by the export itself, which a forger could have written.
    """
    vouches: list[Vouch] = []
    findings: list[Finding] = []
    for path in sorted(path for path in files if path.startswith(PREFIX)):
        named = _PATH.fullmatch(path)
        if named is None or named[4] not in ("note", _PROOFS.get(named[2])):
            findings.append(Finding(path, "it is not named as an anchor is"))
        elif named[4] != "note":
            if path.rpartition(".")[0] + ".note" not in files:
                findings.append(Finding(path, "the checkpoint that it is about is missing"))
        else:
            try:
                vouches.append(_vouch(files, path, named, vkey, tree, policy, stamp))
            except ValueError as error:
                findings.append(Finding(path, str(error)))
    return sorted(vouches), findings


def _vouch(
    files: Mapping[str, bytes],
    path: str,
    named: re.Match[str],
    vkey: str,
    tree: Tree,
    policy: WitnessPolicy | None,
    stamp: Stamp | None,
) -> Vouch:
    kept = check_note(files[path], vkey, tree)
    kind, place = named[2], named[3]
    if str(kept.size) != named[1]:
        raise ValueError(f"it is about {kept.size} entries, which its name does not say")
    if kind in _PROOFS and (proof_path := f"{path.removesuffix('note')}{_PROOFS[kind]}") not in files:
        raise ValueError(f"its proof `{proof_path}` is missing")
    if kind == "witness" and policy is not None:
        judged = policy.judge(files[path])
        if not judged.enough:
            seen = ", ".join(sorted(judged.seen)) or "nobody that the policy knows"
            raise ValueError(f"it was cosigned by {seen}: too few for the quorum of the policy")
        return Vouch(kept.size, kind, place, True, max(judged.seen.values(), default=0) * 1_000_000 or None)
    if kind == "timestamp" and stamp is not None:
        return Vouch(kept.size, kind, place, True, stamp(files[path], files[proof_path]))
    return Vouch(kept.size, kind, place, False)

"""The export folder: a whole log with its payloads and documents, checkable by anyone, offline.

Files by path: `checkpoint` (signed note), `log.vkey`, `tile/...` (tlog-tiles), `payload/<commitment>` (64 hex
digits of salt, a newline, the body) and `document/<digest>.json`. Reading folders is for the edges.
A body may name segments, which are payloads too. One may be missing only where the log says that it was forgotten.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bailiwick.ledger import tile
from bailiwick.ledger.canonical import CanonicalError, digest, read_canonical
from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.commitment import commit
from bailiwick.ledger.forgotten import Forgotten
from bailiwick.ledger.merkle import HASH_BYTES, Tree, leaf_hash
from bailiwick.ledger.note import NoteError, Verifier, open_note, split_note
from bailiwick.ledger.segment import segments

CHECKPOINT = "checkpoint"
VKEY = "log.vkey"
_SALT_LINE = re.compile(rb"[0-9a-f]{64}\n")
_COMMITMENT = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PAYLOAD_FILE = re.compile(r"payload/([0-9a-f]{64})")
_DOCUMENT_FILE = re.compile(r"document/([0-9a-f]{64})\.json")
_MANY = 100  # missing files that are named one by one: a checkpoint can claim 2**60 entries in 200 bytes
_MISSING = "the file is missing"


class BundleError(ValueError):
    """The parts handed over cannot make an export folder, or a folder cannot be read as one."""


@dataclass(frozen=True, order=True)
class Finding:
    """One trouble in an export folder: the path of the file it lies in, and what is wrong with it."""

    file: str
    what: str


def build(
    entries: Sequence[bytes],
    checkpoint_note: bytes,
    vkey: str,
    payloads: Mapping[str, tuple[bytes, bytes]],
    documents: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Lay out the files of an export; `payloads` is commitment to (salt, body), `documents` digest to bytes.

    Nothing is judged here, so that a damaged log can be exported as it is: `verify` does that.
    """
    files = {CHECKPOINT: checkpoint_note, VKEY: f"{vkey}\n".encode()}
    tree = Tree(map(leaf_hash, entries))
    for index, width in tile.entry_bundles(len(entries)):
        start = index * tile.TILE_WIDTH
        files[tile.entries_path(index, width)] = tile.encode_entries(entries[start : start + width])
    for level, index, width in tile.hash_tiles(len(entries)):
        files[tile.hash_path(level, index, width)] = tile.encode_hashes(_hashes(tree, level, index, width))
    for commitment, (salt, body) in payloads.items():
        files[payload_path(commitment)] = salt.hex().encode() + b"\n" + body
    for name, document in documents.items():
        files[document_path(name)] = document
    return files


def verify(files: Mapping[str, bytes], vkey: str | None = None) -> list[Finding]:
    """Check every byte of an export folder; an empty list means that all of it was checked and holds.

    Without `vkey` the folder is only shown to agree with its own key, which a forger could have made: pass
    the key you got from elsewhere (NoteError if that is not a key). If the checkpoint does not hold, entries
    and tiles are not judged, since nothing says what they should be.
    """
    check = _Check(files, None if vkey is None else Verifier.parse(vkey.strip()))
    check.run()
    return sorted(set(check.findings))


def entries(files: Mapping[str, bytes]) -> list[bytes]:
    """The leaves of a verified export folder, in order."""
    try:
        size = Checkpoint.parse(split_note(files[CHECKPOINT])[0]).size
        found: list[bytes] = []
        for index, width in tile.entry_bundles(size):
            found += tile.decode_entries(files[tile.entries_path(index, width)], width)
    except KeyError as error:
        raise BundleError(f"the export has no file {error.args[0]!r}; verify it first") from error
    except (NoteError, CheckpointError, tile.TileError) as error:
        raise BundleError(f"the export does not hold: {error}; verify it first") from error
    return found


def payload_path(commitment: object) -> str:
    """The path of a payload, by its commitment of 64 hex digits."""
    if not isinstance(commitment, str) or _COMMITMENT.fullmatch(commitment) is None:
        raise BundleError(f"`{commitment}` is not a commitment; give 64 lower-case hex digits")
    return f"payload/{commitment}"


def document_path(name: object) -> str:
    """The path of a document, by its digest `sha256:<64 hex digits>`."""
    if not isinstance(name, str) or _DIGEST.fullmatch(name) is None:
        raise BundleError(f"`{name}` is not a digest; give `sha256:` and 64 lower-case hex digits")
    return f"document/{name.removeprefix('sha256:')}.json"


def named_files(leaf: bytes) -> set[str]:
    """The paths of the payload and the documents that a leaf, a canonical JSON object, names."""
    return _named(_event(leaf))


def payload_body(data: bytes) -> bytes:
    """The body in a payload file, behind the line of its salt."""
    return data.partition(b"\n")[2]


def forgotten(files: Mapping[str, bytes]) -> Forgotten:
    """What the log of a verified export folder says is gone."""
    heard = Forgotten()
    for index, leaf in enumerate(entries(files)):
        event = _event(leaf)
        heard.hear(index, event, _own_payload(files, event))
    return heard


def _event(leaf: bytes) -> dict[str, Any]:
    event = read_canonical(leaf)
    if not isinstance(event, dict):
        raise BundleError("it is not a json object")
    return event


def _own_payload(files: Mapping[str, bytes], event: Mapping[str, Any]) -> bytes | None:
    payload = event.get("payload")
    name = payload.get("commitment") if isinstance(payload, Mapping) else None
    data = files.get(f"payload/{name}")
    return payload_body(data) if data is not None else None


def _named(event: Mapping[str, Any]) -> set[str]:
    named = set()
    payload, documents = event.get("payload"), event.get("documents")
    if isinstance(payload, dict) and payload.get("commitment") is not None:
        named.add(payload_path(payload["commitment"]))
    if documents is not None:
        if not isinstance(documents, list):
            raise BundleError("its `documents` are not a list of digests")
        named.update(map(document_path, documents))
    return named


@dataclass
class _Bundle:
    """The entries of one bundle file, from position `start`; none where the file is missing or unreadable."""

    path: str
    start: int
    leaves: list[bytes]
    hashes: list[bytes]
    changed: set[int] = field(default_factory=set)


class _Check:
    """One pass over the files of an export; troubles go to `findings`, files accounted for to `known`."""

    def __init__(self, files: Mapping[str, bytes], key: Verifier | None) -> None:
        self.files = files
        self.key = key
        self.findings: list[Finding] = []
        self.known = {CHECKPOINT, VKEY}
        self.forgotten = Forgotten()
        self.absent: list[tuple[str, dict[str, Any]]] = []  # a payload that is not there, and the event it belongs to
        self.absent_segments: list[tuple[str, int]] = []

    def find(self, file: str, what: str) -> None:
        self.findings.append(Finding(file, what))

    def run(self) -> None:
        self.check_named_by_content()
        head = self.head(self.log_key())
        if head is None or not self.account_for_tiles(head):
            return
        bundles = self.bundles(head.size)
        self.check_tree(head, bundles)
        for bundle in bundles:
            self.check_leaves(bundle)
        sound = sum(len(bundle.leaves) - len(bundle.changed) for bundle in bundles)
        self.check_file_set(whole=sound == head.size)

    def check_named_by_content(self) -> None:
        """Hold payloads and documents against their own names, whoever refers to them."""
        for path, data in self.files.items():
            if named := _PAYLOAD_FILE.fullmatch(path):
                if _SALT_LINE.match(data) is None:
                    self.find(path, "the payload does not start with a line of 64 hex digits, its salt")
                elif commit(bytes.fromhex(data[:64].decode()), data[65:]) != named[1]:
                    self.find(path, "the payload and its salt do not make up the commitment that names it")
            elif (named := _DOCUMENT_FILE.fullmatch(path)) and digest(data) != f"sha256:{named[1]}":
                self.find(path, "the document does not have the digest that names it")

    def log_key(self) -> Verifier | None:
        """The key to trust: the one given, else the one in the folder; None if there is no readable one."""
        data = self.files.get(VKEY)
        if data is None:
            self.find(VKEY, _MISSING)
            return self.key
        if self.key is not None:
            if data != f"{self.key.vkey}\n".encode():
                self.find(VKEY, "the key is not the one given to check with")
            return self.key
        try:
            text = data.decode()
            if not text.endswith("\n"):
                raise NoteError("the key does not end with a newline; copy it again")
            return Verifier.parse(text[:-1])
        except UnicodeDecodeError:
            self.find(VKEY, "the key is not utf-8 text")
        except NoteError as error:
            self.find(VKEY, str(error))
        return None

    def head(self, key: Verifier | None) -> Checkpoint | None:
        """The checkpoint, if its signature holds or there is no key to tell; else a finding and None."""
        note = self.files.get(CHECKPOINT)
        if note is None:
            self.find(CHECKPOINT, _MISSING)
            return None
        try:
            text, signatures = split_note(note)
            if key is not None:
                open_note(note, key.vkey)
            head = Checkpoint.parse(text)
        except (NoteError, CheckpointError) as error:
            self.find(CHECKPOINT, str(error))
            return None
        # INVARIANT: every byte of the note is checked, so a line that nobody here can check is a finding.
        if len(signatures) != 1:
            self.find(CHECKPOINT, f"it has {len(signatures)} signatures; only the log's own can be checked")
        if key is not None and head.origin != key.name:
            self.find(CHECKPOINT, f"its origin `{head.origin}` is not the name of the key, `{key.name}`")
        return head

    def account_for_tiles(self, head: Checkpoint) -> bool:
        """Account for the tiles of a log of this size; False if far too many are missing to go on."""
        enough = len(self.files) + _MANY
        paths = set(islice(tile.paths(head.size), enough))
        if len(paths) == enough:
            self.find(CHECKPOINT, f"it states {head.size} entries, far more than the folder holds")
            return False
        self.known |= paths
        return True

    def bundles(self, size: int) -> list[_Bundle]:
        found = []
        for index, width in tile.entry_bundles(size):
            path = tile.entries_path(index, width)
            leaves: list[bytes] = []
            if path in self.files:
                try:
                    leaves = tile.decode_entries(self.files[path], width)
                except tile.TileError as error:
                    self.find(path, str(error))
            found.append(_Bundle(path, index * tile.TILE_WIDTH, leaves, [leaf_hash(leaf) for leaf in leaves]))
        return found

    def check_tree(self, head: Checkpoint, bundles: Sequence[_Bundle]) -> None:
        """Hold entries and tiles against the signed root, and name the files that do not belong under it."""
        entries_tree = Tree([hashed for bundle in bundles for hashed in bundle.hashes])
        if _is_under(entries_tree, head):
            self.check_tiles(head.size, entries_tree)
            return
        # Some entry is damaged or missing; if the lowest tiles are what was signed, they tell which.
        tiles_tree = Tree(self.lowest_hashes(head.size))
        if _is_under(tiles_tree, head):
            self.check_tiles(head.size, tiles_tree)
            self.check_bundles(bundles, tiles_tree)
            return
        self.find(CHECKPOINT, "neither the entries nor the tiles make up the root that it states")
        if entries_tree.size == head.size:
            self.check_tiles(head.size, entries_tree)
        if tiles_tree.size == head.size:
            self.check_bundles(bundles, tiles_tree)

    def lowest_hashes(self, size: int) -> list[bytes]:
        """The leaf hashes that the tiles of level 0 state; fewer than `size` if a tile is unreadable."""
        found: list[bytes] = []
        for index, width in tile.entry_bundles(size):
            data = self.files.get(tile.hash_path(0, index, width), b"")
            if len(data) == width * HASH_BYTES:
                found += tile.decode_hashes(data, width)
        return found

    def check_tiles(self, size: int, tree: Tree) -> None:
        for level, index, width in tile.hash_tiles(size):
            path = tile.hash_path(level, index, width)
            if path in self.files and self.files[path] != b"".join(_hashes(tree, level, index, width)):
                self.find(path, "the tile does not hold the hashes of the entries below it")

    def check_bundles(self, bundles: Sequence[_Bundle], tree: Tree) -> None:
        for bundle in bundles:
            wanted = tree.hashes(0, bundle.start, bundle.start + len(bundle.hashes))
            for at, (got, due) in enumerate(zip(bundle.hashes, wanted, strict=True)):
                if got != due:
                    bundle.changed.add(at)
                    self.find(bundle.path, f"entry {bundle.start + at} is not the one that its tile states")

    def check_leaves(self, bundle: _Bundle) -> None:
        """Hold sound leaves to their form, and account for the files that they name."""
        for at, leaf in enumerate(bundle.leaves):
            if at in bundle.changed:
                continue
            try:
                event = _event(leaf)
                self.known |= _named(event)
            except (CanonicalError, BundleError) as error:
                self.find(bundle.path, f"entry {bundle.start + at} is not a leaf: {error}")
                continue
            self.account_for_payload(bundle.start + at, event)

    def account_for_payload(self, index: int, event: dict[str, Any]) -> None:
        """Account for the segments that the payload names, and note what is missing until all events are heard."""
        payload = event.get("payload")
        name = payload.get("commitment") if isinstance(payload, Mapping) else None
        if name is None:
            self.forgotten.hear(index, event, None)
            return
        body = _own_payload(self.files, event)
        self.forgotten.hear(index, event, body)
        if body is None:
            self.absent.append((payload_path(name), event))
            return
        for segment in segments(body).values():
            try:
                path = payload_path(segment)
            except BundleError as error:
                self.find(payload_path(name), f"it names a segment, but {error}")
                continue
            self.known.add(path)
            if path not in self.files:
                self.absent_segments.append((path, index))

    def check_file_set(self, whole: bool) -> None:
        """Find what is missing or unaccounted for. A damaged entry, already found, may have named a file."""
        gone = {path for path, event in self.absent if self.forgotten.payload(event)}
        gone |= {path for path, index in self.absent_segments if self.forgotten.segment(index, path[8:])}
        for path in self.known - self.files.keys() - gone:
            self.find(path, _MISSING)
        for path in self.files.keys() - self.known:
            if whole or not (_PAYLOAD_FILE.fullmatch(path) or _DOCUMENT_FILE.fullmatch(path)):
                self.find(path, "no entry of the log accounts for this file")


def _is_under(tree: Tree, head: Checkpoint) -> bool:
    return tree.size == head.size and tree.root() == head.root


def _hashes(tree: Tree, level: int, index: int, width: int) -> list[bytes]:
    start = index * tile.TILE_WIDTH
    return tree.hashes(level * tile.HEIGHT, start, start + width)

"""A write-once folder: each head a new file that nothing here ever opens for writing again.

How much that is worth is the folder's own: another machine's export, a mount that forbids changes, a tape.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bailiwick.anchor.kept_note import hold_against
from bailiwick.core.refusal import Refusal
from bailiwick.ports.anchor import AnchorAlarm, AnchorAway, AnchorProof, HeadTree, Place
from bailiwick.ports.reader import SignedHead

_MOST: Final = 65_536


class FolderAnchorer:
    """Implements `ports.anchor.Anchorer` for a folder on this machine, by absolute path."""

    def __init__(self, vkey: str) -> None:
        self._vkey = vkey

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        if settings.keys() != {"path"}:
            raise Refusal("invalid", "a folder place has one setting, `path`")
        path = Path(settings["path"])
        if not path.is_absolute() or not path.is_dir():
            raise Refusal("invalid", f"`{path}` is not the absolute path of a folder on the server")
        return dict(settings)

    async def anchor(self, place: Place, head: SignedHead, tree: HeadTree) -> AnchorProof:
        return await asyncio.to_thread(self._anchor, Path(place.settings["path"]), head, tree)

    def holds(self, settings: Mapping[str, str], note: bytes, proof: bytes) -> str:
        return ""

    def _anchor(self, folder: Path, head: SignedHead, tree: HeadTree) -> AnchorProof:
        try:
            newest = max(folder.glob("[0-9]*.note"), default=None)
            if newest is not None and (held := newest.read_bytes()[:_MOST]):
                hold_against(held, self._vkey, head.size, tree)
            path = folder / f"{head.size:020d}.note"
            _write_once(path, head.note)
        except OSError as error:
            raise AnchorAway(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}") from None
        return AnchorProof(head.note, path.name.encode())


def _write_once(path: Path, data: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
    except FileExistsError:
        if path.read_bytes() != data:
            raise AnchorAlarm(f"`{path}` holds another checkpoint of the same size") from None
        return
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

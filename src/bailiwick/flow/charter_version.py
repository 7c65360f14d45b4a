"""Versions of a charter: finding one by number, tag or content, moving tags, and holding two of them side by side."""

import re
from dataclasses import dataclass
from typing import Final

from bailiwick.core.charter_change import CharterChange, charter_change
from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_draft import read_text_of
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.text_line import TextLine, difference
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, Shelf

MOST: Final = 10_000
TAG: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*")
_DIGEST: Final = re.compile(r"(?:sha256:)?[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class CharterPair:
    """Two texts of charters, compared in what they decide and line by line; the names say which they are."""

    before: str
    after: str
    change: CharterChange
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class TagCharter:
    """Move a tag of a charter to a published version; the record says who did and when. Replies with the tag's row."""

    name: str
    tag: str
    version: int
    by: str

    def step(self, shelf: Shelf) -> Row:
        if not TAG.fullmatch(self.tag) or _DIGEST.fullmatch(self.tag) or len(self.tag) > 60:
            raise Refusal(
                "invalid", f"`{self.tag}` is no tag: use lower-case letters, digits and hyphens, as in `stable`"
            )
        version = shelf.get("charter_version", f"{self.name}@{self.version:06}")
        if version is None or version["status"] != "published":
            raise Refusal("unknown", f"`{self.name}` has no published version {self.version}")
        row = {
            "id": f"{self.name}:{self.tag}",
            "charter": self.name,
            "tag": self.tag,
            "version": self.version,
            "digest": version["digest"],
            "moved_us": shelf.now_us,
            "moved_by": self.by,
        }
        shelf.put("charter_tag", row)
        data = {"name": self.name, "charter": version["digest"], "tag": self.tag}
        shelf.append(Event(EventType.CHARTER_TAGGED, Actor("person", self.by), data, documents=(version["digest"],)))
        return row


def tags_of(reader: Reader, name: str) -> list[Row]:
    """The tags of a charter by name."""
    return reader.rows("charter_tag", {"charter": name}, limit=MOST, ascending=True)


def find_version(reader: Reader, name: str, version: str = "") -> Row:
    """The row of a version: a number, a tag, the start of a digest, or nothing for the one in force.

    Raises `Refusal` when there is none, or when the start of a digest fits more than one text.
    """
    head = reader.row("charter", name)
    if head is None:
        raise Refusal("unknown", f"there is no charter `{name}`; `bailiwick charter list` shows them")
    if not version:
        version = str(head["version"])
    tag = reader.row("charter_tag", f"{name}:{version}")
    number = (
        tag["version"] if tag else int(version) if version.isascii() and version.isdigit() and len(version) < 7 else 0
    )
    found = reader.row("charter_version", f"{name}@{number:06}") if number else None
    if found is None and _DIGEST.fullmatch(version):
        found = _by_digest(reader, name, "sha256:" + version.removeprefix("sha256:"))
    if found is None:
        raise Refusal("unknown", f"`{name}` has no version `{version}`; `bailiwick charter versions {name}` lists them")
    return found


def _by_digest(reader: Reader, name: str, start: str) -> Row | None:
    rows = reader.rows("charter_version", {"charter": name}, limit=MOST)
    fitting = [row for row in rows if row["digest"].startswith(start)]
    if len({row["digest"] for row in fitting}) > 1:
        raise Refusal("invalid", f"`{start}` fits more than one version of `{name}`; write more of it")
    return fitting[0] if fitting else None


def compare_texts(before: tuple[str, str], after: tuple[str, str], policies: PolicySource, from_us: int) -> CharterPair:
    """Compare two (name, text) pairs over the catalogues in force; raises `SourceError` when one is no charter."""
    older, newer = (read_text_of(text)[1] for _, text in (before, after))
    if older.name != newer.name:
        raise Refusal("invalid", f"`{older.name}` and `{newer.name}` are two charters; compare versions of one")
    change = charter_change(older, newer, catalogues_in_force(policies).values(), from_us)
    lines = difference(before[1].splitlines(), after[1].splitlines())
    return CharterPair(before[0], after[0], change, lines)


def named_version(reader: Reader, spec: str) -> tuple[str, str]:
    """The name and the text of `NAME`, `NAME@3`, `NAME@tag` or `NAME@digest`."""
    name, _, version = spec.partition("@")
    row = find_version(reader, name, version)
    return f"{name}@{row['version']}", str(row["source"])

"""YAML (or JSON) text of a charter or a catalogue: plain data, and the line of every part of it.

    charter, document, digest = read_charter(Path("charter.yaml").read_bytes())

The accepted YAML is small on purpose: text, whole numbers, `true`, `false`, nothing, lists, mappings.
`yes`, `no`, `on`, `off` and dates are text (YAML 1.2). No tags, anchors, aliases, merge keys, floats or
repeated keys, so what a person reads is what is enforced.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import yaml

from bailiwick.core.catalogue import Catalogue
from bailiwick.core.catalogue_form import CatalogueError, parse_catalogue
from bailiwick.core.charter import Charter, CharterError, parse_charter
from bailiwick.core.problem import Place, Problem, Severity
from bailiwick.flow.source_builder import Builder, UnreadableError
from bailiwick.ledger import canonical

LARGEST: Final = 256 * 1024


class Flaw(NamedTuple):
    """A problem with its place in the text; line and column count from 1."""

    line: int
    column: int
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class SourceError(Exception):
    """The text is not what it should be; `problems` holds every flaw, in the order of the text."""

    def __init__(self, problems: Iterable[Flaw]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("; ".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Source:
    """Plain JSON data and where each part of it stands."""

    document: dict[str, object]
    marks: Mapping[Place, tuple[int, int]]

    def locate(self, path: Place) -> tuple[int, int]:
        """Line and column of a path, or of the nearest part above it that exists."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, (1, 1))

    def flaws(self, problems: Iterable[Problem]) -> tuple[Flaw, ...]:
        """The problems with their lines, in the order of the text."""
        return tuple(sorted(Flaw(*self.locate(p.path), str(p), p.severity) for p in problems))

    @property
    def digest(self) -> str:
        """The document's version: SHA-256 of its canonical form, so layout and comments do not count."""
        return canonical.digest(canonical.encode(self.document))


def read_charter(text: bytes | str) -> tuple[Charter, dict[str, object], str]:
    """The charter, its plain document and the document's digest; raises SourceError."""
    source = read_source(text)
    try:
        return parse_charter(source.document), source.document, source.digest
    except CharterError as trouble:
        raise SourceError(source.flaws(trouble.problems)) from None


def read_catalogue(
    text: bytes | str, definitions: Sequence[Mapping[str, object]]
) -> tuple[Catalogue, dict[str, object], str]:
    """The catalogue, its plain document and the document's digest; raises SourceError."""
    source = read_source(text)
    try:
        return parse_catalogue(source.document, definitions), source.document, source.digest
    except CatalogueError as trouble:
        raise SourceError(source.flaws(trouble.problems)) from None


def read_source(text: bytes | str) -> Source:
    """Plain data from the text; raises SourceError with all that it may not hold.

    Where the text stops being YAML, reading stops, and that flaw is the last.
    """
    words = _decoded(text)
    builder = Builder()
    try:
        for event in yaml.parse(words, Loader=yaml.SafeLoader):
            builder.take(event)
    except UnreadableError as refusal:
        raise SourceError([Flaw(*refusal.at, refusal.message)]) from None
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SourceError([*_kept(builder), Flaw(*at, f"not readable as YAML: {trouble.problem}")]) from None
    except yaml.reader.ReaderError as trouble:
        line = words.count("\n", 0, trouble.position) + 1
        column = trouble.position - words.rfind("\n", 0, trouble.position)
        message = f"character U+{int(trouble.character):04X} is not allowed: remove it"
        raise SourceError([Flaw(line, column, message)]) from None
    if not builder.flaws and not isinstance(builder.document, dict):
        raise SourceError([Flaw(1, 1, "expected a mapping such as `charter: lead-router` at the top")])
    if builder.flaws or not isinstance(builder.document, dict):
        raise SourceError(_kept(builder))
    return Source(builder.document, builder.marks)


def _kept(builder: Builder) -> list[Flaw]:
    return [Flaw(line, column, message) for (line, column), message in builder.flaws]


def _decoded(text: bytes | str) -> str:
    size = len(text.encode("utf-8", "surrogatepass")) if isinstance(text, str) else len(text)
    if size > LARGEST:
        raise SourceError([Flaw(1, 1, f"{size:,} bytes is too large: the most is {LARGEST:,}")])
    words = _utf8(text) if isinstance(text, bytes) else text
    words = words.removeprefix("\ufeff")
    # JSON may be indented with tabs, which YAML refuses; inside a JSON string a tab is not legal anyway.
    return words.replace("\t", " ") if words.lstrip().startswith("{") else words


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as trouble:
        line = data.count(b"\n", 0, trouble.start) + 1
        column = trouble.start - data.rfind(b"\n", 0, trouble.start)
        raise SourceError([Flaw(line, column, "not UTF-8: save the file as UTF-8")]) from None

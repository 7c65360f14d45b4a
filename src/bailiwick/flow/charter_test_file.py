"""The files of a charter test: charters, catalogues and tools beside it, each flaw told with its file and line."""

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bailiwick.core.action_index import ActionIndex
from bailiwick.core.catalogue_form import CatalogueError, parse_catalogue
from bailiwick.core.charter import Charter, CharterError, parse_charter
from bailiwick.core.charter_test import CatalogueFile, CharterTest, CharterTestError, parse_charter_test
from bailiwick.flow.policy import ReviewedTools, read_catalogue_document
from bailiwick.flow.schema_check import SchemaCheck
from bailiwick.flow.source import Flaw, Source, SourceError, read_source
from bailiwick.ledger import canonical

LARGEST_TOOLS: Final = 8 * 1024 * 1024
ReadFile = Callable[[str], bytes]
"""A file by its path; raises OSError when it cannot be read."""


class FlawedFile(Exception):
    """A test, charter or catalogue cannot be read; `problems` holds every flaw with its place in `file`."""

    def __init__(self, file: str, problems: Sequence[Flaw]) -> None:
        super().__init__(f"{file}: {problems[0]}")
        self.file = file
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class CharterFile:
    """A charter as it stands in its file."""

    path: str
    charter: Charter
    source: Source


@dataclass(frozen=True, slots=True)
class CharterTestFile:
    """A test with everything it names; `charters` by agent, `tools` by connector."""

    path: str
    source: Source
    test: CharterTest
    charters: Mapping[str, CharterFile]
    tools: Mapping[str, ReviewedTools]


@dataclass(slots=True)
class Files:
    """Reads tests; raises `FlawedFile` for the first file with flaws. `notes` collects what could not be checked."""

    read: ReadFile
    installed: Callable[[], Sequence[ReviewedTools]] | None = None
    notes: dict[str, None] = field(default_factory=dict)

    def test(self, path: str) -> CharterTestFile:
        """The test at `path`, with the files beside it."""
        source = self._source(path, self._bytes(path, path, (1, 1)))
        try:
            test = parse_charter_test(source.document)
        except CharterTestError as error:
            raise FlawedFile(path, source.flaws(error.problems)) from None
        charters = {agent: self._charter(path, source, agent, file) for agent, file in test.agents.items()}
        return CharterTestFile(path, source, test, charters, self._tools(path, source, test))

    def _charter(self, path: str, source: Source, agent: str, wanted: str) -> CharterFile:
        at = source.locate(("agents", agent) if "agents" in source.document else ("charter",))
        file = _beside(path, wanted)
        text = self._source(file, self._bytes(path, file, at))
        try:
            return CharterFile(file, parse_charter(text.document), text)
        except CharterError as error:
            raise FlawedFile(file, text.flaws(error.problems)) from None

    def _tools(self, path: str, source: Source, test: CharterTest) -> dict[str, ReviewedTools]:
        if test.catalogues is None:
            if self.installed is None:
                flaw = Flaw(
                    1, 1, "lists no `catalogues`: add `[{file: crm.yaml, tools: crm.tools.json}]`, or name a server"
                )
                raise FlawedFile(path, [flaw])
            return {one.catalogue.connector: one for one in self.installed()}
        found: dict[str, ReviewedTools] = {}
        for one in test.catalogues:
            tools = self._catalogue(path, source, one)
            if tools.catalogue.connector in found:
                flaw = Flaw(
                    *source.locate(one.place), f"connector `{tools.catalogue.connector}` is listed twice: remove one"
                )
                raise FlawedFile(path, [flaw])
            found[tools.catalogue.connector] = tools
        return found

    def _catalogue(self, path: str, source: Source, wanted: CatalogueFile) -> ReviewedTools:
        file = _beside(path, wanted.file)
        data = self._bytes(path, file, source.locate(wanted.place))
        pinned = _pinned(data)
        if pinned:
            return _reviewed(file, Source(pinned[0], {}), pinned[1], checked=True)
        text = self._source(file, data)
        if wanted.tools is None:
            self.notes[f"{file}: no `tools` file is named, so no argument was checked against a tool's schema"] = None
            return _reviewed(file, text, _stand_ins(text.document), checked=False)
        tools = _beside(path, wanted.tools)
        return _reviewed(
            file, text, _definitions(tools, self._bytes(path, tools, source.locate(wanted.place))), checked=True
        )

    def _bytes(self, path: str, file: str, at: tuple[int, int]) -> bytes:
        try:
            return self.read(file)
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise FlawedFile(path, [Flaw(*at, f"cannot read `{file}`: {reason}")]) from None

    def _source(self, file: str, data: bytes) -> Source:
        try:
            return read_source(data)
        except SourceError as error:
            raise FlawedFile(file, error.problems) from None


def _beside(path: str, file: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), file))


def _pinned(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """A catalogue with its definitions, as the record holds it; None when the file is something else."""
    if not data.lstrip().startswith(b"{"):
        return None
    try:
        found = read_catalogue_document(data)
    except (canonical.CanonicalError, LookupError):
        return None  # JSON of another shape, or YAML that opens with a brace
    return found


def _definitions(file: str, data: bytes) -> list[dict[str, Any]]:
    """A `tools/list` answer, or its list of tools alone."""
    try:
        found = canonical.decode_strict(data, max_bytes=LARGEST_TOOLS, max_depth=64)
    except canonical.CanonicalError as error:
        raise FlawedFile(file, [Flaw(1, 1, str(error))]) from None
    tools = found.get("tools") if isinstance(found, dict) else found
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise FlawedFile(file, [Flaw(1, 1, 'is no list of tools: save the answer of `tools/list`, `{"tools": [...]}`')])
    return tools


def _stand_ins(document: Mapping[str, object]) -> list[dict[str, Any]]:
    """Definitions that take whatever the catalogue speaks of, where the real ones are not at hand."""
    actions = document.get("actions")
    forms = [form for form in actions.values() if isinstance(form, dict)] if isinstance(actions, dict) else []
    confirms = [form["confirm"] for form in forms if isinstance(form.get("confirm"), dict)]
    names = {str(form["tool"]) for form in (*forms, *confirms) if "tool" in form}
    return [{"name": name, "inputSchema": {"type": "object", "additionalProperties": True}} for name in sorted(names)]


_ANYTHING: Final = {"type": "object", "patternProperties": {"": True}}


def _reviewed(file: str, text: Source, definitions: list[dict[str, Any]], *, checked: bool) -> ReviewedTools:
    try:
        catalogue = parse_catalogue(text.document, definitions)
        reviewed = {tool["name"]: tool for tool in definitions if tool.get("name") in catalogue.tools}
        checks = {name: SchemaCheck(tool["inputSchema"] if checked else _ANYTHING) for name, tool in reviewed.items()}
    except CatalogueError as error:
        raise FlawedFile(file, text.flaws(error.problems)) from None
    except Exception as error:
        raise FlawedFile(file, [Flaw(1, 1, f"its tools cannot be used to check arguments: {error}")]) from error
    return ReviewedTools(catalogue, ActionIndex(catalogue.actions), reviewed, checks)

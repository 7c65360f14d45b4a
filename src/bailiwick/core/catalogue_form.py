"""Reading a catalogue document: every action against the tool definitions that the connector sent."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from bailiwick.core.action_name import ACTION
from bailiwick.core.catalogue import (
    ActionEntry,
    ArgumentKind,
    Before,
    Catalogue,
    Confirm,
    Effect,
    FieldClasses,
    Measure,
    MeasureKind,
    ObjectPaths,
    Scalar,
    Tool,
    Undo,
    UndoClass,
)
from bailiwick.core.catalogue_check import check_entries, tools_of
from bailiwick.core.custody import SubjectRule
from bailiwick.core.custody_form import read_subjects
from bailiwick.core.problem import Place, Problem
from bailiwick.core.reading import Reading, did_you_mean
from bailiwick.core.schema_path import schema_has, schema_names
from bailiwick.core.tier import Tier
from bailiwick.ledger import canonical

EFFECTS: Final = ("read", "write", "send", "spend")
ARGUMENT_KINDS: Final = ("authority", "content")
MEASURES: Final = ("length_of", "value_of", "constant")
UNDO: Final = ("reversible", "compensable", "irreversible", "none")
ACTION_KEYS: Final = (
    *("tool", "when", "says", "floor", "effect", "reads", "sends"),
    *("arguments", "measures", "defaults", "undo", "idempotent", "confirm", "objects", "before", "subjects"),
)
_REFERENCE: Final = re.compile(r"\$[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")


class CatalogueError(Exception):
    """A document is no catalogue; `problems` holds every reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def parse_catalogue(document: Mapping[str, object], definitions: Sequence[Mapping[str, object]]) -> Catalogue:
    """A catalogue from plain JSON data and the raw `tools/list` entries it was reviewed against.

    Raises CatalogueError with all problems at once. Tools that no action names are left out: nobody
    has reviewed them, so they stay hidden.
    """
    reading = Reading()
    top = reading.mapping(document, (), ("connector", "actions"), need=("connector", "actions"))
    connector = reading.name(top["connector"], ("connector",)) if "connector" in top else ""
    names = (definition.get("name") for definition in definitions)
    offered = {name: definition for name, definition in zip(names, definitions, strict=True) if isinstance(name, str)}
    entries = []
    # INVARIANT: in the order of the canonical document, so a text and its stored form make the same value
    for name, body in sorted(reading.mapping(top.get("actions", {}), ("actions",)).items()):
        place = ("actions", name)
        if not ACTION.fullmatch(name) or (connector and not name.startswith(connector + ".")):
            reading.wrong(place, f"`{name}` is no action of `{connector}`: write `{connector}.something`")
        form = reading.mapping(body, place, ACTION_KEYS, need=("tool", "says", "effect"))
        if isinstance(body, Mapping):
            entries.append(_ActionForm(reading, place, form, offered).entry(name))
    check_entries(reading, entries, definitions)
    if reading.problems:
        raise CatalogueError(tuple(reading.problems))
    used = {name: _tool(name, offered[name]) for name in tools_of(entries)}
    return Catalogue(connector, used, tuple(entries))


def _tool(name: str, definition: Mapping[str, object]) -> Tool:
    schema = definition.get("inputSchema")
    digest = canonical.digest(canonical.encode_any(definition))
    return Tool(name, digest, schema if isinstance(schema, Mapping) else {})


@dataclass(frozen=True, slots=True)
class _ActionForm:
    """One action's mapping while it is read."""

    reading: Reading
    place: Place
    form: Mapping[str, object]
    offered: Mapping[str, Mapping[str, object]]

    def entry(self, name: str) -> ActionEntry:
        reads = self._reads() if "reads" in self.form else None
        effect = cast(Effect, self._word("effect", EFFECTS, "write"))
        if effect == "read" and reads is None and "effect" in self.form:
            self.reading.wrong(self.place, "reads data of no named class: add `reads: internal` or a table by field")
        if effect == "send" and "sends" not in self.form:
            self.reading.wrong(self.place, "sends data of no named class: add `sends: public` or the class that leaves")
        return ActionEntry(
            name=name,
            tool=self._tool(),
            when=self._scalars("when"),
            floor=Tier.parse(self._word("floor", [tier.word for tier in Tier], "high")),
            effect=effect,
            reads=reads,
            sends=self.reading.name(self.form["sends"], (*self.place, "sends")) if "sends" in self.form else None,
            arguments=self._arguments(),
            measures=self._measures(),
            defaults=self._scalars("defaults"),
            undo=self._undo() if "undo" in self.form else Undo("none"),
            idempotent=self.reading.truth(self.form.get("idempotent", False), (*self.place, "idempotent")),
            confirm=self._confirm() if "confirm" in self.form else None,
            sentence=self.reading.prose(self.form.get("says", "x"), (*self.place, "says")),
            objects=self._objects(),
            before=self._before() if "before" in self.form else None,
            subjects=self._subjects() if "subjects" in self.form else (),
        )

    def _tool(self) -> str:
        tool = self.reading.text(self.form["tool"], (*self.place, "tool")) if "tool" in self.form else ""
        if tool:
            self._known_tool(tool, (*self.place, "tool"))
        return tool

    def _known_tool(self, tool: str, place: Place) -> None:
        if tool not in self.offered:
            hint = did_you_mean(tool, self.offered) or f": it offers {', '.join(sorted(self.offered)) or 'no tool'}"
            self.reading.wrong(place, f"the connector has no tool `{tool}`{hint}")

    def _schema(self, tool: object) -> Mapping[str, object] | None:
        definition = self.offered.get(tool) if isinstance(tool, str) else None
        schema = definition.get("inputSchema") if definition else None
        return schema if isinstance(schema, Mapping) else None

    def _path(self, path: str, place: Place, tool: object = None) -> str:
        """A path that the tool's input schema must know; an unknown tool is reported once, elsewhere."""
        tool = tool or self.form.get("tool")
        schema = self._schema(tool)
        if schema is not None and path and not schema_has(schema, path):
            names = schema_names(schema)
            hint = did_you_mean(path, names) or f": it takes {', '.join(names) or 'none'}"
            self.reading.wrong(place, f"tool `{tool}` has no argument `{path}`{hint}")
        return path

    def _word(self, key: str, known: Collection[str], usual: str) -> str:
        if key not in self.form:
            return usual
        return self._choice(self.form[key], (*self.place, key), known, usual)

    def _choice(self, value: object, place: Place, known: Collection[str], usual: str) -> str:
        word = self.reading.text(value, place)
        if word in known:
            return word
        if word:
            listed = ", ".join(known)
            self.reading.wrong(place, f"`{word}` is not one of {listed}{did_you_mean(word, known)}")
        return usual

    def _scalars(self, key: str) -> Mapping[str, Scalar]:
        place = (*self.place, key)
        found: dict[str, Scalar] = {}
        for path, value in self.reading.mapping(self.form.get(key, {}), place).items():
            at = (*place, path)
            if isinstance(value, bool):
                found[self._path(path, at)] = value
            elif isinstance(value, int | float):
                found[self._path(path, at)] = self.reading.number(value, at)
            else:
                found[self._path(path, at)] = self.reading.text(value, at)
        return found

    def _arguments(self) -> Mapping[str, ArgumentKind]:
        place = (*self.place, "arguments")
        return {
            self._path(path, (*place, path)): cast(
                ArgumentKind, self._choice(kind, (*place, path), ARGUMENT_KINDS, "authority")
            )
            for path, kind in self.reading.mapping(self.form.get("arguments", {}), place).items()
        }

    def _measures(self) -> Mapping[str, Measure]:
        place = (*self.place, "measures")
        found = {}
        for name, value in self.reading.mapping(self.form.get("measures", {}), place).items():
            at = (*place, name)
            self.reading.name(name, at)
            how = self.reading.mapping(value, at, MEASURES)
            if len(how) != 1:
                self.reading.wrong(at, "needs exactly one of `length_of`, `value_of`, `constant`")
                continue
            kind, of = next(iter(how.items()))
            if kind == "constant":
                found[name] = Measure("constant", self.reading.number(of, (*at, kind), least=0))
            elif kind in MEASURES:
                path = self.reading.text(of, (*at, kind))
                found[name] = Measure(cast(MeasureKind, kind), self._path(path, (*at, kind)))
        return found

    def _reads(self) -> FieldClasses:
        place, value = (*self.place, "reads"), self.form["reads"]
        if isinstance(value, str):
            return FieldClasses(constant=self.reading.name(value, place))
        table = self.reading.mapping(value, place, ("by", "classes", "all_when_absent"), need=("by", "classes"))
        classes = self.reading.mapping(table.get("classes", {}), (*place, "classes"))
        if "classes" in table and not classes:
            self.reading.wrong((*place, "classes"), "is empty: name each field and its class")
        return FieldClasses(
            by=self._path(self.reading.text(table["by"], (*place, "by")), (*place, "by")) if "by" in table else "",
            classes={key: self.reading.name(item, (*place, "classes", key)) for key, item in classes.items()},
            all_when_absent=self.reading.truth(table.get("all_when_absent", False), (*place, "all_when_absent")),
        )

    def _objects(self) -> Mapping[str, ObjectPaths]:
        place, found = (*self.place, "objects"), {}
        for kind, value in self.reading.mapping(self.form.get("objects", {}), place).items():
            at = (*place, self.reading.name(kind, (*place, kind)))
            paths = self.reading.mapping(value, at, ("given", "shown"))
            if not paths:
                self.reading.wrong(at, "has no ids: write `given: ids`, `shown: records.*.id`, or both")
            given = self._paths(paths.get("given", []), (*at, "given"))
            for path in given:
                self._path(path.partition(".*")[0], (*at, "given"))
            found[kind] = ObjectPaths(given, self._paths(paths.get("shown", []), (*at, "shown")))
        return found

    def _paths(self, value: object, place: Place) -> tuple[str, ...]:
        """One path or a list of them."""
        return tuple(self.reading.text(path, place) for path in (value if isinstance(value, list | tuple) else [value]))

    def _subjects(self) -> tuple[SubjectRule, ...]:
        return read_subjects(self.reading, self.form["subjects"], (*self.place, "subjects"), self._side_path)

    def _side_path(self, side: str, path: str, place: Place) -> str:
        """A path into the arguments, or into the structured result as far as the tool tells its shape."""
        if side == "arguments":
            return self._path(path, place)
        definition = self.offered.get(str(self.form.get("tool"))) or {}
        schema = definition.get("outputSchema")
        if side == "result" and isinstance(schema, Mapping) and not schema_has(schema, path):
            names = schema_names(schema)
            hint = did_you_mean(path, names) or f": it has {', '.join(names) or 'nothing'}"
            self.reading.wrong(place, f"the result of `{self.form.get('tool')}` has no `{path}`{hint}")
        return path

    def _undo(self) -> Undo:
        place = (*self.place, "undo")
        undo = self.reading.mapping(self.form["undo"], place, ("class", "with"), need=("class",))
        cls = self._choice(undo.get("class", "none"), (*place, "class"), UNDO, "none")
        action = self.reading.text(undo["with"], (*place, "with")) if "with" in undo else None
        if cls == "compensable" and action is None:
            self.reading.wrong(place, "is compensable by nothing: add `with:` and the action that makes it good")
        return Undo(cast(UndoClass, cls), action)

    def _confirm(self) -> Confirm:
        place = (*self.place, "confirm")
        keys = ("tool", "arguments", "expect")
        confirm = self.reading.mapping(self.form["confirm"], place, keys, need=keys)
        tool = self.reading.text(confirm["tool"], (*place, "tool")) if "tool" in confirm else ""
        if tool:
            self._known_tool(tool, (*place, "tool"))
        arguments = self.reading.mapping(confirm.get("arguments", {}), (*place, "arguments"))
        expect = self.reading.mapping(confirm.get("expect", {}), (*place, "expect"))
        if "expect" in confirm and not expect:
            self.reading.wrong((*place, "expect"), "expects nothing: name what the result must show")
        for path, value in arguments.items():
            self._path(path, (*place, "arguments", path), tool)
            self._reference(value, (*place, "arguments", path))
        for path, value in expect.items():
            self._reference(value, (*place, "expect", path))
        return Confirm(tool, arguments, expect)

    def _before(self) -> Before:
        place, need = (*self.place, "before"), ("tool", "arguments", "at")
        before = self.reading.mapping(self.form["before"], place, (*need, "only"), need=need)
        tool = self.reading.text(before["tool"], (*place, "tool")) if "tool" in before else ""
        if tool:
            self._known_tool(tool, (*place, "tool"))
        if self.form.get("effect") == "read":
            self.reading.wrong(place, "is for actions that change something: a read has nothing before it")
        arguments = self.reading.mapping(before.get("arguments", {}), (*place, "arguments"))
        for path, value in arguments.items():
            self._path(path, (*place, "arguments", path), tool)
            self._reference(value, (*place, "arguments", path))
        at = self.reading.text(before["at"], (*place, "at")) if "at" in before else ""
        only = (
            self._path(self.reading.text(before["only"], (*place, "only")), (*place, "only"))
            if "only" in before
            else None
        )
        return Before(tool, arguments, at, only)

    def _reference(self, value: object, place: Place) -> None:
        if isinstance(value, list | tuple):
            for at, item in enumerate(value):
                self._reference(item, (*place, at))
        if isinstance(value, str) and value.startswith("$"):
            if not _REFERENCE.fullmatch(value):
                self.reading.wrong(place, f"`{value}` is no reference: write `$ids` or `$filter.owner`")
            else:
                self._path(value[1:], place)

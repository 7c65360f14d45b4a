"""Behaviour versions as people read them: what changed in the text, and what that changed in the doing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bailiwick.core.behaviour import (
    ActionUse,
    Component,
    EffectChange,
    compare_effects,
    compare_sets,
)
from bailiwick.core.catalogue import measure
from bailiwick.core.refusal import Refusal
from bailiwick.flow.payload import decision_payloads
from bailiwick.flow.people import People
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.text_line import TextLine, difference
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row

MOST_ACTIONS = 5_000
"""Actions of one run that a comparison reads; of a longer run it compares the first."""
MOST_VERSIONS = 10_000


@dataclass(frozen=True, slots=True)
class BehaviourVersion:
    """One version: what it consists of (digests by component), how it was tested, whether it is in force."""

    digest: str
    agent: str
    number: int
    components: Mapping[str, str]
    note: str
    status: str
    registered_us: int
    registered_by: str
    registered_by_name: str
    acceptance: Mapping[str, Any] | None
    activated_us: int | None
    activated_by: str | None
    activated_by_name: str


@dataclass(frozen=True, slots=True)
class ComponentChange:
    """What became of one component, as lines."""

    key: str
    change: str
    before: str | None
    after: str | None
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class BehaviourComparison:
    """Two versions beside each other. `effects` compares their acceptance runs; `untold` says why it cannot."""

    before: BehaviourVersion | None
    after: BehaviourVersion
    components: tuple[ComponentChange, ...]
    effects: tuple[EffectChange, ...]
    untold: str | None


@dataclass(frozen=True, slots=True)
class RunVersions:
    """Every version that made a run what it was: the one answer to which prompt, charter or tool it was."""

    run: str
    behaviour: BehaviourVersion | None
    charters: tuple[str, ...]
    catalogues: tuple[str, ...]
    definitions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Behaviours:
    """Behaviour versions as of now, for whoever shows them. Blocks."""

    reader: Reader
    policies: PolicySource
    people: People

    @classmethod
    def read(cls, reader: Reader, policies: PolicySource) -> "Behaviours":
        return cls(reader, policies, People.read(reader))

    def page(
        self, agent: str, *, before: int | None = None, limit: int = 50
    ) -> tuple[list[BehaviourVersion], int | None]:
        """The versions of one agent, newest first, and the number to go on from."""
        rows = self.reader.rows("behaviour", {"agent": agent}, limit=MOST_VERSIONS)
        rows = sorted((row for row in rows if before is None or row["number"] < before), key=_number, reverse=True)
        found = [self._view(row) for row in rows[:limit]]
        return found, found[-1].number if len(rows) > limit else None

    def one(self, digest: str) -> BehaviourVersion:
        """The version of that digest; raises `Refusal` when there is none."""
        row = self.reader.row("behaviour", digest)
        if row is None:
            raise Refusal("unknown", f"no behaviour `{digest}` is registered")
        return self._view(row)

    def component(self, digest: str) -> Component:
        """A component by its digest."""
        body = self.reader.document(digest)
        document = orjson.loads(body) if body is not None else {}
        if document.keys() != {"kind", "name", "value"}:  # the documents hold charters and catalogues too
            raise Refusal("unknown", f"there is no component `{digest}`")
        return Component.from_document(document)

    def compare(self, digest: str, other: str | None = None) -> BehaviourComparison:
        """A version against `other`, or against the one in force, or the one before it."""
        after = self.one(digest)
        before = self._base(after, other)
        changes = compare_sets(before.components if before else {}, after.components)
        lines = {change.key: self._lines(change.before, change.after) for change in changes if change.change != "same"}
        components = tuple(
            ComponentChange(change.key, change.change, change.before, change.after, lines.get(change.key, ()))
            for change in changes
        )
        effects, untold = self._effects(before, after)
        return BehaviourComparison(before, after, components, effects, untold)

    def versions_of(self, run: str) -> RunVersions:
        """What a run was pinned to and what its actions were decided under."""
        row = self.reader.row("run", run)
        if row is None:
            raise Refusal("unknown", f"there is no run `{run}`")
        actions = self._actions(run)
        behaviour = self.one(row["behaviour"]) if row["behaviour"] else None
        columns = ("charter", "catalogue", "definition")
        seen = [tuple(sorted({action[column] for action in actions if action[column]})) for column in columns]
        return RunVersions(run, behaviour, *seen)

    def _base(self, after: BehaviourVersion, other: str | None) -> BehaviourVersion | None:
        if other is not None:
            found = self.one(other)
            if found.agent != after.agent:
                raise Refusal("invalid", f"`{other}` belongs to agent `{found.agent}`, not to `{after.agent}`")
            return found
        agent = self.reader.row("agent", after.agent)
        in_force = agent["behaviour"] if agent else None
        if in_force and in_force != after.digest:
            return self.one(in_force)
        earlier = self.page(after.agent, before=after.number, limit=1)[0]
        return earlier[0] if earlier else None

    def _lines(self, before: str | None, after: str | None) -> tuple[TextLine, ...]:
        return difference(*(self._text(digest) if digest else [] for digest in (before, after)))

    def _text(self, digest: str) -> list[str]:
        value = self.component(digest).value
        text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
        return text.splitlines()

    def _effects(
        self, before: BehaviourVersion | None, after: BehaviourVersion
    ) -> tuple[tuple[EffectChange, ...], str | None]:
        if after.acceptance is None:
            return (), "this version has had no acceptance run yet"
        if before is None or before.acceptance is None:
            return (), "there is no earlier acceptance run to compare with"
        first, second = (self._run_effects(version.acceptance["run"]) for version in (before, after))  # type: ignore[index]
        return compare_effects(first, second), None

    def _run_effects(self, run: str) -> list[ActionUse]:
        counts: dict[str, dict[str, int]] = {}
        events = self.reader.events(EventFilter(run=run), limit=MOST_ACTIONS * 4, ascending=True)
        asked = {name: found.value["request"] for name, found in decision_payloads(self.reader, events).items()}
        for row in self._actions(run):
            request = asked.get(row["id"]) or {"connector": "", "tool": "", "arguments": {}}
            found = counts.setdefault(row["name"] or f"{request['connector']}__{request['tool']}", {})
            found[row["verdict"]] = found.get(row["verdict"], 0) + 1
            if row["verdict"] == "allow":
                for name, size in self._sizes(row, request["arguments"]).items():
                    found[f"size {name}"] = found.get(f"size {name}", 0) + size
        return [
            ActionUse(
                action,
                found.get("allow", 0),
                found.get("ask", 0),
                found.get("deny", 0),
                {name.removeprefix("size "): size for name, size in found.items() if name.startswith("size ")},
            )
            for action, found in sorted(counts.items())
        ]

    def _sizes(self, row: Row, arguments: Mapping[str, object]) -> Mapping[str, int]:
        try:
            entry = self.policies.tools(row["catalogue"]).catalogue.action(row["name"])
        except DocumentMissing:
            return {}
        return measure(entry, arguments) if entry else {}

    def _actions(self, run: str) -> list[Row]:
        return self.reader.rows("action", {"run": run}, limit=MOST_ACTIONS, ascending=True)

    def _view(self, row: Row) -> BehaviourVersion:
        return BehaviourVersion(
            digest=row["id"],
            agent=row["agent"],
            number=row["number"],
            components=row["components"],
            note=row["note"],
            status=row["status"],
            registered_us=row["registered_us"],
            registered_by=row["registered_by"],
            registered_by_name=self.people.name(row["registered_by"]),
            acceptance=row["acceptance"],
            activated_us=row["activated_us"],
            activated_by=row["activated_by"],
            activated_by_name=self.people.name(row["activated_by"]) if row["activated_by"] else "",
        )


def _number(row: Row) -> int:
    return int(row["number"])

"""Who may, what may they do, and on what: the searches of the AuthZEN Authorization API 1.0 (section 8).

With arguments each candidate is decided exactly. Without, a candidate is found when some call of the action would be
permitted now as far as that does not depend on arguments (see `loosest`), so that no result is a surprise of the
charter; with `askable` also when people's consent is all that would be missing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bailiwick.core.catalogue import ActionEntry, Catalogue
from bailiwick.core.verdict import Allow, Ask, Deny, DenyCode
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.decide_action import DecideAction, StaleVersion
from bailiwick.flow.evaluation import (
    AGENT_TYPES,
    CALL,
    CONNECTOR,
    MOST_TRIES,
    SEPARATOR,
    TOOL,
    AccessQuestion,
    Entity,
    NothingToDecide,
    evaluate,
    prepared,
)
from bailiwick.flow.glimpse import Glimpse
from bailiwick.flow.loosest import least_arguments, loosest
from bailiwick.flow.policy import PolicySource
from bailiwick.ports.reader import Reader

MOST_TRIED: Final = 1_000
"""Candidates that one request looks at; a page may therefore be short, or empty, and still have a next one."""
_AGENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the results have in common; `arguments` None asks about all calls, `only` narrows subjects to one."""

    arguments: Mapping[str, object] | None
    run: str | None
    askable: bool = False
    only: str | None = None
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class FoundNames:
    """One page of names in order; `after` is the name to go on from, None when there is nothing left."""

    names: tuple[str, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class AccessSearch:
    """Searches over the installation as it stands at the glimpse's moment."""

    reader: Reader
    shelf: Glimpse
    policies: PolicySource
    wanted: Wanted
    limit: int
    after: str | None = None

    def subjects(self, kind: str, action: str, resource: Entity) -> FoundNames:
        """Agents that may do `action` on `resource`."""
        names = self._agents() if kind in AGENT_TYPES else iter(())
        return self._page(names, lambda name: self._may(Entity(kind, name), action, resource))

    def resources(self, subject: Entity, action: str, kind: str) -> FoundNames:
        """Tools or connectors that `subject` may do `action` on."""
        names = {TOOL: self._tools, CONNECTOR: self._connectors}.get(kind)
        return self._page(names() if names else iter(()), lambda name: self._may(subject, action, Entity(kind, name)))

    def actions(self, subject: Entity, resource: Entity) -> FoundNames:
        """Catalogued actions that `subject` may do on `resource`."""
        _, entries = self._entries(CALL, resource)
        names = sorted(entry.name for entry in entries)
        return self._page(iter(names), lambda name: self._may(subject, name, resource))

    def _page(self, names: Iterator[str], may: Callable[[str], bool]) -> FoundNames:
        found: list[str] = []
        tried, last = 0, self.after
        for name in names:
            if self.after is not None and name <= self.after:
                continue
            if len(found) == self.limit or tried == MOST_TRIED:
                return FoundNames(tuple(found), last or "")
            tried, last = tried + 1, name
            if may(name):
                found.append(name)
        return FoundNames(tuple(found), None)

    def _agents(self) -> Iterator[str]:
        if self.wanted.only is not None:
            yield self.wanted.only
            return
        before = self.after
        while rows := self.reader.rows("agent", before=before, limit=_AGENTS, ascending=True):
            yield from (row["id"] for row in rows)
            before = rows[-1]["id"]

    def _connectors(self) -> Iterator[str]:
        return iter(sorted(self.policies.connectors()))

    def _tools(self) -> Iterator[str]:
        connectors = self.policies.connectors()
        return iter(sorted(f"{name}{SEPARATOR}{tool}" for name in connectors for tool in self._catalogue(name).tools))

    def _catalogue(self, connector: str) -> Catalogue:
        reviewed = reviewed_tools(self.policies, self.policies.catalogue_in_force(connector))
        return reviewed.catalogue if reviewed else Catalogue(connector, {}, ())

    def _may(self, subject: Entity, action: str, resource: Entity) -> bool:
        question = AccessQuestion(subject, action, resource, {}, self.wanted.run, epoch=self.wanted.epoch)
        try:
            if self.wanted.arguments is not None:
                return self._exactly(replace(question, arguments=self.wanted.arguments))
            connector, entries = self._entries(action, resource)
            return any(self._at_all(question, connector, entry) for entry in entries)
        except NothingToDecide:
            return False

    def _exactly(self, question: AccessQuestion) -> bool:
        tools = [question.resource]
        if question.resource.type == CONNECTOR and question.action == CALL:
            connector = question.resource.id
            tools = [Entity(TOOL, f"{connector}{SEPARATOR}{tool}") for tool in self._catalogue(connector).tools]
        answers = (evaluate(replace(question, resource=tool), self.shelf, self.policies) for tool in tools)
        return any(answer.permitted or (self.wanted.askable and answer.askable) for answer in answers)

    def _entries(self, action: str, resource: Entity) -> tuple[str, list[ActionEntry]]:
        """The connector of a resource, and its catalogued actions that `action` can mean there."""
        connector, _, tool = resource.id.partition(SEPARATOR) if resource.type == TOOL else (resource.id, "", "")
        entries = self._catalogue(connector).actions if resource.type in (TOOL, CONNECTOR) else ()
        named = [entry for entry in entries if action in (CALL, entry.name)]
        return connector, [entry for entry in named if resource.type == CONNECTOR or entry.tool == tool]

    def _at_all(self, question: AccessQuestion, connector: str, entry: ActionEntry) -> bool:
        tool = Entity(TOOL, f"{connector}{SEPARATOR}{entry.tool}")
        asked = replace(question, resource=tool, action=entry.name, arguments=least_arguments(entry))
        for _ in range(MOST_TRIES):
            call = loosest(prepared(asked, self.shelf, self.policies), entry)
            if call is None:
                return False
            try:
                verdict = DecideAction(call).judged(self.shelf).verdict
            except StaleVersion:
                self.policies.forget()
                continue
            refused = isinstance(verdict, Deny) and verdict.code is DenyCode.REFUSED  # one call was, others may not be
            return isinstance(verdict, Allow) or (self.wanted.askable and (isinstance(verdict, Ask) or refused))
        return False

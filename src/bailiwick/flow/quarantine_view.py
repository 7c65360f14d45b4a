"""Tools in quarantine as whoever reviews them sees them: what changed, what it suspends, what accepting it would do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter
from bailiwick.core.publish_check import check
from bailiwick.core.refusal import Refusal
from bailiwick.flow.acceptance import accepted_catalogue
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.definition import ArgumentChange, Definition, argument_changes, other_parts
from bailiwick.flow.policy import DocumentMissing, PolicySource, ReviewedTools, read_tools
from bailiwick.flow.quarantine import TABLE
from bailiwick.flow.source import SourceError
from bailiwick.flow.text_line import TextLine, difference
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row


@dataclass(frozen=True, slots=True)
class SuspendedGrant:
    """What a charter grants and nobody can use while the tool is in quarantine."""

    charter: str
    action: str


@dataclass(frozen=True, slots=True)
class ToolReview:
    """One tool in quarantine. `before` is the reviewed definition and `after` what is offered now, if there is any.

    `problems` stand against accepting it under the catalogue as it is; `consequences` are what the charters in force
    would then say that cannot be meant. A tool without `pinned` was never reviewed: accepting it notes that it stays
    hidden. `digest` is what an acceptance must name, None when there is nothing to accept.
    """

    connector: str
    tool: str
    change: str
    sentence: str
    since_us: int
    seen_us: int
    pinned: str | None
    digest: str | None
    before: Definition | None
    after: Definition | None
    lines: tuple[TextLine, ...]
    arguments: tuple[ArgumentChange, ...]
    parts: tuple[str, ...]
    actions: tuple[str, ...]
    suspended: tuple[SuspendedGrant, ...]
    problems: tuple[str, ...]
    consequences: tuple[str, ...]


def tool_reviews(reader: Reader, policies: PolicySource, connector: str) -> tuple[ToolReview, ...]:
    """Everything of a connector that waits for a review: reviewed tools first, then new ones, by name."""
    row = reader.row("connector", connector)
    rows = reader.rows(TABLE, {"connector": connector}, limit=10_000, ascending=True)
    if row is None or not rows:
        return ()
    looking = _Looking(row, policies, reviewed_tools(policies, row["catalogue"]), tuple(_charters(reader, policies)))
    found = [looking.review(one) for one in rows]
    return tuple(sorted(found, key=lambda review: (review.pinned is None, review.tool)))


def suspended_grants(reader: Reader, policies: PolicySource, charter: str) -> tuple[ToolReview, ...]:
    """The reviews that a charter's grants wait for."""
    connectors = sorted({row["connector"] for row in reader.rows(TABLE, limit=10_000)})
    reviews = [review for connector in connectors for review in tool_reviews(reader, policies, connector)]
    return tuple(review for review in reviews if any(grant.charter == charter for grant in review.suspended))


def _charters(reader: Reader, policies: PolicySource) -> Iterator[Charter]:
    for head in reader.rows("charter", limit=10_000, ascending=True):
        try:
            yield policies.policy(head["digest"], "").charter
        except DocumentMissing:
            continue


@dataclass(frozen=True, slots=True)
class _Looking:
    connector: Row
    policies: PolicySource
    reviewed: ReviewedTools | None
    charters: tuple[Charter, ...]

    def review(self, row: Row) -> ToolReview:
        tool = row["tool"]
        before = self.reviewed.definitions.get(tool) if self.reviewed else None
        after: Mapping[str, Any] | None = orjson.loads(row["definition"]) if row["definition"] else None
        actions = self._actions(tool)
        problems, catalogue = self._accepting(row, after)
        return ToolReview(
            **{
                name: row[name] for name in ("connector", "tool", "change", "sentence", "since_us", "seen_us", "pinned")
            },
            digest=row["offered"],
            before=before,
            after=after,
            lines=difference(_text(before), _text(after)),
            arguments=argument_changes(before, after) if before and after else (),
            parts=other_parts(before, after) if before and after else (),
            actions=actions,
            suspended=tuple(self._suspended(actions)),
            problems=problems,
            consequences=tuple(self._consequences(catalogue)) if catalogue else (),
        )

    def _actions(self, tool: str) -> tuple[str, ...]:
        """The actions of the tool, and those that are read back with it."""
        entries = self.reviewed.catalogue.actions if self.reviewed else ()
        return tuple(
            entry.name for entry in entries if tool in (entry.tool, entry.confirm.tool if entry.confirm else None)
        )

    def _suspended(self, actions: tuple[str, ...]) -> Iterator[SuspendedGrant]:
        for charter in self.charters:
            for grant in charter.grants:
                if grant.action in actions:
                    yield SuspendedGrant(charter.name, grant.action)

    def _accepting(self, row: Row, after: Definition | None) -> tuple[tuple[str, ...], Catalogue | None]:
        """What stands against pinning the tool as it is now, or the catalogue that would then be in force."""
        if row["offered"] is None or after is None or self.reviewed is None:
            return (), None
        others = [one for name, one in self.reviewed.definitions.items() if name != row["tool"]]
        try:
            accepted = {row["tool"]: row["offered"]}
            found = accepted_catalogue(self.connector, self.reviewed, [*others, after], accepted)
            return (), read_tools(found.body).catalogue
        except SourceError as error:
            return tuple(flaw.message for flaw in error.problems), None
        except Refusal as error:
            return (error.sentence,), None

    def _consequences(self, catalogue: Catalogue) -> Iterator[str]:
        now = catalogues_in_force(self.policies)
        then = now | {catalogue.connector: catalogue}
        for charter in self.charters:
            known = {problem.message for problem in check(charter, list(now.values()))}
            for problem in check(charter, list(then.values())):
                if problem.severity == "error" and problem.message not in known:
                    yield f"charter `{charter.name}`: {problem.message}"


def _text(definition: Definition | None) -> list[str]:
    """A definition as lines, its keys in order, so that only what differs shows as a difference."""
    if definition is None:
        return []
    return orjson.dumps(dict(definition), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode().splitlines()

"""A charter as people read it: plain sentences beside the YAML line that makes each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from bailiwick.core.catalogue import ActionEntry, Catalogue
from bailiwick.core.charter import Charter
from bailiwick.core.grant_lint import lint_peers
from bailiwick.core.plain import plain, plain_promises, scope
from bailiwick.core.publish_check import check
from bailiwick.core.tier import Tier
from bailiwick.flow.people import People, is_solo
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.responsibility import day_of, grant_problems
from bailiwick.flow.source import Flaw, Source, read_charter, read_source
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

PromiseKind = Literal["low", "medium", "high", "never"]
_KINDS: Final[Mapping[Tier, PromiseKind]] = {
    Tier.LOW: "low",
    Tier.MEDIUM: "medium",
    Tier.HIGH: "high",
    Tier.NEVER: "never",
}


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence of a charter; `kind` is the tier it starts at, `line` where the YAML says it (0: no one line)."""

    kind: PromiseKind
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class CharterText:
    """A charter's text read against the catalogues in force: what it says, and what stands against publishing it."""

    name: str
    purpose: str
    workflow: str
    digest: str
    scope: str
    may: tuple[str, ...]
    may_not: tuple[str, ...]
    bounds: tuple[str, ...]
    promises: tuple[Promise, ...]
    problems: tuple[Flaw, ...]
    charter: Charter


@dataclass(frozen=True, slots=True)
class CharterView:
    """The version of a charter in force, with the agents that work under it; `proposed` awaits a second person."""

    name: str
    version: int
    digest: str
    workflow: str
    owner: str
    backup: str
    review_by: str
    published_us: int
    published_by: str
    published_by_name: str
    agents: tuple[str, ...]
    proposed: int | None
    source: str
    text: CharterText


def catalogues_in_force(policies: PolicySource) -> dict[str, Catalogue]:
    """Every reviewed catalogue, by connector."""
    found = {}
    for connector in policies.connectors():
        try:
            found[connector] = policies.tools(policies.catalogue_in_force(connector)).catalogue
        except DocumentMissing:
            continue
    return found


def read_text(text: str, catalogues: Mapping[str, Catalogue], people: People | None) -> CharterText:
    """What a charter's text says; raises `SourceError` when it is no charter. `people` None leaves out who approves."""
    charter, _, digest = read_charter(text)
    source = read_source(text)
    entries = [entry for catalogue in catalogues.values() for entry in catalogue.actions]
    candidates = people.by_address() if people else None
    words = plain(charter, entries)
    return CharterText(
        name=charter.name,
        purpose=charter.purpose,
        workflow=charter.workflow,
        digest=digest,
        scope=scope(charter, entries),
        may=words.may,
        may_not=words.may_not,
        bounds=words.bounds,
        promises=_promises(charter, source, entries),
        problems=source.flaws(check(charter, list(catalogues.values()), candidates)),
        charter=charter,
    )


def check_text(text: str, reader: Reader, policies: PolicySource, now_us: int) -> CharterText:
    """A text as it would be published now; raises `SourceError` when it cannot be read at all."""
    people = None if is_solo(reader) else People.read(reader)
    found = read_text(text, catalogues_in_force(policies), people)
    connectors = {row["id"]: row for row in reader.rows("connector", limit=1000)}
    peers = [read_charter(head["source"])[0] for head in reader.rows("charter", limit=1000)]
    more = [*grant_problems(found.charter, connectors, day_of(now_us)), *lint_peers(found.charter, peers)]
    barred = read_source(text).flaws(more)
    return replace(found, problems=tuple(sorted((*found.problems, *barred))))


def charter_view(reader: Reader, policies: PolicySource, name: str) -> CharterView | None:
    """The charter of that name in force."""
    head = reader.row("charter", name)
    return None if head is None else _view(reader, head, catalogues_in_force(policies), People.read(reader))


def charter_views(
    reader: Reader, policies: PolicySource, *, after: str | None = None, limit: int = 50
) -> tuple[list[CharterView], str | None]:
    """Charters in force by name, and the cursor of the page after these."""
    heads = reader.rows("charter", before=after, limit=limit + 1, ascending=True)
    catalogues, people = catalogues_in_force(policies), People.read(reader)
    views = [_view(reader, head, catalogues, people) for head in heads[:limit]]
    return views, heads[limit - 1]["id"] if len(heads) > limit else None


def _view(reader: Reader, head: Row, catalogues: Mapping[str, Catalogue], people: People) -> CharterView:
    text = read_text(head["source"], catalogues, None)
    next_version = reader.row("charter_version", f"{head['id']}@{head['version'] + 1:06}")
    agents = reader.rows("agent", {"charter": head["id"]}, limit=1000, ascending=True)
    names = ("version", "digest", "workflow", "owner", "backup", "published_us", "published_by", "source")
    return CharterView(
        **{name: head[name] for name in names},
        name=head["id"],
        review_by=text.charter.owner.review_by,
        published_by_name=people.name(head["published_by"]),
        agents=tuple(agent["id"] for agent in agents if agent["status"] == "active"),
        proposed=next_version["version"] if next_version and next_version["status"] == "proposed" else None,
        text=text,
    )


def _promises(charter: Charter, source: Source, entries: Sequence[ActionEntry]) -> tuple[Promise, ...]:
    return tuple(
        Promise(_KINDS[one.kind], one.text, source.locate(one.place)[0]) for one in plain_promises(charter, entries)
    )

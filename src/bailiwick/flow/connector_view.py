"""A connector as people see it, and its tools: which are reviewed, which are hidden, which have changed since."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bailiwick.core.catalogue import ActionEntry
from bailiwick.flow.definition import definition_digest
from bailiwick.flow.fact import DAY_US
from bailiwick.flow.policy import DocumentMissing, PolicySource, ReviewedTools
from bailiwick.flow.quarantine import TABLE
from bailiwick.flow.responsibility import day_of, ungrantable
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

ToolState = Literal["reviewed", "quarantined", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """One connector's settings. `secret_expires_us` is when its credential grows too old and its actions stop.

    `ungrantable` says why nothing of it can be granted now, `held` how many reviewed tools are in quarantine.
    """

    name: str
    transport: Literal["http", "stdio"]
    url: str | None
    command: tuple[str, ...]
    environment: Mapping[str, str]
    scope: Literal["shared", "per_run"]
    vendor: str
    responsible: str
    data_terms: str
    review_by: str
    ungrantable: str | None
    secret_set_us: int | None
    secret_expires_us: int | None
    secret_max_age_days: int
    catalogue: str | None
    reviewed: int
    actions: int
    held: int
    halted: bool
    added_us: int


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action that the catalogue cuts out of a tool.

    `reads` are the data classes it can show, `sends` the one that leaves, `arguments` the kind of each argument that
    has one, `read_back` the tool that verifies its effect.
    """

    name: str
    says: str
    floor: str
    effect: str
    undo: str
    undo_with: str | None
    idempotent: bool
    when: Mapping[str, Any]
    reads: tuple[str, ...]
    sends: str | None
    arguments: Mapping[str, str]
    measures: tuple[str, ...]
    read_back: str | None


@dataclass(frozen=True, slots=True)
class ToolView:
    """One tool. Only a `reviewed` one can be used; a `changed` or `gone` one was, and waits for a review.

    `digest` is of the definition the connector sends now (None: it sends it no more), `pinned` of the reviewed one.
    """

    name: str
    state: ToolState
    description: str
    digest: str | None
    pinned: str | None
    input_schema: Mapping[str, Any]
    actions: tuple[ActionLine, ...]


def connector_view(reader: Reader, policies: PolicySource, name: str, now_us: int) -> ConnectorView | None:
    """The connector of that name."""
    row = reader.row("connector", name)
    return _view(reader, policies, row, now_us) if row else None


def connector_views(
    reader: Reader, policies: PolicySource, now_us: int, *, after: str | None = None, limit: int = 50
) -> tuple[list[ConnectorView], str | None]:
    """Connectors by name, and the cursor of the page after these."""
    rows = reader.rows("connector", before=after, limit=limit + 1, ascending=True)
    views = [_view(reader, policies, row, now_us) for row in rows[:limit]]
    return views, rows[limit - 1]["id"] if len(rows) > limit else None


def reviewed_tools(policies: PolicySource, catalogue: str | None) -> ReviewedTools | None:
    """The tools of a catalogue version, if there is one."""
    if not catalogue:
        return None
    try:
        return policies.tools(catalogue)
    except DocumentMissing:
        return None


def tool_views(
    definitions: Sequence[Mapping[str, Any]], reviewed: ReviewedTools | None, held: Collection[str] = ()
) -> tuple[ToolView, ...]:
    """What the connector offers now, beside what was reviewed, by name; those `held` in quarantine count as changed."""
    pinned = reviewed.catalogue.tools if reviewed else {}
    found = []
    for definition in definitions:
        name = str(definition.get("name", ""))
        digest, known = definition_digest(definition), pinned.get(name)
        state: ToolState = "quarantined"
        if known is not None:
            state = "reviewed" if known.definition_digest == digest and name not in held else "changed"
        found.append(_tool(name, state, definition, digest, known.definition_digest if known else None, reviewed))
    offered = {view.name for view in found}
    for name, tool in pinned.items():
        if name not in offered:
            definition = reviewed.definitions[name] if reviewed else {}
            found.append(_tool(name, "gone", definition, None, tool.definition_digest, reviewed))
    return tuple(sorted(found, key=lambda view: view.name))


def held_tools(reader: Reader, connector: str) -> tuple[str, ...]:
    """The tools of a connector that are in quarantine, new ones among them."""
    return tuple(row["tool"] for row in reader.rows(TABLE, {"connector": connector}, limit=10_000, ascending=True))


def _tool(
    name: str,
    state: ToolState,
    definition: Mapping[str, Any],
    digest: str | None,
    pinned: str | None,
    reviewed: ReviewedTools | None,
) -> ToolView:
    actions = reviewed.catalogue.actions if reviewed else ()
    schema = definition.get("inputSchema")
    return ToolView(
        name=name,
        state=state,
        description=str(definition.get("description") or definition.get("title") or ""),
        digest=digest,
        pinned=pinned,
        input_schema=schema if isinstance(schema, Mapping) else {},
        actions=tuple(_line(entry) for entry in actions if entry.tool == name),
    )


def _line(entry: ActionEntry) -> ActionLine:
    reads = entry.reads
    classes = {reads.constant} if reads and reads.constant else set(reads.classes.values()) if reads else set()
    return ActionLine(
        name=entry.name,
        says=entry.sentence,
        floor=entry.floor.word,
        effect=entry.effect,
        undo=entry.undo.cls,
        undo_with=entry.undo.with_action,
        idempotent=entry.idempotent,
        when=dict(entry.when),
        reads=tuple(sorted(classes)),
        sends=entry.sends,
        arguments=dict(sorted(entry.arguments.items(), key=lambda pair: pair[1])),  # authority before content
        measures=tuple(entry.measures),
        read_back=entry.confirm.tool if entry.confirm else None,
    )


def _view(reader: Reader, policies: PolicySource, row: Row, now_us: int) -> ConnectorView:
    reviewed = reviewed_tools(policies, row["catalogue"])
    names = ("transport", "url", "environment", "scope", "vendor", "responsible", "data_terms", "review_by")
    more = ("secret_set_us", "secret_max_age_days", "catalogue", "added_us")
    set_us = row["secret_set_us"]
    return ConnectorView(
        **{name: row[name] for name in names + more},
        name=row["id"],
        command=tuple(row["command"]),
        secret_expires_us=None if set_us is None else set_us + row["secret_max_age_days"] * DAY_US,
        reviewed=len(reviewed.catalogue.tools) if reviewed else 0,
        actions=len(reviewed.catalogue.actions) if reviewed else 0,
        held=len([tool for tool in held_tools(reader, row["id"]) if reviewed and tool in reviewed.catalogue.tools]),
        ungrantable=ungrantable(row, day_of(now_us)),
        halted=reader.row("halt", f"connector:{row['id']}") is not None,
    )

"""Connectors, their tools and their catalogue."""

from typing import Annotated, Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import WHOLE, Digest, Incoming, Micros, Outgoing


class ConnectorBody(Outgoing):
    """One connector's settings; its secret is never shown, only when it was set and when it grows too old.

    `ungrantable` says why nothing of it can be granted now, `held` how many reviewed tools are in quarantine.
    """

    name: str
    transport: Literal["http", "stdio"]
    url: str | None
    command: list[str]
    environment: dict[str, str]
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
    added_us: Micros


class ConnectorSettings(Incoming):
    """A connector whole: `url` belongs to `http`, `command` and `environment` (no secrets) to `stdio`."""

    transport: Literal["http", "stdio"]
    url: str | None = Field(None, max_length=2000, examples=["http://127.0.0.1:9001/mcp"])
    command: list[str] = Field(default_factory=list, max_length=64)
    environment: dict[str, str] = Field(default_factory=dict)
    scope: Literal["shared", "per_run"] = "shared"
    vendor: str = Field(min_length=1, max_length=200, examples=["Acme"])
    responsible: str = Field(min_length=1, max_length=200, examples=["it-ops@acme.example"])
    data_terms: str = Field("internal system", max_length=500)
    review_by: str = Field("", max_length=40, examples=["2027-02-01"])
    secret_max_age_days: Annotated[int, Field(ge=1, le=3650), WHOLE] = 90


class NextReview(Incoming):
    """The day by which somebody looks at the connector again."""

    next: str = Field(min_length=1, max_length=40, examples=["2027-02-01"])


class Secrets(Incoming):
    """New credentials by name: `bearer` for an http connector, environment variables for a stdio one."""

    values: dict[str, str] = Field(min_length=1, max_length=16, examples=[{"bearer": "s3cr3t-of-acme"}])


class ActionOfToolBody(Outgoing):
    """One action that the catalogue cuts out of a tool."""

    name: str
    says: str
    floor: str
    effect: str
    undo: str
    undo_with: str | None
    idempotent: bool
    when: dict[str, Any]
    reads: list[str]
    sends: str | None
    arguments: dict[str, Literal["authority", "content"]]
    measures: list[str]
    read_back: str | None


class ToolBody(Outgoing):
    """A tool; only a `reviewed` one can be used. `quarantined` was never reviewed; `changed` and `gone` ones were."""

    name: str
    state: Literal["reviewed", "quarantined", "changed", "gone"]
    description: str
    digest: str | None
    pinned: str | None
    input_schema: dict[str, Any]
    actions: list[ActionOfToolBody]


class ToolsBody(Outgoing):
    """What the connector offers now, and a catalogue text to start from."""

    items: list[ToolBody]
    draft: str


class CatalogueTextBody(Outgoing):
    """The catalogue in force as IT wrote it."""

    connector: str
    digest: Digest
    source: str


class CatalogueSource(Incoming):
    """A catalogue's YAML text, read against what the connector offers now; a changed tool only if it is in `accept`."""

    source: str = Field(min_length=1, max_length=262_144)
    note: str = Field("", max_length=2000, description="What was found in the tools to accept")
    accept: dict[str, Digest] = Field(default_factory=dict, description="Changed tools, each with what it is now")


class ImportedCatalogueBody(Outgoing):
    """What is in force now; `quarantined` tools are named by no action and stay hidden.

    `held` tools are reviewed and changed since: they stay stopped until somebody has accepted what they have become.
    """

    connector: str
    digest: Digest
    reviewed: list[str]
    quarantined: list[str]
    held: list[str]


class AcceptedTools(Incoming):
    """Tools that changed, each with the digest of the definition that was looked at, and what was found."""

    accept: dict[str, Digest] = Field(min_length=1, max_length=200)
    note: str = Field(min_length=1, max_length=2000, examples=["a new argument for copies, which stays optional"])


class ArgumentChangeBody(Outgoing):
    """One argument that the input schema gained, lost or describes otherwise."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    required: bool


class SuspendedGrantBody(Outgoing):
    """What a charter grants and nobody can use meanwhile."""

    charter: str
    action: str


class ToolReviewBody(Outgoing):
    """A tool in quarantine: `before` as it was reviewed, `after` as it is offered now.

    `digest` goes into `accept`; without one there is nothing to accept. `problems` stand against accepting it under
    the catalogue as it is, `consequences` are what charters in force would then say that cannot be meant.
    """

    connector: str
    tool: str
    change: Literal["changed", "gone", "appeared", "twice", "back"]
    sentence: str
    since_us: Micros
    seen_us: Micros
    pinned: str | None
    digest: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    arguments: list[ArgumentChangeBody]
    parts: list[str]
    actions: list[str]
    suspended: list[SuspendedGrantBody]
    problems: list[str]
    consequences: list[str]

"""Grants: how long they were not used, the table of roles and actions, and charters without some of their grants."""

from typing import Literal

from pydantic import Field

from bailiwick.api.wire.base import Incoming, Micros, Outgoing, ProblemBody
from bailiwick.api.wire.charter import PlainTextBody

Risk = Literal["low", "medium", "high", "never"]


class GrantUseBody(Outgoing):
    """One grant. `new` is younger than the days asked for, so it is too new to tell; `since_us` says since when."""

    charter: str
    action: str
    says: str
    tier: Risk
    line: int
    state: Literal["used", "unused", "new"]
    since_us: Micros
    last_us: Micros | None
    refused_us: Micros | None


class UngrantedActionBody(Outgoing):
    """An action that nobody is granted; `prohibited` by so many charters."""

    connector: str
    tool: str
    action: str
    says: str
    floor: Risk
    effect: Literal["read", "write", "send", "spend"]
    prohibited: int


class UngrantedToolBody(Outgoing):
    """A reviewed tool of which no charter grants anything: its connector's credential reaches too far."""

    connector: str
    tool: str
    total: int
    actions: list[UngrantedActionBody]


class GrantUseReportBody(Outgoing):
    """Every grant of the charters in force, and the tools that no charter grants."""

    at_us: Micros
    days: int
    grants: list[GrantUseBody]
    tools: list[UngrantedToolBody]


class Trimming(Incoming):
    """Which grants to take out."""

    actions: list[str] = Field(min_length=1, max_length=500, examples=[["crm.campaign.read"]])


class TrimmedBody(Outgoing):
    """The charter's text without those grants, and what stands against publishing it. Nothing is stored."""

    source: str
    publishable: bool
    problems: list[ProblemBody]
    text: PlainTextBody


class MatrixActionBody(Outgoing):
    """A column: an action with the least risk that IT allows anybody to give it."""

    name: str
    connector: str
    tool: str
    says: str
    floor: Risk
    effect: Literal["read", "write", "send", "spend"]
    undo: Literal["reversible", "compensable", "irreversible", "none"]


class MatrixCellBody(Outgoing):
    """What one charter says of one action: the risk of its smallest and its largest call."""

    action: str
    kind: Literal["low", "medium", "high", "never", "unlisted"]
    most: Literal["low", "medium", "high", "never", "unlisted"]
    by_size: bool
    limits: int
    sentence: str


class MatrixRowBody(Outgoing):
    """A charter with a cell for each action, in the order of `actions`."""

    charter: str
    version: int
    workflow: str
    agents: list[str]
    cells: list[MatrixCellBody]


class MatrixBody(Outgoing):
    """Every charter in force against every action."""

    actions: list[MatrixActionBody]
    rows: list[MatrixRowBody]

"""Connectors: the systems agents act on, and what IT knows of each tool."""

from dataclasses import dataclass

from bailiwick.web.view import ONE_PAGE, Detail, Pager


@dataclass(frozen=True)
class ConnectorRow:
    """A line of the list; `state` is up, down, halted or unchecked."""

    name: str
    transport: str
    responsible: str
    state: str
    reviewed: int
    quarantined: int
    trouble: str = ""
    seen_us: int = 0


@dataclass(frozen=True)
class ServerRow:
    """A server of this installation; `state` is live, silent, stopped or lost."""

    address: str
    state: str
    version: str
    started_us: int
    beat_us: int
    open_actions: int
    answered: bool = False


@dataclass(frozen=True)
class ConnectorList:
    """Every system an agent could reach through Bailiwick, and the servers through which it does."""

    rows: tuple[ConnectorRow, ...]
    pages: Pager = ONE_PAGE
    servers: tuple[ServerRow, ...] = ()


@dataclass(frozen=True)
class ActionRow:
    """One action the catalogue cuts out of a tool; `notes` are about its arguments, `data` what it shows or sends."""

    name: str
    says: str
    floor: str
    effect: str
    undo: str
    notes: str = ""
    data: str = ""


@dataclass(frozen=True)
class ToolCard:
    """A tool of a connector; `state` is reviewed, quarantined, changed or gone. Only a reviewed one can be used."""

    name: str
    state: str
    description: str
    digest: str
    actions: tuple[ActionRow, ...]


@dataclass(frozen=True)
class ConnectorScreen:
    """One connector; `held` counts what waits for a review, `ungrantable` says why nothing of it can be granted."""

    row: ConnectorRow
    details: tuple[Detail, ...]
    tools: tuple[ToolCard, ...]
    held: int = 0
    ungrantable: str = ""

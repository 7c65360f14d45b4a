"""Grants: the table of roles and actions, what nobody uses, and a charter without it."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Choice, Form


@dataclass(frozen=True)
class ColumnHead:
    """One action: its name without the connector's, what it is called, and the least risk IT allows for it."""

    name: str
    short: str
    says: str
    floor: str
    effect: str


@dataclass(frozen=True)
class ColumnGroup:
    """The actions of one connector."""

    connector: str
    columns: tuple[ColumnHead, ...]


@dataclass(frozen=True)
class CellView:
    """What a charter says of an action: the risk of its smallest call, and of its largest where that differs."""

    kind: str
    most: str
    words: str
    href: str

    @property
    def by_size(self) -> bool:
        """Whether a larger call is riskier."""
        return self.kind != self.most


@dataclass(frozen=True)
class MatrixLine:
    """A charter with its cells, in the order of the columns."""

    charter: str
    agents: tuple[str, ...]
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class MatrixScreen:
    """The table, narrowed by the form; `query` narrows the exports alike."""

    form: Form
    connectors: tuple[Choice, ...]
    charters: tuple[Choice, ...]
    groups: tuple[ColumnGroup, ...]
    lines: tuple[MatrixLine, ...]
    query: str = ""
    command: str = "bailiwick charter matrix"

    @property
    def columns(self) -> tuple[ColumnHead, ...]:
        """Every column, without its group."""
        return tuple(column for group in self.groups for column in group.columns)


@dataclass(frozen=True)
class GrantRow:
    """One grant; `state` is used, unused or new. The times are 0 for never."""

    action: str
    says: str
    tier: str
    line: int
    state: str
    since_us: int
    last_us: int
    refused_us: int


@dataclass(frozen=True)
class CharterUse:
    """The grants of one charter that are shown; `unused` are those that can be taken out."""

    charter: str
    rows: tuple[GrantRow, ...]
    unused: int
    total: int


@dataclass(frozen=True)
class ToolUse:
    """A tool that no charter grants; `actions` with their floors, `prohibited` when some charter forbids them."""

    connector: str
    tool: str
    actions: tuple[tuple[str, str], ...]
    prohibited: bool


@dataclass(frozen=True)
class UnusedScreen:
    """What was not used for `days` days; `barred` says why this person cannot publish the change."""

    form: Form
    days: int
    charters: tuple[CharterUse, ...]
    tools: tuple[ToolUse, ...]
    total: int
    new: int


@dataclass(frozen=True)
class TrimScreen:
    """One charter without some grants, to be looked at before it is published. `lines` are (change, text) pairs.

    `relation` is how it compares with the version in force.
    """

    charter: str
    number: int
    actions: tuple[str, ...]
    source: str
    sentences: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    relation: str = "narrower"
    problems: tuple[tuple[int, str], ...] = ()
    barred: str = ""
    form: Form = BLANK

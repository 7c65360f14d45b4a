"""Who may do what, at a glance: every charter in force against every action of every catalogue."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter, covers
from bailiwick.core.plain import grant_sentence
from bailiwick.core.tier import FixedTier, Tier, raised, reachable
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.policy import PolicySource
from bailiwick.ports.reader import Reader

CellKind = Literal["low", "medium", "high", "never", "unlisted"]
MOST: int = 1_000


@dataclass(frozen=True, slots=True)
class MatrixAction:
    """A column: one action of a connector, with the least risk that IT allows anybody to give it."""

    name: str
    connector: str
    tool: str
    says: str
    floor: str
    effect: str
    undo: str


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What one charter says of one action. `kind` is the risk of its smallest call, `most` of its largest.

    They differ where the risk goes by size. `limits` counts the conditions beside it; `sentence` says it all.
    """

    action: str
    kind: CellKind
    most: CellKind
    limits: int
    sentence: str

    @property
    def by_size(self) -> bool:
        """Whether a larger call is a riskier one."""
        return self.kind != self.most


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A charter with a cell for each action, in the order of the columns."""

    charter: str
    version: int
    workflow: str
    agents: tuple[str, ...]
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table; columns are ordered by connector and, within it, as its catalogue lists them."""

    actions: tuple[MatrixAction, ...]
    rows: tuple[MatrixRow, ...]


def matrix(
    reader: Reader,
    policies: PolicySource,
    *,
    connectors: Collection[str] = (),
    charters: Collection[str] = (),
    granted: bool = False,
) -> Matrix:
    """The matrix of these connectors and charters (empty: all); `granted` leaves out actions that nobody is granted."""
    catalogues = catalogues_in_force(policies)
    entries = [
        (connector, entry)
        for connector, catalogue in sorted(catalogues.items())
        if not connectors or connector in connectors
        for entry in catalogue.actions
    ]
    heads = [
        head for head in reader.rows("charter", limit=MOST, ascending=True) if not charters or head["id"] in charters
    ]
    texts = [policies.policy(head["digest"], "").charter for head in heads]
    if granted:
        entries = [(name, entry) for name, entry in entries if any(_granted(text, entry) for text in texts)]
    agents: dict[str, list[str]] = {}
    for row in reader.rows("agent", {"status": "active"}, limit=MOST, ascending=True):
        agents.setdefault(row["charter"], []).append(row["id"])
    rows = tuple(
        MatrixRow(
            charter=head["id"],
            version=head["version"],
            workflow=head["workflow"],
            agents=tuple(agents.get(head["id"], ())),
            cells=tuple(_cell(text, entry) for _, entry in entries),
        )
        for head, text in zip(heads, texts, strict=True)
    )
    return Matrix(tuple(_column(connector, entry) for connector, entry in entries), rows)


def _column(connector: str, entry: ActionEntry) -> MatrixAction:
    return MatrixAction(
        entry.name, connector, entry.tool, entry.sentence, entry.floor.word, entry.effect, entry.undo.cls
    )


def _granted(charter: Charter, entry: ActionEntry) -> bool:
    return _cell(charter, entry).kind not in ("never", "unlisted")


def _cell(charter: Charter, entry: ActionEntry) -> MatrixCell:
    pattern = next((pattern for pattern in charter.cannot if covers(pattern, entry.name)), None)
    if pattern is not None:
        return MatrixCell(entry.name, "never", "never", 0, f"May not {entry.sentence}: `{pattern}` is prohibited.")
    grant = charter.grant(entry.name)
    if grant is None:
        return MatrixCell(entry.name, "unlisted", "unlisted", 0, f"Does not list it, so it may not {entry.sentence}.")
    rule = raised(grant.tier, entry.floor)
    tiers = reachable(rule)
    least = rule.tier if isinstance(rule, FixedTier) else rule.steps[0][1]
    limits = len(grant.limits) + (grant.when is not None)
    return MatrixCell(entry.name, _word(least), _word(max(tiers)), limits, grant_sentence(grant, entry))


def _word(tier: Tier) -> CellKind:
    words: dict[Tier, CellKind] = {Tier.LOW: "low", Tier.MEDIUM: "medium", Tier.HIGH: "high", Tier.NEVER: "never"}
    return words[tier]

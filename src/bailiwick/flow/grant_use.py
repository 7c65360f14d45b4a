"""When each grant was last used, and what the connectors offer that no charter grants: what could be taken away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.core.catalogue import ActionEntry, Catalogue
from bailiwick.core.charter import Charter, covers
from bailiwick.core.plain import grant_sentence
from bailiwick.core.tier import FixedTier, raised
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.source import read_source
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

DAY_US: Final = 86_400_000_000
USUAL_DAYS: Final = 30
MOST: Final = 1_000
MOST_VERSIONS: Final = 200

GrantUseState = Literal["used", "unused", "new"]


@dataclass(frozen=True, slots=True)
class GrantUse:
    """One grant of a charter in force. `last_us` is the last call of it that was allowed or asked; None: never.

    `refused_us` is the last one that was denied: a grant that is tried in vain is not idle. `since_us` is when it could
    first be used: granted, and an agent enrolled. `new` is too new to tell.
    """

    charter: str
    action: str
    says: str
    tier: str
    line: int
    state: GrantUseState
    since_us: int
    last_us: int | None
    refused_us: int | None


@dataclass(frozen=True, slots=True)
class UngrantedAction:
    """An action that a connector's credential can do and no charter grants; `prohibited` by how many of them."""

    connector: str
    tool: str
    action: str
    says: str
    floor: str
    effect: str
    prohibited: int


@dataclass(frozen=True, slots=True)
class UngrantedTool:
    """A reviewed tool of which no charter grants any action; `total` tools its connector has."""

    connector: str
    tool: str
    total: int
    actions: tuple[UngrantedAction, ...]


@dataclass(frozen=True, slots=True)
class GrantUseReport:
    """Every grant, and every tool that nobody is granted, as of `at_us` and over `days` days."""

    at_us: int
    days: int
    grants: tuple[GrantUse, ...]
    tools: tuple[UngrantedTool, ...]

    @property
    def unused(self) -> tuple[GrantUse, ...]:
        """Grants that were there long enough and not used."""
        return tuple(grant for grant in self.grants if grant.state == "unused")


def grant_uses(
    reader: Reader, policies: PolicySource, now_us: int, days: int = USUAL_DAYS, charter: str | None = None
) -> GrantUseReport:
    """The report over all charters in force, or one. Blocks."""
    catalogues = catalogues_in_force(policies)
    entries = {entry.name: entry for catalogue in catalogues.values() for entry in catalogue.actions}
    heads = reader.rows("charter", limit=MOST, ascending=True)
    found: list[GrantUse] = []
    for head in heads:
        if charter is None or head["id"] == charter:
            found += _of_charter(reader, policies, head, entries, now_us - days * DAY_US)
    charters = [policies.policy(head["digest"], "").charter for head in heads]
    return GrantUseReport(now_us, days, tuple(found), tuple(_ungranted(catalogues, charters)))


def _of_charter(
    reader: Reader, policies: PolicySource, head: Row, entries: dict[str, ActionEntry], since_us: int
) -> Iterable[GrantUse]:
    charter, source = policies.policy(head["digest"], "").charter, read_source(head["source"])
    agents = reader.rows("agent", {"charter": head["id"]}, limit=MOST, ascending=True)
    names = [row["id"] for row in agents]
    enrolled_us = min((row["enrolled_us"] for row in agents), default=0)
    granted = _granted_since(reader, policies, head, {grant.action for grant in charter.grants})
    for at, grant in enumerate(charter.grants):
        action, entry = grant.action, entries.get(grant.action)
        rule = raised(grant.tier, entry.floor) if entry else grant.tier
        first_us = max(granted[action], enrolled_us)
        last_us = _last(reader, names, action, ("allow", "ask"))
        used = last_us is not None and last_us >= since_us
        yield GrantUse(
            charter=head["id"],
            action=action,
            says=grant_sentence(grant, entry),
            tier=rule.tier.word if isinstance(rule, FixedTier) else rule.steps[0][1].word,
            line=source.locate(("can", at))[0],
            state="used" if used else "new" if first_us > since_us else "unused",
            since_us=first_us,
            last_us=last_us,
            refused_us=_last(reader, names, action, ("deny",)),
        )


def _granted_since(reader: Reader, policies: PolicySource, head: Row, actions: set[str]) -> dict[str, int]:
    """When each action was granted: the first of the versions without a gap that grant it."""
    rows = reader.rows("charter_version", {"charter": head["id"], "status": "published"}, limit=MOST_VERSIONS)
    first_us: int = head["published_us"]
    since, open_ = dict.fromkeys(actions, first_us), set(actions)
    for row in rows:
        try:
            granted = {grant.action for grant in policies.policy(row["digest"], "").charter.grants}
        except DocumentMissing:
            break
        open_ &= granted
        since |= dict.fromkeys(open_, int(row["at_us"]))
    return since


def _last(reader: Reader, agents: Iterable[str], action: str, verdicts: tuple[str, ...]) -> int | None:
    """The last time that one of the agents got one of the verdicts for the action."""
    times = [
        rows[0]["at_us"]
        for agent in agents
        for verdict in verdicts
        if (rows := reader.rows("action", {"agent": agent, "name": action, "verdict": verdict}, limit=1))
    ]
    return max(times, default=None)


def _ungranted(catalogues: dict[str, Catalogue], charters: list[Charter]) -> Iterable[UngrantedTool]:
    granted = {
        grant.action for charter in charters for grant in charter.grants if not _prohibits(charter, grant.action)
    }
    for connector, catalogue in sorted(catalogues.items()):
        used = {entry.tool for entry in catalogue.actions if entry.name in granted}
        for tool in sorted(set(catalogue.tools) - used):
            actions = tuple(
                UngrantedAction(
                    connector,
                    tool,
                    entry.name,
                    entry.sentence,
                    entry.floor.word,
                    entry.effect,
                    sum(_prohibits(charter, entry.name) for charter in charters),
                )
                for entry in catalogue.actions
                if entry.tool == tool
            )
            yield UngrantedTool(connector, tool, len(catalogue.tools), actions)


def _prohibits(charter: Charter, action: str) -> bool:
    return any(covers(pattern, action) for pattern in charter.cannot)

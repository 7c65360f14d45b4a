"""Whether a charter can be enforced as written, against the catalogues and the people there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.core.approval_rule import ApprovalRule, Candidate, fillable
from bailiwick.core.budget_limit import is_money
from bailiwick.core.call_lint import lint_calls
from bailiwick.core.catalogue import UNCLASSIFIED, ActionEntry, Catalogue
from bailiwick.core.charter import Charter, Grant, covers
from bailiwick.core.grant_lint import lint_grants
from bailiwick.core.limit import Limit, Op
from bailiwick.core.lint import lint
from bailiwick.core.past_check import check_budget, check_order
from bailiwick.core.problem import Place, Problem
from bailiwick.core.reading import did_you_mean
from bailiwick.core.schema_path import schema_has, schema_names
from bailiwick.core.tier import FixedTier, SteppedTier, Tier, raised, reachable

USUAL_CLASSES: Final = frozenset({"public", "internal", "customer", "restricted"})
_TOTALS: Final = ("run", "day", "tree")
_OF_NUMBERS: Final = frozenset({Op.MAX, Op.MIN, Op.ONE_OF, Op.REQUIRED})


def check(
    charter: Charter,
    catalogues: Sequence[Catalogue],
    people: Sequence[Candidate] | None = None,
) -> tuple[Problem, ...]:
    """Everything that stands against publishing; only problems of severity `error` forbid it.

    `people` are known by their e-mail address, as in the charter's `owner`; None leaves out the question
    of who owns and who could approve (a `solo` installation).
    """
    return tuple(_Check(charter, catalogues, people).problems())


@dataclass(frozen=True, slots=True)
class _Check:
    charter: Charter
    catalogues: Sequence[Catalogue]
    people: Sequence[Candidate] | None

    @property
    def entries(self) -> dict[str, ActionEntry]:
        return {entry.name: entry for catalogue in self.catalogues for entry in catalogue.actions}

    def problems(self) -> Iterator[Problem]:
        entries = self.entries
        yield from lint(self.charter, entries.values())
        never = list(lint_grants(self.charter, entries.values()))
        yield from never
        known = {place for one in never for place in one.path[1:2] if isinstance(place, int)}
        yield from lint_calls(self.charter, self.catalogues, known)
        for at, grant in enumerate(self.charter.grants):
            place: Place = ("can", at)
            entry = entries.get(grant.action)
            if entry is None:
                yield Problem((*place, "do"), self._unknown(grant.action))
                continue
            yield from self._grant(grant, entry, place)
        yield from self._prohibitions()
        yield from check_order(self.charter, entries, self._unknown)
        yield from check_budget(self.charter, entries)
        yield from self._classes()
        yield from self._owners()
        yield from self._approvers()

    def _unknown(self, action: str) -> str:
        connector = action.partition(".")[0]
        connectors = {catalogue.connector for catalogue in self.catalogues}
        if connector not in connectors:
            hint = did_you_mean(connector, connectors) or ": import its catalogue first"
            return f"unknown connector `{connector}`{hint}"
        hint = did_you_mean(action, self.entries) or ": its catalogue has no such action"
        return f"unknown action `{action}`{hint}"

    def _grant(self, grant: Grant, entry: ActionEntry, place: Place) -> Iterator[Problem]:
        pattern = next((pattern for pattern in self.charter.cannot if covers(pattern, grant.action)), None)
        if pattern:
            message = f"`{grant.action}` is granted but `cannot` names `{pattern}`, and `cannot` wins: remove one"
            yield Problem((*place, "do"), message, "warning")
        for limit in grant.limits:
            yield from self._limit(limit, entry, (*place, "limits", limit.argument))
        yield from self._tier(grant, entry, place)
        if Tier.HIGH in reachable(raised(grant.tier, entry.floor)) and not (grant.approve or self.charter.approve):
            message = f"`{grant.action}` can be high and nobody is named to approve it: add `approve:`"
            yield Problem((*place, "tier"), message)
        yield from self._data(entry, place)

    def _limit(self, limit: Limit, entry: ActionEntry, place: Place) -> Iterator[Problem]:
        if limit.argument not in entry.measures:
            yield from self._argument(limit.argument, entry, place)
        elif limit.op not in _OF_NUMBERS:
            message = f"`{limit.argument}` is what the catalogue measures, a whole number: write `max` or `min`"
            yield Problem((*place, limit.op.value), message)

    def _argument(self, path: str, entry: ActionEntry, place: Place) -> Iterator[Problem]:
        if is_money(path):
            message = f"`{path}` is money and the catalogue does not measure it for `{entry.name}`"
            yield Problem(place, f"{message}: have it measure `{path}` in whole micros")
            return
        tool = next(c.tools[entry.tool] for c in self.catalogues if entry in c.actions)
        if not schema_has(tool.input_schema, path):
            names = [*schema_names(tool.input_schema), *entry.measures]
            hint = did_you_mean(path, names) or f": known are {', '.join(names) or 'none'}"
            yield Problem(place, f"tool `{entry.tool}` has no argument or measure `{path}`{hint}")

    def _tier(self, grant: Grant, entry: ActionEntry, place: Place) -> Iterator[Problem]:
        rule, floor = grant.tier, entry.floor
        if isinstance(rule, FixedTier):
            yield from _raises(rule.tier, floor, entry, (*place, "tier"))
            return
        for at, (_, tier) in enumerate(rule.steps):
            yield from _raises(tier, floor, entry, (*place, "tier", "steps", at, "is"))
        yield from _raises(rule.otherwise, floor, entry, (*place, "tier", "else"))
        yield from self._size(rule, entry, (*place, "tier", "by"))

    def _size(self, rule: SteppedTier, entry: ActionEntry, place: Place) -> Iterator[Problem]:
        total, _, name = rule.by.partition(".")
        if total in _TOTALS and name:
            if name not in entry.measures:
                measures = ", ".join(entry.measures) or "none"
                hint = did_you_mean(name, entry.measures) or f": its measures are {measures}"
                yield Problem(place, f"`{entry.name}` has no measure `{name}`{hint}")
        elif rule.by not in entry.measures:
            yield from self._argument(rule.by, entry, place)

    def _data(self, entry: ActionEntry, place: Place) -> Iterator[Problem]:
        if entry.sends is not None and entry.sends not in self.charter.may_send_out:
            message = f"`{entry.name}` sends out {entry.sends} data, which `data.may_send_out` does not list"
            yield Problem((*place, "do"), f"{message}: add it or drop the grant")
        if entry.reads is None:
            return
        shown = {entry.reads.constant or UNCLASSIFIED} if entry.reads.by is None else {*entry.reads.classes.values()}
        if not shown & self.charter.may_read:
            message = f"`{entry.name}` only reads {' or '.join(sorted(shown))} data"
            yield Problem((*place, "do"), f"{message}: add it to `data.may_read` or drop the grant")

    def _prohibitions(self) -> Iterator[Problem]:
        entries = self.entries
        connectors = {catalogue.connector for catalogue in self.catalogues}
        for at, pattern in enumerate(self.charter.cannot):
            if pattern.partition(".")[0] in connectors and not any(covers(pattern, name) for name in entries):
                hint = did_you_mean(pattern, entries) or ": it may be misspelt"
                yield Problem(("cannot", at), f"`{pattern}` covers no known action{hint}", "warning")

    def _classes(self) -> Iterator[Problem]:
        known = set(USUAL_CLASSES)
        for entry in self.entries.values():
            known |= {entry.sends} if entry.sends else set()
            if entry.reads:
                known |= {entry.reads.constant} if entry.reads.constant else set()
                known |= set(entry.reads.classes.values())
        for key, classes in (
            ("may_read", self.charter.may_read),
            ("may_send_out", self.charter.may_send_out),
        ):
            for name in sorted(classes - (known - {UNCLASSIFIED})):
                hint = did_you_mean(name, known) or f": known are {', '.join(sorted(known))}"
                yield Problem(("data", key), f"unknown data class `{name}`{hint}")

    def _owners(self) -> Iterator[Problem]:
        """Somebody has to answer for the agent: an address that nobody signs in with is no owner."""
        active = {person.person for person in self.people or () if person.active}
        owner = self.charter.owner
        for key, address in (("accountable", owner.accountable), ("backup", owner.backup)):
            if self.people is not None and address not in active:
                message = (
                    f"`{address}` is no active person here: add them (`bailiwick person add {address}`), or change it"
                )
                yield Problem(("owner", key), message)

    def _approvers(self) -> Iterator[Problem]:
        if self.people is None:
            return
        rules: list[tuple[Place, ApprovalRule | None]] = [(("approve",), self.charter.approve)]
        rules += [(("can", at, "approve"), grant.approve) for at, grant in enumerate(self.charter.grants)]
        held = {role for person in self.people for role in person.roles}
        owners = {self.charter.owner.accountable, self.charter.owner.backup}
        for place, rule in rules:
            for role in fillable(rule, self.people, owners) if rule else ():
                hint = "" if role in held else did_you_mean(role, held)
                start = f"nobody can approve as `{role}`{f'{hint} Or' if hint else ':'} give the role to another active"
                yield Problem(place, f"{start} person who is no owner (`bailiwick person add NAME --role {role}`)")


def _raises(tier: Tier, floor: Tier, entry: ActionEntry, place: Place) -> Iterator[Problem]:
    if tier < floor:
        message = f"`{tier.word}` is below the floor of `{entry.name}`: the catalogue says {floor.word} or stricter"
        yield Problem(place, message)

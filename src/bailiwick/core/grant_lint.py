"""Grants that do not mean what somebody thinks: never met, both halves of a duty, more than others of the role have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter, Grant
from bailiwick.core.limit import Limit, Op, compile_limit
from bailiwick.core.problem import Place, Problem
from bailiwick.core.tier import FixedTier, Tier, raised, reachable
from bailiwick.core.window import Window

_RELEASES = frozenset({"send", "spend"})


def lint_grants(charter: Charter, entries: Iterable[ActionEntry]) -> Iterator[Problem]:
    """Every grant that can never be used, and duties that should lie apart; all of them warnings."""
    known = {entry.name: entry for entry in entries}
    for at, grant in enumerate(charter.grants):
        yield from _never_used(charter, grant, known.get(grant.action), ("can", at))
    yield from _duties(charter, known)


def lint_peers(charter: Charter, peers: Sequence[Charter]) -> Iterator[Problem]:
    """Grants that no other charter of the same workflow has; nothing when there is none to compare with."""
    others = [peer for peer in peers if peer.workflow == charter.workflow and peer.name != charter.name]
    had = {grant.action for peer in others for grant in peer.grants}
    for at, grant in enumerate(charter.grants if others else ()):
        if grant.action not in had:
            who = ", ".join(f"`{peer.name}`" for peer in others)
            message = f"`{grant.action}` goes beyond its peers: {who} of the same workflow do without it"
            yield Problem(("can", at, "do"), message, "warning")


def _never_used(charter: Charter, grant: Grant, entry: ActionEntry | None, place: Place) -> Iterator[Problem]:
    floor = entry.floor if entry else Tier.LOW
    if reachable(raised(grant.tier, floor)) == {Tier.NEVER}:
        message = f"`{grant.action}` is granted and never allowed at any size: drop the grant, or move it to `cannot`"
        yield Problem((*place, "tier"), message, "warning")
    for argument, limits in _by_argument(grant.limits).items():
        if _excluded(limits):
            message = f"no value of `{argument}` keeps all its limits, so `{grant.action}` can never run: relax one"
            yield Problem((*place, "limits", argument), message, "warning")
    if charter.when and grant.when and _apart(charter.when, grant.when):
        message = f"`{grant.action}` has no hour in common with the charter's own `when`: it can never run"
        yield Problem((*place, "when"), message, "warning")


def _by_argument(limits: Sequence[Limit]) -> Mapping[str, list[Limit]]:
    found: dict[str, list[Limit]] = {}
    for limit in limits:
        found.setdefault(limit.argument, []).append(limit)
    return found


def _excluded(limits: Sequence[Limit]) -> bool:
    """Whether limits on one argument leave nothing, as far as listed values or numbers show it."""
    if any(limit.optional for limit in limits):
        return False
    checks = [compile_limit(limit) for limit in limits if limit.op is not Op.UNIQUE_WITHIN]
    for limit in limits:
        if limit.op is Op.ONE_OF and isinstance(limit.value, tuple):
            return not any(all(check(value) is None for check in checks) for value in limit.value)
    ops = {limit.op for limit in limits}
    numbers, texts = {Op.MAX, Op.MIN}, {Op.DOMAIN, Op.STARTS_WITH, Op.MATCHES}
    lists = {Op.ONLY}
    return sum(bool(ops & kind) for kind in (numbers, texts, lists)) > 1 and bool(ops & numbers)


def _apart(one: Window, other: Window) -> bool:
    """Whether two windows of the same zone never meet; windows of different zones may, so they are left alone."""
    if one.zone != other.zone:
        return False
    return not one.days & other.days or one.end_min <= other.start_min or other.end_min <= one.start_min


def _duties(charter: Charter, known: Mapping[str, ActionEntry]) -> Iterator[Problem]:
    """One agent that prepares and releases the same work with nobody in between: two duties in one chain."""
    writes = {_system(grant): grant.action for grant in charter.grants if _effect(grant, known) == "write"}
    for at, grant in enumerate(charter.grants):
        prepared = writes.get(_system(grant))
        if prepared is None or _effect(grant, known) not in _RELEASES or grant.action not in known:
            continue
        alone = {Tier.LOW, Tier.MEDIUM} & reachable(raised(grant.tier, known[grant.action].floor))
        if alone:
            how = "" if isinstance(grant.tier, FixedTier) else " at its smaller sizes"
            message = (
                f"it prepares (`{prepared}`) and releases (`{grant.action}`) by itself{how}: "
                "make the release high, or give it to another agent"
            )
            yield Problem(("can", at, "tier"), message, "warning")


def _system(grant: Grant) -> str:
    return grant.action.partition(".")[0]


def _effect(grant: Grant, known: Mapping[str, ActionEntry]) -> str:
    entry = known.get(grant.action)
    return entry.effect if entry else ""

"""The charter in plain words, from what is enforced: "May read contacts.", "May not send a message."."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.budget_limit import SENDS, BudgetLimit, amount_text, is_money
from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter, Grant, covers
from bailiwick.core.limit_words import counted_as, limits_words
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.phrase import joined, named, time_span
from bailiwick.core.problem import Place
from bailiwick.core.tier import FixedTier, SteppedTier, Tier, TierRule, raised, reachable
from bailiwick.core.window import Window

_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PER: Final = {"run": "a run", "day": "a day", "tree": "a run and all it starts"}


@dataclass(frozen=True, slots=True)
class PlainCharter:
    """Whole sentences: what the agent may do, what it may not, and what binds everything it does."""

    may: tuple[str, ...]
    may_not: tuple[str, ...]
    bounds: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return self.may + self.may_not + self.bounds


@dataclass(frozen=True, slots=True)
class PlainPromise:
    """One sentence on what it may or may not do: the risk of its smallest call, and the place that makes it so."""

    kind: Tier
    text: str
    place: Place


def plain(charter: Charter, entries: Iterable[ActionEntry]) -> PlainCharter:
    """Every grant, prohibition and bound as a sentence; floors of the catalogue are already applied."""
    entries = list(entries)
    promises = plain_promises(charter, entries)
    may = tuple(one.text for one in promises if one.kind is not Tier.NEVER)
    may_not = tuple(one.text for one in promises if one.kind is Tier.NEVER)
    return PlainCharter(may or ("May do nothing.",), may_not, _bounds(charter, {one.name: one for one in entries}))


def plain_promises(charter: Charter, entries: Iterable[ActionEntry]) -> tuple[PlainPromise, ...]:
    """What it may do, grant by grant, then what it may not; a grant that a prohibition covers is not one."""
    known = {entry.name: entry for entry in entries}
    found = []
    for at, grant in enumerate(charter.grants):
        if _forbidden(charter, grant):
            continue
        rule = _rule(grant, known)
        if reachable(rule) == {Tier.NEVER}:
            found.append(PlainPromise(Tier.NEVER, f"May not {_says(grant.action, known)}.", ("can", at)))
            continue
        least = rule.tier if isinstance(rule, FixedTier) else rule.at(0)
        found.append(PlainPromise(least, grant_sentence(grant, known.get(grant.action)), ("can", at)))
    return (*sorted(found, key=lambda one: one.kind is Tier.NEVER), *_prohibitions(charter.cannot, known))


def scope(charter: Charter, entries: Iterable[ActionEntry]) -> str:
    """What the grants allow, as one paragraph."""
    known = {entry.name: entry for entry in entries}
    alone, asking = [], []
    for grant in charter.grants:
        if _forbidden(charter, grant):
            continue
        words, rule = _says(grant.action, known), _rule(grant, known)
        alone += _reach(words, rule, {Tier.LOW, Tier.MEDIUM}, known.get(grant.action))
        asking += _reach(words, rule, {Tier.HIGH}, known.get(grant.action))
    text = f"For {charter.workflow}, {charter.name} may on its own {joined(alone) or 'do nothing'}."
    if asking:
        text += f" It must ask before it may {joined(asking)}."
    return f"{text} {data_words(charter)}"


def grant_sentence(grant: Grant, entry: ActionEntry | None) -> str:
    """One grant: what, within which limits, how much without asking."""
    known = {entry.name: entry} if entry else {}
    rule, head = _rule(grant, known), f"{_says(grant.action, known)}{limits_words(grant.limits, entry)}"
    text = _fixed(head, rule.tier) if isinstance(rule, FixedTier) else _stepped(head, rule, counted_as(rule.by, entry))
    if grant.when:
        text += f" Only {window_words(grant.when)}." if _bounded(grant.when) else ""
    if grant.approve:
        text += f" For this, {consent_words(grant.approve)}."
    return text


def _rule(grant: Grant, known: Mapping[str, ActionEntry]) -> TierRule:
    entry = known.get(grant.action)
    return raised(grant.tier, entry.floor) if entry else grant.tier


def _forbidden(charter: Charter, grant: Grant) -> bool:
    return any(covers(pattern, grant.action) for pattern in charter.cannot)


def _says(action: str, known: Mapping[str, ActionEntry]) -> str:
    return known[action].sentence if action in known else f"do `{action}`"


def _fixed(head: str, tier: Tier) -> str:
    return {
        Tier.LOW: f"May {head}.",
        Tier.MEDIUM: f"May {head}; the owner is told.",
        Tier.HIGH: f"May {head}, but must ask first every time.",
        Tier.NEVER: f"May not {head}.",
    }[tier]


_THEN: Final = {
    Tier.LOW: "freely",
    Tier.MEDIUM: "the owner is told",
    Tier.HIGH: "it must ask",
    Tier.NEVER: "never",
}


def _stepped(head: str, rule: SteppedTier, by: str) -> str:
    """`by` is what is counted, in the catalogue's words."""
    steps, otherwise = _merged(rule)
    if not steps:  # the size chooses nothing, but a call that does not show it is refused
        return _fixed(f"{head}, however {_unit(by)}", otherwise)
    (most, first), rest = steps[0], steps[1:]
    asks = ", but must ask first" if first is Tier.HIGH else ""
    told = ", and the owner is told" if first is Tier.MEDIUM else ""
    parts = [f"May {head}{asks}, up to {_size(most, by)}{told}"]
    for at, (top, tier) in enumerate(rest):
        low = steps[at][0] + 1
        ends = f"from {amount_text(low, by)} to {amount_text(top, by)}" if low < top else f"at {amount_text(low, by)}"
        parts.append(f"{ends} {_THEN[tier]}")
    parts.append(f"above that {_THEN[otherwise]}")
    return "; ".join(parts) + "."


def _merged(rule: SteppedTier) -> tuple[list[tuple[int, Tier]], Tier]:
    """Steps without neighbours of one tier, so the words name each change once."""
    steps: list[tuple[int, Tier]] = []
    for most, tier in rule.steps:
        if steps and steps[-1][1] is tier:
            steps.pop()
        steps.append((most, tier))
    if steps and steps[-1][1] is rule.otherwise:
        steps.pop()
    return steps, rule.otherwise


def _reach(words: str, rule: TierRule, tiers: set[Tier], entry: ActionEntry | None) -> list[str]:
    if isinstance(rule, FixedTier):
        return [words] if rule.tier in tiers else []
    if rule.otherwise in tiers:
        return [words if all(tier in tiers for _, tier in rule.steps) else f"{words} beyond that"]
    tops = [most for most, tier in rule.steps if tier in tiers]
    return [f"{words} (up to {_size(max(tops), counted_as(rule.by, entry))})"] if tops else []


def _unit(by: str) -> str:
    """`many records a day`, `much USD at a time`."""
    scope_, _, name = by.rpartition(".")
    per = _PER.get(scope_, "at a time")
    return f"much {name.upper()} {per}" if is_money(by) else f"many {named(name)} {per}"


def _size(number: int, by: str) -> str:
    """`50 at a time`, `50 recipients a day`; "records" goes without saying."""
    scope_, _, name = by.rpartition(".")
    per = _PER.get(scope_, "at a time")
    if is_money(by):
        return f"{amount_text(number, by)} {per}"
    noun = named(name)
    if number == 1:
        noun = noun.removesuffix("s")
    return f"{amount_text(number, by)} {per}" if name == "records" else f"{amount_text(number, by)} {noun} {per}"


def _prohibitions(patterns: Sequence[str], known: Mapping[str, ActionEntry]) -> Iterator[PlainPromise]:
    for at, pattern in enumerate(patterns):
        if not pattern.endswith(".*"):
            yield PlainPromise(Tier.NEVER, f"May not {_says(pattern, known)}.", ("cannot", at))
    wholes = [pattern[:-2].replace(".", " ") for pattern in patterns if pattern.endswith(".*")]
    if wholes:
        yield PlainPromise(Tier.NEVER, f"May not touch anything in {joined(wholes, 'or')}.", ("cannot",))


def _bounds(charter: Charter, known: Mapping[str, ActionEntry]) -> tuple[str, ...]:
    run = charter.run
    lines = [data_words(charter), *(order_words(rule, known) for rule in charter.order)]
    if charter.approve:
        lines.append(f"Where it must ask, {consent_words(charter.approve)}.")
    if charter.when and _bounded(charter.when):
        lines.append(f"Acts only {window_words(charter.when)}.")
    lines.append(
        f"In one run: at most {run.calls:,} calls in {time_span(run.seconds * 1_000_000)}, "
        f"the same call at most {_times(run.repeats)}, after a failure {_retries(run.retries)}."
    )
    lines += [f"In {name}, all its actions together: {words}." for name, words in _budgets(charter)]
    lines += [f"Its service level is `{charter.sla}`."] if charter.sla else []
    lines += [f"It is tried out with `{charter.evaluation}`."] if charter.evaluation else []
    return tuple(lines)


def order_words(rule: OrderRule, known: Mapping[str, ActionEntry]) -> str:
    """One rule of order; "the same piece of work" is the run with all the runs it belongs with."""
    action, other = _says(rule.action, known), _says(rule.other, known)
    if rule.kind == "require":
        return f"May {action} only after it managed to {other} in the same piece of work."
    return f"May not {other} any more once it set out to {action} in the same piece of work."


def _budgets(charter: Charter) -> Iterator[tuple[str, str]]:
    for scope_, name in (("run", "one run"), ("day", "one day (UTC)")):
        words = [budget_words(limit) for limit in charter.budget if limit.scope == scope_]
        if words:
            yield name, f"at most {joined(words)}"


def budget_words(limit: BudgetLimit) -> str:
    """`2.50 USD`, `1 message sent`, `500 records`."""
    amount = amount_text(limit.most, limit.unit)
    if is_money(limit.unit):
        return amount
    noun = "messages sent" if limit.unit == SENDS else named(limit.unit)
    one = "message sent" if limit.unit == SENDS else noun.removesuffix("s")
    return f"{amount} {one if limit.most == 1 else noun}"


def data_words(charter: Charter) -> str:
    """Which data it may read and send out."""
    reads = joined(_by_rank(charter.may_read)) or "no"
    sends = joined(_by_rank(charter.may_send_out)) or "no"
    return f"It may read {reads} data and send out {sends} data."


def _by_rank(classes: frozenset[str]) -> list[str]:
    usual = ("public", "internal", "customer", "restricted")
    return [name for name in usual if name in classes] + sorted(classes - set(usual))


def consent_words(rule: ApprovalRule) -> str:
    """Who has to agree, within which time, and whose word does not count."""
    who = joined(rule.slots)
    both = "both " if len(rule.slots) == 2 else "all " if len(rule.slots) > 2 else ""
    others = "the requester and the agent's owners do not count"
    return f"{who} must {both}say yes within {time_span(rule.within_us)}; {others}"


def _bounded(window: Window) -> bool:
    return len(window.days) < 7 or window.end_min - window.start_min < 1440


def window_words(window: Window) -> str:
    """`Monday to Friday, 07:00 to 20:00, Europe/Madrid time`."""
    days = sorted(window.days)
    if len(days) == 7:
        names = "every day"
    elif len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        names = f"{_DAY_NAMES[days[0]]} to {_DAY_NAMES[days[-1]]}"
    else:
        names = joined([_DAY_NAMES[day] for day in days])
    clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in (window.start_min, window.end_min)]
    return f"{names}, {clock[0]} to {clock[1]}, {window.zone} time"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _retries(number: int) -> str:
    return "no further try" if not number else f"{_times(number)} more" if number > 1 else "once more"

"""The charter in plain words, from what is enforced: "May read contacts.", "May not send a message."."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.budget_limit import SENDS, BudgetLimit, amount_text, is_money
from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter, Grant, covers
from bailiwick.core.limit import Limit, Op
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.tier import FixedTier, SteppedTier, Tier, TierRule, raised
from bailiwick.core.window import Window

_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PER: Final = {"run": "a run", "day": "a day", "tree": "a run and all it starts"}
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True)
class PlainCharter:
    """Whole sentences: what the agent may do, what it may not, and what binds everything it does."""

    may: tuple[str, ...]
    may_not: tuple[str, ...]
    bounds: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return self.may + self.may_not + self.bounds


def plain(charter: Charter, entries: Iterable[ActionEntry]) -> PlainCharter:
    """Every grant, prohibition and bound as a sentence; floors of the catalogue are already applied."""
    known = {entry.name: entry for entry in entries}
    granted = [(grant, _rule(grant, known)) for grant in charter.grants if not _forbidden(charter, grant)]
    allowed = [(grant, rule) for grant, rule in granted if rule != FixedTier(Tier.NEVER)]
    nevers = [grant.action for grant, rule in granted if rule == FixedTier(Tier.NEVER)]
    may = [grant_sentence(grant, known.get(grant.action)) for grant, _ in allowed]
    return PlainCharter(
        tuple(may) or ("May do nothing.",), _prohibitions([*charter.cannot, *nevers], known), _bounds(charter, known)
    )


def scope(charter: Charter, entries: Iterable[ActionEntry]) -> str:
    """What the grants allow, as one paragraph."""
    known = {entry.name: entry for entry in entries}
    alone, asking = [], []
    for grant in charter.grants:
        if _forbidden(charter, grant):
            continue
        words, rule = _says(grant.action, known), _rule(grant, known)
        alone += _reach(words, rule, {Tier.LOW, Tier.MEDIUM})
        asking += _reach(words, rule, {Tier.HIGH})
    text = f"For {charter.workflow}, {charter.name} may on its own {joined(alone) or 'do nothing'}."
    if asking:
        text += f" It must ask before it may {joined(asking)}."
    return f"{text} {data_words(charter)}"


def grant_sentence(grant: Grant, entry: ActionEntry | None) -> str:
    """One grant: what, within which limits, how much without asking."""
    known = {entry.name: entry} if entry else {}
    rule, head = _rule(grant, known), f"{_says(grant.action, known)}{_limits(grant.limits, entry)}"
    text = _fixed(head, rule.tier) if isinstance(rule, FixedTier) else _stepped(head, rule)
    if grant.when:
        text += f" Only {window_words(grant.when)}." if _bounded(grant.when) else ""
    if grant.approve:
        text += f" For this, {consent_words(grant.approve)}."
    return text


def joined(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " ".join([", ".join(words[:-1]), last, words[-1]]) if len(words) > 1 else "".join(words)


def time_span(us: int) -> str:
    """`4 hours`, `1 hour 30 minutes`."""
    seconds, words = us // 1_000_000, []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'s' * (count > 1)}")
    return " ".join(words) or "no time"


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


def _stepped(head: str, rule: SteppedTier) -> str:
    steps, otherwise = _merged(rule)
    if not steps:
        return _fixed(head, otherwise)
    (most, first), rest = steps[0], steps[1:]
    asks = ", but must ask first" if first is Tier.HIGH else ""
    parts = [f"May {head}{asks}, up to {_size(most, rule.by)}"]
    for at, (top, tier) in enumerate(rest):
        low = amount_text(steps[at][0] + 1, rule.by)
        parts.append(f"from {low} to {amount_text(top, rule.by)} {_THEN[tier]}")
    parts.append(f"above that {_THEN[otherwise]}")
    return "; ".join(parts) + (". The owner is told." if first is Tier.MEDIUM else ".")


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


def _reach(words: str, rule: TierRule, tiers: set[Tier]) -> list[str]:
    if isinstance(rule, FixedTier):
        return [words] if rule.tier in tiers else []
    if rule.otherwise in tiers:
        return [words if all(tier in tiers for _, tier in rule.steps) else f"{words} beyond that"]
    tops = [most for most, tier in rule.steps if tier in tiers]
    return [f"{words} (up to {_size(max(tops), rule.by)})"] if tops else []


def _size(number: int, by: str) -> str:
    """`50 at a time`, `50 recipients a day`; "records" goes without saying."""
    scope_, _, name = by.rpartition(".")
    per = _PER.get(scope_, "at a time")
    if is_money(by):
        return f"{amount_text(number, by)} {per}"
    noun = _named(name)
    if number == 1:
        noun = noun.removesuffix("s")
    return f"{amount_text(number, by)} {per}" if name == "records" else f"{amount_text(number, by)} {noun} {per}"


def _named(argument: str) -> str:
    return argument.rpartition(".")[2].removesuffix("_micros").replace("_", " ")


def limit_words(limit: Limit, entry: ActionEntry | None, name: str = "") -> str:
    """`rows: at most 500`, `to if given: only at acme.example`; by `name`, or as the catalogue calls it."""
    meant = {how.of: name for name, how in entry.measures.items() if how.kind == "value_of"} if entry else {}
    return _limit(limit, name or _named(meant.get(limit.argument, limit.argument)))


def _limits(limits: Sequence[Limit], entry: ActionEntry | None) -> str:
    words = [
        _between(limit, limits) or limit_words(limit, entry)
        for limit in limits
        if limit.op is not Op.MIN or not _between(limit, limits)
    ]
    return f" ({'; '.join(words)})" if words else ""


def _between(limit: Limit, limits: Sequence[Limit]) -> str:
    """`rows: 1 to 500` where both ends are limited, else nothing."""
    ends = {other.op: other.value for other in limits if other.argument == limit.argument}
    low, high = ends.get(Op.MIN), ends.get(Op.MAX)
    if limit.op not in {Op.MIN, Op.MAX} or not isinstance(low, int) or not isinstance(high, int):
        return ""
    given = " if given" if limit.optional else ""
    return f"{_named(limit.argument)}{given}: {amount_text(low, limit.argument)} to {amount_text(high, limit.argument)}"


def _limit(limit: Limit, name: str) -> str:
    value = limit.value
    given = " if given" if limit.optional else ""
    if isinstance(value, tuple):
        words = [str(item).lower() if isinstance(item, bool) else str(item) for item in value]
        listed = joined(words, "and" if limit.op is Op.ONLY else "or")
        if limit.op is Op.MATCHES:
            return f"{name}{given}: like {listed}{_legend(words)}"
        how = {Op.DOMAIN: "only at ", Op.STARTS_WITH: "starting with ", Op.ONLY: "only "}.get(limit.op, "")
        return f"{name}{given}: {how}{listed}"
    if limit.op in {Op.MAX, Op.MIN}:
        return f"{name}{given}: at {'most' if limit.op is Op.MAX else 'least'} {amount_text(value, limit.argument)}"
    if limit.op is Op.UNIQUE_WITHIN:
        return f"{name}{given}: none again within {time_span(value)}"
    return f"always with {name}" if limit.op is Op.REQUIRED else f"never with {name}"


_SIGNS: Final = {"#": "# is a digit", "?": "? is a letter or digit", "*": "* is any letters, digits, dots and dashes"}


def _legend(patterns: Sequence[str]) -> str:
    used = [words for sign, words in _SIGNS.items() if any(sign in pattern for pattern in patterns)]
    return f", where {joined(used)}" if used else ""


def _prohibitions(patterns: Sequence[str], known: Mapping[str, ActionEntry]) -> tuple[str, ...]:
    wholes = [pattern[:-2].replace(".", " ") for pattern in patterns if pattern.endswith(".*")]
    texts = [f"May not {_says(pattern, known)}." for pattern in patterns if not pattern.endswith(".*")]
    return (*texts, *([f"May not touch anything in {joined(wholes, 'or')}."] if wholes else []))


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
    noun = "messages sent" if limit.unit == SENDS else _named(limit.unit)
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

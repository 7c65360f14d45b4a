"""Charters as plain documents, each of them valid, with every part of the language in them sooner or later."""

from typing import Any

from hypothesis import strategies as st

from bench.fuzz.draw_word import (
    ACTIONS,
    ARGUMENTS,
    COUNTS,
    DURATIONS,
    LINES,
    MONEY,
    NAMES,
    SCALARS,
    TIERS,
    distinct,
)

Document = dict[str, Any]
_HOSTS = st.sampled_from(["acme.example", "mail.acme.example", "a-1.b.c"])
_PATTERNS = st.sampled_from(["INV-####", "ctc-*", "v?", "*@acme.example", "plain", "a b"])
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ADDRESSES = st.sampled_from(["ana@acme.example", "it-ops@acme.example", "a.b+c@mail.acme.example"])


def _one_or_more(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(items, distinct(items, 1))


_BOUNDS: dict[str, st.SearchStrategy[Any]] = {
    "max": st.integers(100, 900),
    "min": st.integers(-5, 99),
    "one_of": distinct(SCALARS, 1),
    "only": distinct(SCALARS, 1),
    "domain": _one_or_more(_HOSTS),
    "starts_with": _one_or_more(LINES),
    "matches": _one_or_more(_PATTERNS),
    "unique_within": DURATIONS,
}


@st.composite
def _limit(draw: st.DrawFn) -> Document:
    alone = draw(st.sampled_from(["", "", "", "required", "forbidden"]))
    if alone == "forbidden":
        return {"forbidden": True}
    ops = draw(st.lists(st.sampled_from(sorted(_BOUNDS)), unique=True, min_size=0 if alone else 1, max_size=3))
    limit = {op: draw(_BOUNDS[op]) for op in ops}
    if alone:
        return {**limit, alone: True}
    return {**limit, "optional": draw(st.booleans())} if draw(st.booleans()) else limit


@st.composite
def _tier(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        return draw(st.sampled_from(TIERS))
    by = draw(st.sampled_from(["records", "day.records", "usd", "tree.eur", "filter.size"]))
    tops = sorted(draw(st.lists(st.integers(0, 9_000), min_size=1, max_size=4, unique=True)))
    ranks = sorted(draw(st.lists(st.integers(0, 3), min_size=len(tops) + 1, max_size=len(tops) + 1)))
    steps = [{"max": top, "is": TIERS[rank]} for top, rank in zip(tops, ranks, strict=False)]
    return {"by": by, "steps": steps, "else": TIERS[ranks[-1]]}


@st.composite
def _approve(draw: st.DrawFn) -> Document:
    rule = {"all_of": [{"role": role} for role in draw(st.lists(NAMES, min_size=1, max_size=2))]}
    if draw(st.booleans()):
        rule["not"] = draw(st.permutations(["requester", "owner"]))
    return {**rule, "within": draw(DURATIONS)}


@st.composite
def _window(draw: st.DrawFn) -> Document:
    first, last = sorted(draw(st.tuples(st.integers(0, 6), st.integers(0, 6))))
    span = f"{_DAYS[first]}-{_DAYS[last]}"
    start, end = sorted(draw(st.lists(st.integers(0, 24), min_size=2, max_size=2, unique=True)))
    days: Any = draw(st.sampled_from([span, [span], list(_DAYS[first : last + 1]), _DAYS[last]]))
    zone = draw(st.sampled_from(["Europe/Madrid", "UTC", "America/New_York"]))
    return {"days": days, "hours": f"{start:02}:00-{end:02}:00", "zone": zone}


@st.composite
def _grant(draw: st.DrawFn) -> Document:
    grant: Document = {"do": draw(ACTIONS), "tier": draw(_tier())}
    if draw(st.booleans()):
        grant["limits"] = draw(st.dictionaries(ARGUMENTS, _limit(), max_size=2))
    if draw(st.integers(0, 3)) == 0:
        grant.setdefault("limits", {})["usd"] = {"max": draw(MONEY)}
    if draw(st.integers(0, 3)) == 0:
        grant["approve"] = draw(_approve())
    if draw(st.integers(0, 3)) == 0:
        grant["when"] = draw(_window())
    return grant


_RULES = st.one_of(
    st.builds(lambda pair: {"before": pair[0], "require": pair[1]}, distinct(ACTIONS, 2, 2)),
    st.builds(lambda one, other: {"after": one, "never": other}, ACTIONS, ACTIONS),
)
_UNITS = st.dictionaries(st.sampled_from(["calls", "sends", "records", "tokens"]), COUNTS, max_size=2)
_BUDGETS = st.builds(lambda units, usd: {**units, "usd": usd}, _UNITS, MONEY)
_MORE: dict[str, st.SearchStrategy[Any]] = {
    "approve": _approve(),
    "order": st.lists(_RULES, max_size=3, unique_by=lambda rule: tuple(rule.items())),
    "when": _window(),
    "run": st.dictionaries(
        st.sampled_from(["calls", "seconds", "repeats", "retries"]), st.integers(1, 9_000), max_size=4
    ),
    "budget": st.dictionaries(st.sampled_from(["per_run", "per_day"]), _BUDGETS, min_size=1),
    "sla": NAMES,
    "evaluation": NAMES,
}


@st.composite
def charters(draw: st.DrawFn) -> Document:
    """A valid charter; that its actions, roles and units exist is not claimed."""
    classes = distinct(st.sampled_from(["public", "internal", "customer"]))
    document = {
        "charter": draw(NAMES),
        "purpose": draw(LINES),
        "workflow": draw(NAMES),
        "owner": {"accountable": draw(_ADDRESSES), "backup": draw(_ADDRESSES), "review_by": "2027-02-01"},
        "data": {"may_read": draw(classes), "may_send_out": draw(classes)},
        "can": draw(st.lists(_grant(), max_size=2, unique_by=lambda grant: grant["do"])),
        "cannot": draw(distinct(st.one_of(ACTIONS, NAMES.map(lambda name: f"{name}.*")))),
    }
    more = draw(st.lists(st.sampled_from(sorted(_MORE)), unique=True))
    return {**document, **{key: draw(_MORE[key]) for key in more}}

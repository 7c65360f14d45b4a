"""Charters, calls and facts to generate: one small world whose every rule can be met, and met just so.

Values of calls are drawn from those that the charter's own rules name and their neighbours, so that the edge of each
rule is tried from both sides.
"""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from bailiwick.core.catalogue import ActionEntry, Catalogue, FieldClasses, Measure, Tool
from bailiwick.core.charter import Charter, parse_charter
from bailiwick.core.check import Check
from bailiwick.core.decide import DECIDER, Policy, compile_policy
from bailiwick.core.facts import ApprovalFact, Facts, HaltFact, RunFact, TwinFact
from bailiwick.core.request import Request
from bailiwick.core.tier import SteppedTier, Tier

LOW, MEDIUM, HIGH, NEVER = Tier
HOUR = 3_600_000_000
NOW = 500_000 * HOUR
CHARTER, CATALOGUE, DEFINITION, DIGEST = "sha256:c", "sha256:k", "sha256:d", "sha256:a"
ZONES = ("Europe/Madrid", "Asia/Tokyo")
ROLES = ("marketing-director", "it-change", "legal")
CLASSES = ("public", "internal", "customer", "restricted")
CANNOT = ([], ["billing.*"], ["billing.*", "hr.*", "crm.contact.drop"], ["mail.*", "hr.*"], ["crm.contact.update"])
TIERS = ("low", "medium", "high", "never")

READ = ActionEntry(
    "crm.contact.read",
    "query",
    {"object_type": "contacts"},
    floor=LOW,
    effect="read",
    reads=FieldClasses(
        by="fields",
        classes={"segment": "internal", "email": "customer", "credit_limit": "restricted"},
        all_when_absent=True,
    ),
    measures={"records": Measure("value_of", "limit")},
    idempotent=True,
    sentence="read contacts",
)
UPDATE = ActionEntry(
    "crm.contact.update",
    "manage",
    {"operation": "update"},
    floor=MEDIUM,
    measures={"records": Measure("length_of", "ids")},
    defaults={"options.notify": False},
    idempotent=True,
    sentence="update fields of contacts",
)
DROP = ActionEntry("crm.contact.drop", "manage", {"operation": "drop"}, floor=HIGH, sentence="delete contacts")
SEND = ActionEntry(
    "mail.message.send",
    "send",
    floor=LOW,
    effect="send",
    sends="public",
    measures={"recipients": Measure("length_of", "to"), "usd": Measure("constant", 10_000)},
    sentence="send e-mail messages",
)
LAUNCH = ActionEntry(
    "ads.campaign.launch",
    "launch",
    floor=LOW,
    effect="spend",
    measures={"usd": Measure("value_of", "budget")},
    sentence="launch a paid campaign",
)
ACTIONS = (READ, UPDATE, DROP, SEND, LAUNCH)
WORLD = Catalogue(
    "crm",
    {tool: Tool(tool, DEFINITION, {"type": "object"}) for tool in ("query", "manage", "send", "launch")},
    ACTIONS,
)
# What each tool's arguments are: the kind decides which limits make sense and which values are tried.
ARGUMENTS = {
    "query": {"fields": "fields", "limit": "number"},
    "manage": {"ids": "names", "properties": "object", "properties.segment": "word"},
    "send": {"to": "addresses", "subject": "word", "reply_to": "address"},
    "launch": {"campaign": "word", "budget": "number", "landing.url": "address"},
}
WORDS = ("segment", "email", "credit_limit", "beta", "staff", "INV-2041", "cmp-1")
ADDRESSES = ("a@acme.example", "b@eu.acme.example", "https://acme.example/x", "c@else.example", "no address")
DOMAINS = ("acme.example", "else.example")
PATTERNS = ("INV-####", "cmp-#", "b*", "st???")
OPS = {
    "fields": ("only", "required", "forbidden"),
    "names": ("only", "required", "forbidden", "unique_within"),
    "object": ("only", "required", "forbidden"),
    "word": ("one_of", "starts_with", "matches", "required", "forbidden", "unique_within"),
    "address": ("domain", "one_of", "required", "forbidden"),
    "addresses": ("domain", "required", "forbidden", "unique_within"),
    "number": ("max", "min", "one_of", "required"),
}
few = st.integers(0, 6)


def one_in(count: int) -> st.SearchStrategy[bool]:
    """True about once in `count`; not at an end of the range, which is drawn more often than its share."""
    return st.integers(0, count * 8).map(lambda number: number % count == count // 2)


@st.composite
def _limit(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    op = draw(st.sampled_from(OPS[kind]))
    if op in ("required", "forbidden"):
        return {op: True}
    values: Any = {
        "max": few,
        "min": few,
        "one_of": st.lists(few if kind == "number" else st.sampled_from(WORDS), min_size=1, max_size=3, unique=True),
        "only": st.lists(st.sampled_from(WORDS[: 3 if kind == "fields" else 4]), min_size=1, max_size=3, unique=True),
        "domain": st.lists(st.sampled_from(DOMAINS), min_size=1, max_size=2, unique=True),
        "starts_with": st.lists(st.sampled_from(("INV-", "cmp", "s")), min_size=1, max_size=2, unique=True),
        "matches": st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2, unique=True),
        "unique_within": st.sampled_from(("30d", "4h", "90m")),
    }[op]
    bounds = {op: draw(values)}
    if op == "max" and draw(st.booleans()):
        bounds["min"] = draw(st.integers(0, bounds["max"]))
    if draw(st.booleans()):
        bounds["optional"] = True
    return bounds


@st.composite
def _limits(draw: st.DrawFn, entry: ActionEntry) -> dict[str, Any]:
    kinds = ARGUMENTS[entry.tool] | {name: "number" for name in entry.measures if name != "usd"}
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), max_size=3, unique=True))
    found = {name: draw(_limit(kinds[name])) for name in chosen}
    for name in entry.measures:  # an optional limit on a measure lets a size pass that cannot be read
        found.get(name, {}).pop("optional", None)
    return found


@st.composite
def _tier(draw: st.DrawFn, entry: ActionEntry) -> Any:
    sizes = [name for name in entry.measures if name != "usd"]
    sizes += [f"{scope}.{name}" for name in sizes for scope in ("run", "day", "tree")]
    sizes += [name for name, kind in ARGUMENTS[entry.tool].items() if kind == "number" and name != "budget"]
    floor = TIERS.index(entry.floor.word)
    if not sizes or draw(st.booleans()):
        return TIERS[draw(st.integers(floor, 3))]
    count = draw(st.integers(1, 3))
    most = sorted(draw(st.lists(few, min_size=count, max_size=count, unique=True)))
    words = sorted(draw(st.lists(st.integers(floor, 3), min_size=count + 1, max_size=count + 1)))
    steps = [{"max": top, "is": TIERS[word]} for top, word in zip(most, words, strict=False)]
    return {"by": draw(st.sampled_from(sizes)), "steps": steps, "else": TIERS[words[-1]]}


windows = st.builds(
    lambda days, start, length, zone: {
        "days": sorted(days, key=("mon", "tue", "wed", "thu", "fri", "sat", "sun").index),
        "hours": f"{start // 60:02}:{start % 60:02}-{(start + length) // 60:02}:{(start + length) % 60:02}",
        "zone": zone,
    },
    st.sets(st.sampled_from(("mon", "tue", "wed", "thu", "fri", "sat", "sun")), min_size=1),
    st.integers(0, 720),
    st.integers(1, 720),
    st.sampled_from(ZONES),
)
consents = st.builds(
    lambda roles, within: {"all_of": [{"role": role} for role in roles], "within": within},
    st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True),
    st.sampled_from(("4h", "90m", "2d")),
)


@st.composite
def charters(draw: st.DrawFn) -> dict[str, Any]:
    """A charter document over `WORLD` that reads without a problem."""
    chosen = draw(st.lists(st.integers(0, len(ACTIONS) - 1), min_size=1, max_size=4, unique=True))
    grants = []
    for entry in (ACTIONS[at] for at in chosen):
        grant: dict[str, Any] = {"do": entry.name, "tier": draw(_tier(entry))}
        if limits := draw(_limits(entry)):
            grant["limits"] = limits
        for key, values in (("when", windows), ("approve", consents)):
            if draw(one_in(4)):
                grant[key] = draw(values)
        grants.append(grant)
    document: dict[str, Any] = {
        "charter": "lead-router",
        "purpose": "Assign new leads to the team that handles them.",
        "workflow": "lead-routing",
        "owner": {"accountable": "ana@acme.example", "backup": "ben@acme.example", "review_by": "2027-02-01"},
        "data": {
            "may_read": draw(st.just(list(CLASSES[:3])) | st.lists(st.sampled_from(CLASSES), unique=True)),
            "may_send_out": draw(st.just(["public"]) | st.lists(st.sampled_from(CLASSES), unique=True)),
        },
        "can": grants,
        "cannot": draw(st.sampled_from(CANNOT)),
        "approve": draw(consents),
        "run": {
            "calls": draw(st.integers(1, 5)),
            "seconds": draw(st.sampled_from((1, 60, 5400))),
            "repeats": draw(st.integers(1, 3)),
            "retries": draw(st.integers(0, 2)),
        },
    }
    names = [entry.name for entry in ACTIONS]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda pair: pair[0] != pair[1])
    orders = st.one_of(
        st.builds(lambda pair: {"before": pair[0], "require": pair[1]}, pairs),
        st.builds(lambda pair: {"after": pair[0], "never": pair[1]}, pairs),
    )
    if draw(one_in(3)):
        document["order"] = draw(st.lists(orders, min_size=1, max_size=2, unique_by=str))
    units = st.dictionaries(st.sampled_from(("calls", "sends", "records", "usd")), few, min_size=1, max_size=2)
    if draw(one_in(3)):
        scopes = st.dictionaries(st.sampled_from(("per_run", "per_day")), units, min_size=1)
        document["budget"] = draw(scopes)
    if draw(one_in(4)):
        document["when"] = draw(windows)
    return document


def _values(kind: str) -> st.SearchStrategy[Any]:
    words, odd = st.sampled_from(WORDS), st.sampled_from((None, True, 1.5, "", [], {}))
    return {
        "fields": st.lists(st.sampled_from(WORDS[:3]), max_size=3, unique=True),
        "names": st.lists(words, max_size=3, unique=True),
        "object": st.dictionaries(st.sampled_from(WORDS[:4]), words, max_size=2),
        "word": words,
        "address": st.sampled_from(ADDRESSES),
        "addresses": st.lists(st.sampled_from(ADDRESSES), max_size=3),
        "number": st.integers(0, 8),
    }[kind] | odd


@dataclass(frozen=True)
class Scene:
    """A charter, a call and what is known when it comes."""

    document: dict[str, Any]
    charter: Charter
    policy: Policy
    request: Request
    facts: Facts

    @property
    def check(self) -> Check | None:
        return self.policy.check(self.request.tool, self.request.arguments)


def policy_of(charter: Charter) -> Policy:
    return compile_policy(charter, CHARTER, WORLD, CATALOGUE)


EXAMPLES = {"INV-####": "INV-2041", "cmp-#": "cmp-1", "b*": "beta", "st???": "staff"}
INSIDE = {"acme.example": ADDRESSES[:3], "else.example": ADDRESSES[3:4]}


def _keeping(kind: str, bounds: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that keep the first of the bounds; ABSENT is `None` here and leaves the argument out."""
    op, value = next(iter(bounds.items()))
    if op == "forbidden":
        return st.none()
    if op in ("max", "min"):
        return st.integers(bounds.get("min", 0), bounds.get("max", 8))
    if op == "only" and kind == "object":
        return st.dictionaries(st.sampled_from(value), st.sampled_from(WORDS), min_size=1)
    if op == "only":
        return st.lists(st.sampled_from(value), min_size=1, unique=True)
    if op == "domain":
        inside = st.sampled_from([address for domain in value for address in INSIDE[domain]])
        return st.lists(inside, min_size=1, max_size=8) if kind == "addresses" else inside
    if op == "starts_with":
        return st.sampled_from([f"{start}4" for start in value])
    if op == "matches":
        return st.sampled_from([EXAMPLES[pattern] for pattern in value])
    return st.sampled_from(value) if op == "one_of" else _values(kind)


@st.composite
def calls(draw: st.DrawFn, document: dict[str, Any]) -> Request:
    """A call, mostly of what the charter grants and mostly within its limits; now and then anything at all."""
    granted = [entry for entry in ACTIONS for grant in document["can"] if grant["do"] == entry.name]
    entry = ACTIONS[draw(st.integers(0, 4))] if draw(one_in(10)) else draw(_one(granted))
    limits = next((grant.get("limits", {}) for grant in document["can"] if grant["do"] == entry.name), {})
    arguments: dict[str, Any] = dict(entry.when)
    for path, kind in ARGUMENTS[entry.tool].items():
        careful = path in limits and not draw(one_in(6))
        value = draw(_keeping(kind, limits[path]) if careful else _values(kind))
        if (value is None and careful) or (not careful and draw(one_in(4))):
            continue
        first, _, rest = path.partition(".")
        if not rest:
            arguments[first] = value
        elif isinstance(arguments.setdefault(first, {}), dict):
            arguments[first] = {**arguments[first], rest: value}
    if entry.defaults and not draw(one_in(10)):
        arguments["options"] = {"notify": False}
    tool = entry.tool if not draw(one_in(20)) else "unknown"
    return Request("router", "run-1", "route leads", "crm", tool, arguments, DIGEST)


def _one(entries: list[ActionEntry]) -> st.SearchStrategy[ActionEntry]:
    return st.integers(0, len(entries) - 1).map(lambda at: entries[at])


def _near(numbers: list[int]) -> st.SearchStrategy[int]:
    return st.sampled_from(sorted({max(0, number + by) for number in [0, *numbers] for by in (-1, 0, 1)}))


@st.composite
def scenes(draw: st.DrawFn, quiet: bool = False) -> Scene:
    """A charter with a call and facts at its edges; `quiet` leaves out halts and the like."""
    document = draw(charters())
    charter = parse_charter(document)
    policy = policy_of(charter)
    request = draw(calls(document))
    check = policy.check(request.tool, request.arguments)
    grant = check.grant if check else None
    tops = [most for most, _ in grant.tier.steps] if grant and isinstance(grant.tier, SteppedTier) else []
    limits, windows_ = charter.run, list(check.windows) if check else []
    minutes = [end for _, window in windows_ for end in (window.start_min, window.end_min)]
    times = {zone: (draw(st.integers(0, 6)), min(draw(_near(minutes)), 1439)) for zone in ZONES}
    if windows_ and not draw(one_in(4)):
        window = windows_[0][1]
        times[window.zone] = (min(window.days), draw(st.sampled_from((window.start_min, window.end_min - 1))))
    run = RunFact(
        "open",
        draw(_near([limits.calls])),
        draw(_near([limits.seconds])) * 1_000_000,
        draw(_near([limits.repeats])),
        draw(_near([limits.retries])),
    )
    if not draw(one_in(4)):
        run = RunFact("open", 0, 0, 0, 0)
    names = [entry.name for entry in ACTIONS]
    budget = {limit.key: draw(_near([limit.most])) for limit in charter.budget}
    spans = [limit.value for limit in grant.limits if limit.op.value == "unique_within"] if grant else []
    facts = Facts(
        at_us=NOW,
        decider=DECIDER,
        definition=DEFINITION,
        local=times,
        run=run,
        totals={name: draw(_near(tops)) for name in (check.totals if check else ())},
        spent=budget,
        done=draw(st.dictionaries(st.sampled_from(names), st.sampled_from(("intended", "succeeded")), max_size=2)),
        seen={
            path: NOW - draw(_near([int(span) for span in spans if isinstance(span, int)]))
            for path in (check.unique if check else ())
            if draw(st.booleans())
        },
        approval=draw(st.none() | _approvals()),
    )
    troubled = facts if quiet else replace(facts, **draw(_troubles()))
    return Scene(document, charter, policy, request, troubled)


def _approvals() -> st.SearchStrategy[ApprovalFact]:
    return st.builds(
        ApprovalFact,
        st.just("apr-1"),
        st.sampled_from(("approved", "approved", "approved", "open", "denied", "expired", "consumed")),
        st.sampled_from((DIGEST, DIGEST, DIGEST, "sha256:other")),
        st.just(DEFINITION),
        st.just(CHARTER),
        st.sampled_from((NOW + 1, NOW + 1, NOW, None)),
        st.sampled_from((True, True, False)),
    )


@st.composite
def _troubles(draw: st.DrawFn) -> dict[str, Any]:
    if not draw(one_in(8)):
        return {}
    return draw(
        st.fixed_dictionaries(
            {},
            optional={
                "revoked": st.just("this token was revoked; ask for a new one"),
                "halts": st.just((HaltFact("all", "drill"),)),
                "connector_stop": st.just("the credential is too old"),
                "schema_error": st.just("`ids` has the wrong type"),
                "quarantine": st.just("its definition changed"),
                "twin": st.builds(TwinFact, st.just("act-0"), st.sampled_from(("open", "unknown"))),
                "run": st.just(RunFact("ended", 0, 0, 0, 0)),
            },
        )
    )

"""What deciding alone costs, in this process: a charter of 10 or 1,000 grants with three limits each.

Tools are as coarse as the big vendors ship them: up to a hundred catalogued actions a tool, told apart by an
argument. So the figure grows if deciding walks through rules, whether of the charter or of one tool.
"""

import statistics
import time
from functools import cache

from bailiwick.core.catalogue import ActionEntry, Catalogue, Measure, Tool, Undo
from bailiwick.core.charter import Charter, Grant, Owner, RunLimits
from bailiwick.core.decide import DECIDER, Policy, compile_policy, decide
from bailiwick.core.facts import Facts, RunFact
from bailiwick.core.limit import Limit, Op
from bailiwick.core.request import Request
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.verdict import Allow, Deny
from bench.measurement import measurement

SIZES = (10, 1000)  # rules
A_TOOL = 100  # actions
DECISIONS = 20_000
BATCH = 20  # decisions between two readings of the clock
DIGEST = "sha256:" + "0" * 64


@measurement("decision_p50_us_1000", unit="us", against="absolute", aim=20)
def decision_p50_us_1000() -> float:
    return p50_us()[1000]


@measurement("decision_flat_10_to_1000", unit="×", against="10 rules", aim=2.0)
def decision_flat_10_to_1000() -> float:
    return p50_us()[1000] / p50_us()[10]


@cache
def p50_us() -> dict[int, float]:
    """Median CPU microseconds of one decision, by number of rules.

    Sizes are measured in turn, and in CPU time, so that a busy machine does not show as slow rules. Half of the
    requests are allowed, half break the last limit.
    """
    facts = Facts(at_us=0, decider=DECIDER, definition=DIGEST, run=RunFact("open", 1, 0, 0, 0))
    policies = {rules: policy(rules) for rules in SIZES}
    # a stride that shares no factor with a hundred visits all positions among a tool's actions
    asked = {n: [request(n, turn * 21 % n, ids) for turn in range(50) for ids in (5, 500)] for n in SIZES}
    took: dict[int, list[float]] = {rules: [] for rules in SIZES}
    for rules in SIZES:
        _check(policies[rules], facts, rules)
    for turn in range(DECISIONS // BATCH):
        for rules, made in policies.items():
            batch = [asked[rules][(turn * BATCH + step) % len(asked[rules])] for step in range(BATCH)]
            start = time.thread_time_ns()
            for one in batch:
                decide(made, one, facts)
            took[rules].append((time.thread_time_ns() - start) / BATCH / 1000)
    return {rules: statistics.median(times) for rules, times in took.items()}


def policy(rules: int) -> Policy:
    """A compiled charter with `rules` grants over `rules` catalogued actions."""
    actions = tuple(_entry(number) for number in range(rules))
    tools = {entry.tool: Tool(entry.tool, DIGEST, {"type": "object"}) for entry in actions}
    limits = (
        Limit("list", Op.ONE_OF, ("beta", "staff")),
        Limit("to", Op.DOMAIN, ("acme.example",)),
        Limit("records", Op.MAX, 100),
    )
    steps = SteppedTier("records", ((50, Tier.LOW), (5000, Tier.HIGH)), Tier.NEVER)
    grants = tuple(
        Grant(entry.name, steps if number % 2 else FixedTier(Tier.MEDIUM), limits)
        for number, entry in enumerate(actions)
    )
    charter = Charter(
        name="bench",
        purpose="Be measured",
        workflow="bench",
        owner=Owner("ana@acme.example", "it-ops@acme.example", "2027-02-01"),
        may_read=frozenset({"public"}),
        may_send_out=frozenset({"public"}),
        grants=grants,
        cannot=("billing.*",),
        approve=None,
        when=None,
        run=RunLimits(1000, 3600, 3, 2),
    )
    return compile_policy(charter, DIGEST, Catalogue("crm", tools, actions), DIGEST)


def request(rules: int, number: int, ids: int) -> Request:
    """A call of action `number` that touches `ids` records."""
    arguments = {"kind": number % A_TOOL, "ids": list(range(ids)), "list": "beta", "to": "ana@acme.example"}
    return Request("agent", "run", "be measured", "crm", f"tool{number // A_TOOL}", arguments, DIGEST)


def _entry(number: int) -> ActionEntry:
    return ActionEntry(
        name=f"crm.kind{number}.update",
        tool=f"tool{number // A_TOOL}",
        when={"kind": number % A_TOOL},
        floor=Tier.LOW,
        effect="write",
        reads=None,
        sends=None,
        arguments={"ids": "authority"},
        measures={"records": Measure("length_of", "ids")},
        defaults={},
        undo=Undo("reversible"),
        idempotent=True,
        confirm=None,
        sentence="update records",
    )


def _check(made: Policy, facts: Facts, rules: int) -> None:
    """A measurement of the wrong path is worth nothing."""
    last = rules - 1
    small, big = (decide(made, request(rules, last, ids), facts) for ids in (5, 500))
    if not isinstance(small, Allow) or not isinstance(big, Deny):
        raise RuntimeError(f"the measured decisions came out wrong: {small}, {big}")

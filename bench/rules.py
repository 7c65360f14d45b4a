"""Charters of any number of rules for measuring: each rule an action with three limits, half with a tier by size.

Tools are as coarse as the big vendors ship them: up to a hundred catalogued actions a tool, told apart by an
argument. So a figure grows if deciding walks through rules, whether of the charter or of one tool.
"""

from dataclasses import replace

from bailiwick.core.catalogue import ActionEntry, Catalogue, Measure, Tool, Undo
from bailiwick.core.charter import Charter, Grant, Owner, RunLimits
from bailiwick.core.decide import DECIDER, Policy, compile_policy, decide
from bailiwick.core.facts import Facts, RunFact
from bailiwick.core.limit import Limit, Op
from bailiwick.core.request import Request
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.verdict import Allow, Deny

A_TOOL = 100  # actions
DIGEST = "sha256:" + "0" * 64
FACTS = Facts(at_us=0, decider=DECIDER, definition=DIGEST, run=RunFact("open", 1, 0, 0, 0))


def catalogue(rules: int) -> Catalogue:
    """As many actions as there are rules."""
    actions = tuple(_entry(number) for number in range(rules))
    tools = {entry.tool: Tool(entry.tool, DIGEST, {"type": "object"}) for entry in actions}
    return Catalogue("crm", tools, actions)


def charter(rules: int, number: int = 0) -> Charter:
    """A grant for each action of `catalogue(rules)`; charters of other numbers have other limits.

    They are of one company: they share its domain, and have lists of their own and sizes of 300 kinds.
    """
    return Charter(
        name=f"bench-{number}",
        purpose="Be measured",
        workflow="bench",
        owner=Owner("ana@acme.example", "it-ops@acme.example", "2027-02-01"),
        may_read=frozenset({"public"}),
        may_send_out=frozenset({"public"}),
        grants=tuple(_grant(action, number) for action in range(rules)),
        cannot=("billing.*",),
        approve=None,
        when=None,
        run=RunLimits(1000, 3600, 3, 2),
    )


def policy(rules: int) -> Policy:
    """Charter and catalogue compiled; raises RuntimeError if deciding by it does not go the way to be measured."""
    made = compile_policy(charter(rules), DIGEST, catalogue(rules), DIGEST)
    small, big = (decide(made, request(rules - 1, ids), FACTS) for ids in (5, 500))
    if not isinstance(small, Allow) or not isinstance(big, Deny):
        raise RuntimeError(f"the measured decisions came out wrong: {small}, {big}")
    return made


def request(number: int, ids: int) -> Request:
    """A call of action `number` that touches `ids` records: 5 are allowed, 500 break the last limit."""
    arguments = {"kind": number % A_TOOL, "ids": list(range(ids)), "list": "beta", "to": "ana@acme.example"}
    return Request("agent", "run", "be measured", "crm", f"tool{number // A_TOOL}", arguments, DIGEST)


def _grant(action: int, number: int) -> Grant:
    limits = (
        Limit("list", Op.ONE_OF, ("beta", "staff", f"own-{number}")),
        Limit("to", Op.DOMAIN, ("acme.example",)),
        Limit("records", Op.MAX, 100 + number % 300),
    )
    steps = SteppedTier("records", ((50, Tier.LOW), (5000, Tier.HIGH)), Tier.NEVER)
    return Grant(_entry(action).name, steps if action % 2 else FixedTier(Tier.MEDIUM), limits)


_ENTRY = ActionEntry(
    name="",
    tool="",
    floor=Tier.LOW,
    arguments={"ids": "authority"},
    measures={"records": Measure("length_of", "ids")},
    undo=Undo("reversible"),
    idempotent=True,
    sentence="update records",
)


def _entry(number: int) -> ActionEntry:
    tool, kind = divmod(number, A_TOOL)
    return replace(_ENTRY, name=f"crm.kind{number}.update", tool=f"tool{tool}", when={"kind": kind})

"""The Agent Governance Toolkit in a process of its own: orders as JSON lines in, timings as JSON lines out.

`{"engine": "evaluator", "rules": 1000, "numbers": [0, 21, ...]}` answers with microseconds of CPU for each call.
It offers two engines, and is given the better case of both:

* `engine` is `agentmesh.governance.PolicyEngine`, which its README's `govern()` asks. One policy of N rules, each an
  action and the three limits of ours as one condition in the engine's own language.
* `evaluator` is `agent_os.policies.PolicyEvaluator`, the faster one, of which its published figures are. Its rules
  hold one condition each, so it is asked for the action alone and decides less than the others here.

Neither looks at tiers, windows, run limits or halts, resolves what a call means, or checks approvals. Both are called
in process, without audit, on contexts that are already as they want them.
"""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from agent_os.policies.evaluator import PolicyEvaluator
from agent_os.policies.schema import (
    PolicyAction,
    PolicyCondition,
    PolicyDefaults,
    PolicyDocument,
    PolicyOperator,
    PolicyRule,
)
from agentmesh.governance.policy import Policy, PolicyEngine
from agentmesh.governance.policy import PolicyRule as EngineRule

sys.path.append(str(Path(__file__).parent))
from timing import timed  # a file beside this one, not part of a package here

Asked = dict[str, Any]
Asking = tuple[Callable[[Asked], object], Callable[[int], Asked]]
LIMITS = "list in ['beta', 'staff'] and domain == 'acme.example' and records <= 100"


@cache
def engine(rules: int) -> Asking:
    """Half of the calls keep every limit, half break the last."""
    judge = PolicyEngine()
    listed = [
        EngineRule(name=f"r{number}", condition=f"action.type == '{_name(number)}' and {LIMITS}", action="allow")
        for number in range(rules)
    ]
    judge.load_policy(Policy(name="bench", agents=["*"], rules=listed, default_action="deny"))

    def asked(number: int, size: int) -> Asked:
        return {"action": {"type": _name(number)}, "list": "beta", "domain": "acme.example", "records": size}

    def allowed(context: Asked) -> bool:
        return bool(judge.evaluate("did:mesh:bench", context).allowed)

    _check(allowed(asked(rules - 1, 5)) and not allowed(asked(rules - 1, 500)))
    return allowed, lambda number: asked(number // 2 % rules, 500 if number % 2 else 5)


@cache
def evaluator(rules: int) -> Asking:
    """Every call is allowed."""
    listed = [
        PolicyRule(
            name=f"r{number}",
            condition=PolicyCondition(field="action", operator=PolicyOperator.EQ, value=_name(number)),
            action=PolicyAction.ALLOW,
        )
        for number in range(rules)
    ]
    denied = PolicyDefaults(action=PolicyAction.DENY)
    judge = PolicyEvaluator([PolicyDocument(name="bench", version="1.0", rules=listed, defaults=denied)])

    def asked(number: int) -> Asked:
        return {"action": _name(number), "list": "beta", "domain": "acme.example", "records": 5}

    def allowed(context: Asked) -> bool:
        return bool(judge.evaluate(context).allowed)

    _check(allowed(asked(rules - 1)) and not allowed(asked(rules)))
    return allowed, lambda number: asked(number // 2 % rules)


def _name(number: int) -> str:
    return f"crm.kind{number}.update"


def _check(right: bool) -> None:
    """A measurement of the wrong path is worth nothing."""
    if not right:
        raise RuntimeError("the measured decisions came out wrong")


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        call, item = {"engine": engine, "evaluator": evaluator}[order["engine"]](order["rules"])
        print(json.dumps(timed(call, map(item, order["numbers"]))), flush=True)


if __name__ == "__main__":
    main()

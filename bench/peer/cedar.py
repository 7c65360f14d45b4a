"""cedarpy with policies parsed once: all of a charter's, or only those of the action that is asked for.

It is given the better case: no schema to check against, the action already resolved, the records already counted, and
three conditions a permit beside four forbids for everything (halted, revoked, run ended, calls used up). Tiers,
totals and approvals are left out. What is timed is one `is_authorized`, which has to turn the context into Cedar's
values each time.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import cedarpy

_CIRCUMSTANCES: Final = """
@id("halted") forbid(principal, action, resource) when { context.halted };
@id("revoked") forbid(principal, action, resource) when { context.revoked };
@id("ended") forbid(principal, action, resource) unless { context.open };
@id("calls") forbid(principal, action, resource) when { context.calls >= 1000 };
"""
_NONE: Final = cedarpy.Entities.from_json_str("[]")


Asked = dict[str, object]
Asking = tuple[Callable[[Asked], object], Callable[[int], Asked]]


@cache
def full(rules: int) -> Asking:
    """Every permit of the charter is there to be looked at."""
    policies = cedarpy.PolicySet.from_str(_CIRCUMSTANCES + "".join(_permit(number) for number in range(rules)))
    return _asking(rules, lambda action: policies)


@cache
def sliced(rules: int) -> Asking:
    """One policy set an action, chosen by name."""
    slices = {_action(number): cedarpy.PolicySet.from_str(_CIRCUMSTANCES + _permit(number)) for number in range(rules)}
    return _asking(rules, slices.__getitem__)


def _permit(number: int) -> str:
    limits = '["beta", "staff"].contains(context.list) && context.to like "*@acme.example" && context.records <= 100'
    return f'@id("r{number}") permit(principal, action == {_action(number)}, resource) when {{ {limits} }};\n'


def _action(number: int) -> str:
    return f'Action::"crm.kind{number}.update"'


def _asking(rules: int, choose: Callable[[str], cedarpy.PolicySet]) -> Asking:
    """Asking Cedar, and the request of a number: odd ones break a limit."""

    def asked(number: int, size: int) -> Asked:
        circumstances = {"halted": False, "revoked": False, "open": True, "calls": 1}
        context = {"list": "beta", "to": "ana@acme.example", "records": size, **circumstances}
        ids = {"principal": 'Agent::"agent"', "action": _action(number), "resource": 'Tool::"crm"'}
        return {**ids, "context": context}

    def allowed(request: Asked) -> bool:
        return bool(cedarpy.is_authorized(request, choose(str(request["action"])), _NONE).allowed)

    if not allowed(asked(rules - 1, 5)) or allowed(asked(rules - 1, 500)):
        raise RuntimeError("the measured decisions came out wrong")
    return allowed, lambda number: asked(number // 2 % rules, 500 if number % 2 else 5)

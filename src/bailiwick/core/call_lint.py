"""What only a search for calls can tell of a charter: grants that no call meets, and questions that can be dodged.

The search is that of `compare`, so a grant that is told never to run is one that `decide` would never let run.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from bailiwick.core.budget_limit import amount_text, is_money
from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter, Grant
from bailiwick.core.check import TOTAL_SCOPES, Check
from bailiwick.core.decide import compile_policy
from bailiwick.core.difference import permits_nothing
from bailiwick.core.problem import Problem
from bailiwick.core.situation import Situations
from bailiwick.core.stance import stance_of
from bailiwick.core.tier import SteppedTier, Tier

_FROM_US: Final = 1_767_225_600_000_000
"""Clocks of several time zones are looked at from 2026 on; a charter is linted the same at any time."""


def lint_calls(charter: Charter, catalogues: Sequence[Catalogue], known: Collection[int]) -> Iterator[Problem]:
    """Warnings for each grant; `known` are the places in `can` of those already told never to run."""
    for catalogue in catalogues:
        policy = compile_policy(charter, "", catalogue, "")
        for at, grant in enumerate(charter.grants):
            check = policy.checks.get(grant.action)
            if check is None or check.cannot is not None or at in known:
                continue
            if not _plain(check, grant):
                schema = catalogue.tools[check.entry.tool].input_schema
                if permits_nothing(stance_of(charter, check), Situations((check,), schema, _FROM_US)):
                    message = f"no call keeps all that `{grant.action}` is bound by, so it can never run: relax a limit"
                    yield Problem(("can", at), message, "warning")
                    continue
            yield from _dodged(charter, check, grant, at)


def _plain(check: Check, grant: Grant) -> bool:
    """Whether nothing in the grant can stand against anything else in it, so that some call surely meets it."""
    entry = check.entry
    asked = [limit.argument for limit in grant.limits]
    asked += [name for name in entry.measures for limit in grant.limits if limit.argument == name]
    asked += [how.of for name, how in entry.measures.items() if name in asked and isinstance(how.of, str)]
    asked += [*entry.when, *([entry.reads.by] if entry.reads and entry.reads.by else [])]
    if isinstance(grant.tier, SteppedTier):
        asked.append(grant.tier.by.rpartition(".")[2])
    heads = [path.partition(".")[0] for path in asked]
    fixed = not check.order and not check.budget and len(check.windows) < 2
    return fixed and len(set(heads)) == len(heads)


def _dodged(charter: Charter, check: Check, grant: Grant, at: int) -> Iterator[Problem]:
    """Money that must be asked for, while smaller sums that need nobody add up to it."""
    rule = grant.tier
    if not isinstance(rule, SteppedTier) or rule.by not in check.entry.measures or charter.run.calls < 2:
        return
    if check.entry.effect != "spend" and not is_money(rule.by):
        return  # other sizes mean something only by themselves: forty answers to one person each are no mailing
    alone = [most for most, tier in rule.steps if max(tier, check.entry.floor) < Tier.HIGH]
    asks = any(max(tier, check.entry.floor) is Tier.HIGH for tier in (*(t for _, t in rule.steps), rule.otherwise))
    counted = any(limit.unit == rule.by for limit in check.budget)
    if not alone or not asks or counted or charter.run.calls * max(alone) <= max(alone):
        return
    total = amount_text(charter.run.calls * max(alone), rule.by)
    scopes = " or ".join(f"`{scope}.{rule.by}`" for scope in TOTAL_SCOPES[:2])
    message = (
        f"nobody has to be asked when it is done in pieces: {charter.run.calls:,} calls of "
        f"{amount_text(max(alone), rule.by)} make {total} in one run; step by {scopes}, or add a budget of `{rule.by}`"
    )
    yield Problem(("can", at, "tier", "by"), message, "warning")

"""The easiest call of an action: what still stands against it stands against every call of it.

Searches ask whether an agent may do an action at all, without arguments. The charter is loosened by everything that
depends on arguments (limits, sizes, fields read), and the usual decision is taken on what is left: halts, revocation,
the run, `cannot`, the hours, the order, budgets used up, the data classes that every call shows, the lowest tier.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bailiwick.core.catalogue import ActionEntry, Catalogue, FieldClasses, Measure
from bailiwick.core.charter import Charter, Grant
from bailiwick.core.check import TOTAL_SCOPES
from bailiwick.core.decide import Policy, compile_policy
from bailiwick.core.path import with_value
from bailiwick.core.tier import FixedTier, SteppedTier, Tier, TierRule
from bailiwick.flow.prepare import Prepared

_NO_LIMIT: Final = 2**53


def loosest(call: Prepared, entry: ActionEntry) -> Prepared | None:
    """The prepared call, decided for nothing but what all calls of `entry` have in common.

    None where no version of the charter that may decide it grants the action.
    """
    versions = [call.policy] + ([call.canary] if call.canary else [])
    if not any(_granted(policy, entry.name) for policy in versions):
        return None
    policy, *canary = [_loosened(policy, entry) for policy in versions]
    return replace(
        call,
        policy=policy,
        canary=canary[0] if canary else None,
        entry=policy.checks[entry.name].entry,
        schema_error=None,
    )


def least_arguments(entry: ActionEntry) -> Mapping[str, object]:
    """The arguments that make a call this action, and no others."""
    arguments: dict[str, object] = {}
    for path, value in entry.when.items():
        arguments = with_value(arguments, path, value)
    return arguments


def _granted(policy: Policy, action: str) -> bool:
    check = policy.checks.get(action)
    return check is not None and check.grant is not None and check.cannot is None


def _loosened(policy: Policy, entry: ActionEntry) -> Policy:
    grant, easy = policy.charter.grant(entry.name), _entry(entry, policy.charter)
    tools = {name: tool for name, tool in policy.catalogue.tools.items() if name == entry.tool}
    catalogue = Catalogue(policy.catalogue.connector, tools, (easy,))
    charter = _charter(policy.charter, _grant(grant, easy) if grant else None)
    return compile_policy(charter, policy.charter_digest, catalogue, policy.catalogue_digest)


def _entry(entry: ActionEntry, charter: Charter) -> ActionEntry:
    sizes = {name: how if how.kind == "constant" else Measure("constant", 0) for name, how in entry.measures.items()}
    return replace(entry, measures=sizes, reads=_reads(entry.reads, charter), defaults={}, idempotent=True)


def _reads(reads: FieldClasses | None, charter: Charter) -> FieldClasses | None:
    """A read that chooses its fields may choose one that the charter may see."""
    if reads is None or reads.by is None:
        return reads
    seen = sorted(set(reads.classes.values()) & charter.may_read) or sorted(reads.classes.values())
    return FieldClasses(constant=seen[0] if seen else None)


def _charter(charter: Charter, grant: Grant | None) -> Charter:
    run = replace(charter.run, repeats=_NO_LIMIT, retries=_NO_LIMIT)
    return replace(charter, grants=(grant,) if grant else (), run=run)


def _grant(grant: Grant, entry: ActionEntry) -> Grant:
    return replace(grant, limits=(), tier=_tier(grant.tier, entry))


def _tier(tier: TierRule, entry: ActionEntry) -> TierRule:
    """Steps over a size are left to its smallest value; steps over an argument give their mildest."""
    if isinstance(tier, FixedTier):
        return tier
    scope, _, name = tier.by.partition(".")
    sized = tier.by in entry.measures or (scope in TOTAL_SCOPES and name in entry.measures)
    return tier if sized else FixedTier(_mildest(tier))


def _mildest(tier: SteppedTier) -> Tier:
    return min([step for _, step in tier.steps] or [tier.otherwise])

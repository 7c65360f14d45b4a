"""Asking Cedar: may this run unheard, without anybody's consent, as things are, and supposing consent?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import cedarpy

from bench.oracle import policy, schema, value
from bench.oracle.terms import Terms

LOW, MEDIUM, HIGH, ASK, DENY = "allow low", "allow medium", "allow high", "ask", "deny"
UNLISTED, UNREADABLE = "unlisted", "unreadable"
THIS, OTHER = "this", "other"
"""What the digests of a call, a definition and a charter are called here: only sameness counts."""

STATES: Final = ("revoked", "halted", "connector_stopped", "quarantined", "schema_broken", "twin")


@dataclass(frozen=True)
class Answer:
    """What Cedar says. `reasons` are all the words under which it refused; `troubles` are Cedar's own errors."""

    verdict: str
    reasons: frozenset[str]
    troubles: tuple[str, ...] = ()


class ExportError(Exception):
    """What was exported is not what Cedar accepts: a fault of the export."""


class Oracle:
    """The policies of one charter over one catalogue, loaded by Cedar with their schema."""

    def __init__(self, terms: Terms, besides: str = "") -> None:
        """`besides` is Cedar text of further policies."""
        self.terms = terms
        self.schema_text, self.policy_text = schema.text(terms), policy.text(terms) + besides
        try:
            self._schema = cedarpy.Schema.from_str(self.schema_text)
            self._policies = cedarpy.PolicySet.from_str(self.policy_text)
        except ValueError as trouble:
            raise ExportError(str(trouble)) from trouble

    def validate(self) -> None:
        """Have Cedar prove that no policy can fail on a call of this schema; raises ExportError when it cannot."""
        checked = cedarpy.validate_policies(self.policy_text, self._schema)
        if not checked.validation_passed:
            raise ExportError("; ".join(str(error) for error in checked.errors[:3]))

    def answer(self, tool: str, arguments: str, facts: Mapping[str, Any]) -> Answer:
        """The verdict on one call; anything that Cedar could not evaluate is a refusal."""
        try:
            context = self.context(tool, arguments, facts)
        except value.Unreadable:
            return Answer(DENY, frozenset({UNREADABLE}))
        return self.judged(tool, context)

    def judged(self, tool: str, context: dict[str, Any]) -> Answer:
        """The verdict on a context; a question is only put when the one before leaves it open."""
        action = schema.calling(tool)
        supposed = self.ask(action, context | {"supposed": True})
        # INVARIANT: Cedar skips a `forbid` that fails, and may then allow; whatever it says, an error refuses
        if troubles := supposed.diagnostics.errors:
            return Answer(DENY, frozenset(), tuple(map(str, troubles)))
        if not supposed.allowed:
            names = supposed.diagnostics.id_annotations_by_reason.values()
            return Answer(DENY, frozenset(name.partition(":")[0] for name in names) or frozenset({UNLISTED}))
        if not _allowed(self.ask(action, context)):
            return Answer(ASK, frozenset())
        if not _allowed(self.ask(action, {key: part for key, part in context.items() if key != "consent"})):
            return Answer(HIGH, frozenset())
        return Answer(LOW if _allowed(self.ask(schema.quietly(tool), context)) else MEDIUM, frozenset())

    def ask(self, action: str, context: Mapping[str, Any]) -> cedarpy.AuthzResult:
        """Cedar's own result, always with the schema."""
        request = {
            "principal": 'Agent::"agent"',
            "action": f"Action::{schema.quoted(action)}",
            "resource": 'Connector::"connector"',
            "context": dict(context),
        }
        return cedarpy.is_authorized(request, self._policies, [], self._schema)

    def context(self, tool: str, arguments: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that the policies look at, for one call."""
        args = self._filled(tool, value.read(arguments))
        consent = facts["consent"]
        local = {
            zone: datetime.fromtimestamp(facts["at_us"] // 1_000_000, UTC).astimezone(ZoneInfo(zone))
            for zone in self.terms.zones
        }
        return {
            "args": {
                path: self._argument(path, args) for path in self.terms.paths if value.is_there(value.find(args, path))
            },
            "at_us": facts["at_us"],
            "digest": THIS,
            "definition": THIS,
            "charter": THIS,
            **{state: facts[state] for state in STATES},
            "run": facts["run"],
            "local": {
                zone: {"weekday": at.isoweekday() - 1, "minute": at.hour * 60 + at.minute} for zone, at in local.items()
            },
            "totals": {name: facts["totals"][name] for name in self.terms.totals},
            "spent": {name: facts["spent"][name] for name in self.terms.budgets},
            "seen": {name: at for name, at in facts["seen"].items() if name in self.terms.unique},
            "intended": sorted(facts["done"]),
            "succeeded": sorted(name for name, how in facts["done"].items() if how == "succeeded"),
            **({"consent": {key: part for key, part in consent.items() if part is not None}} if consent else {}),
            "supposed": False,
        }

    def _argument(self, path: str, args: Mapping[str, Any]) -> dict[str, object]:
        return value.argument(value.find(args, path), self.terms.patterns.get(path, ()), path in self.terms.itemised)

    def _filled(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments as they will be sent: with the catalogue's defaults for the action that they mean."""
        for entry in self.terms.actions.values():
            meant = entry["tool"] == tool and all(
                value.is_there(value.find(arguments, path))
                and value.token(value.find(arguments, path)) == value.token(wanted)
                for path, wanted in entry.get("when", {}).items()
            )
            if meant:
                for path, default in entry.get("defaults", {}).items():
                    arguments = value.filled(arguments, path, default)
                return arguments
        return arguments


def _allowed(result: cedarpy.AuthzResult) -> bool:
    return bool(result.allowed) and not result.diagnostics.errors

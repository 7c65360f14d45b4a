"""One call under one charter, as documents: what both sides are given and what a person reads when they disagree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bench.oracle.terms import Terms

Document = Mapping[str, Any]
QUIET: Document = {
    "at_us": 1_780_300_800_000_000,  # Monday 2026-06-01, 08:00 UTC
    "revoked": False,
    "halted": False,
    "connector_stopped": False,
    "quarantined": False,
    "schema_broken": False,
    "twin": False,
    "run": {"open": True, "calls": 0, "elapsed_us": 0, "repeats": 0, "failures": 0},
    "totals": {},
    "spent": {},
    "seen": {},
    "done": {},
    "consent": None,
}
"""Facts that speak against nothing."""

_ABOUT = ("charter", "purpose", "workflow", "owner")


@dataclass(frozen=True)
class Call:
    """A tool call as its JSON text, and the facts it meets; `facts` has the keys of `QUIET`."""

    tool: str
    arguments: str
    facts: Document


@dataclass(frozen=True)
class Case:
    """A call and the documents it is judged by."""

    terms: Terms
    call: Call

    def __repr__(self) -> str:
        """YAML without what cannot matter: actions and rules of other tools, facts that speak against nothing."""
        terms, call = self.terms, self.call
        entries = {name: entry for name, entry in terms.actions.items() if entry["tool"] == call.tool}
        charter = {key: part for key, part in terms.charter.items() if key not in _ABOUT}
        charter["can"] = [grant for grant in charter["can"] if grant["do"] in entries]
        if "order" in charter:
            charter["order"] = [rule for rule in charter["order"] if entries.keys() & set(rule.values())]
        shown = {
            "charter": charter,
            "catalogue": {name: {k: v for k, v in entry.items() if v != {}} for name, entry in entries.items()},
            "call": {"tool": call.tool, "arguments": call.arguments},
            "facts": {key: fact for key, fact in call.facts.items() if fact != QUIET[key] and fact},
        }
        return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)

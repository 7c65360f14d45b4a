"""The charter in Cedar: one `permit` a grant, and a `forbid` for everything that must hold besides.

A tier is never a condition of a permit: high is `forbid` unless somebody consented, never is `forbid`, and medium
forbids the quiet action alone. So no second permit can reach around an approval.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.oracle.condition import (
    CONSENT,
    CONSENTED,
    bound_of,
    given,
    has,
    inside_hours,
    keeps,
    readable,
    same,
    where,
    whole,
)
from bench.oracle.schema import calling, quietly, quoted
from bench.oracle.terms import Document, Terms

LEVELS = {"low": 1, "medium": 2, "high": 3, "never": 4}


@dataclass(frozen=True)
class Policy:
    """One Cedar policy; `reason` is the word under which a refusal is known, `about` tells two of them apart."""

    effect: str
    reason: str
    about: str
    when: str
    unless: str = ""
    action: str = "action"

    def text(self) -> str:
        name = quoted(f"{self.reason}: {self.about}")
        unless = f" unless {{ {self.unless} }}" if self.unless else ""
        return f"@id({name})\n{self.effect}(principal, {self.action}, resource) when {{ {self.when} }}{unless};"


def text(terms: Terms) -> str:
    """The whole policy set; raises ValueError when two policies share a name, which would hide one."""
    found = [*_everywhere(), *(policy for name in terms.actions for policy in _Action(terms, name).policies())]
    names = [(policy.reason, policy.about) for policy in found]
    if len(set(names)) < len(names):
        raise ValueError("two policies share a name")
    return "\n".join(policy.text() for policy in found)


def _everywhere() -> Iterator[Policy]:
    yield Policy("forbid", "revoked", "agent", "context.revoked")
    yield Policy("forbid", "halted", "stop", "context.halted")
    yield Policy("forbid", "run-ended", "run", "!context.run.open")


@dataclass(frozen=True)
class _Action:
    """The policies of one catalogued action."""

    terms: Terms
    name: str

    @property
    def entry(self) -> Document:
        return self.terms.actions[self.name]

    @property
    def grant(self) -> Document | None:
        return self.terms.grants.get(self.name)

    def policies(self) -> Iterator[Policy]:
        yield from self._cannot()
        if self.grant is None:
            return
        yield self._policy("permit", "can", "", "true")
        yield from self._circumstances()
        yield from self._data()
        yield from (self._limit(*rest) for action, *rest in self.terms.limits if action == self.name)
        yield from self._windows()
        yield from self._order()
        yield from self._run()
        yield from self._budgets()
        yield from self._tiers(self.grant)

    def _policy(self, effect: str, reason: str, about: str, when: str, unless: str = "", quiet: bool = False) -> Policy:
        tool = self.entry["tool"]
        scope = f"action == Action::{quoted(quietly(tool))}" if quiet else f"action in Action::{quoted(calling(tool))}"
        meant = [same(path, value) for path, value in self.entry.get("when", {}).items()]
        return Policy(effect, reason, f"{self.name} {about}".strip(), " && ".join([*meant, f"({when})"]), unless, scope)

    def _forbid(self, reason: str, about: str, when: str, unless: str = "") -> Policy:
        return self._policy("forbid", reason, about, when, unless)

    def _cannot(self) -> Iterator[Policy]:
        for pattern in self.terms.charter["cannot"]:
            yield self._forbid("cannot", pattern, f"{quoted(self.name)} like {quoted(pattern)}")

    def _circumstances(self) -> Iterator[Policy]:
        yield self._forbid("connector-stopped", "", "context.connector_stopped")
        yield self._forbid("quarantined", "", "context.quarantined")
        yield self._forbid("schema", "", "context.schema_broken")
        for path in self.entry.get("defaults", {}):
            yield self._forbid("schema", f"default {path}", f"!({has(path)})")
        if not self.entry.get("idempotent", False):
            yield self._forbid("unsettled", "", "context.twin")

    def _data(self) -> Iterator[Policy]:
        charter, reads, sends = self.terms.charter["data"], self.entry.get("reads"), self.entry.get("sends")
        if sends is not None and sends not in charter["may_send_out"]:
            yield self._forbid("data-ceiling", "sends", "true")
        if isinstance(reads, str):
            if reads not in charter["may_read"]:
                yield self._forbid("data-ceiling", "reads", "true")
        elif reads is not None:
            yield self._forbid("data-ceiling", "reads", "true", readable(reads, charter["may_read"]))

    def _limit(self, argument: str, op: str, bound: Any, optional: bool) -> Policy:
        measured = argument in self.entry.get("measures", {}) and op != "unique_within"
        there, kept = (
            self._measured(argument, op, bound)
            if measured
            else (f"({has(argument)})", f"({keeps(argument, op, bound)})")
        )
        if op != "forbidden":
            kept = where(there, kept) if optional else f"{there} && {kept}"
        return self._forbid("limit", f"{argument} {op}", "true", kept)

    def _measured(self, name: str, op: str, bound: Any) -> tuple[str, str]:
        """A limit on a measure: whether the call shows it, and whether it is kept."""
        there, size = self._size(name)
        match op:
            case "max":
                return there, f"{size} <= {bound_of(name, bound)}"
            case "min":
                return there, f"{size} >= {bound_of(name, bound)}"
            case "one_of":
                whole = [item for item in bound if type(item) is int] or [-1]
                return there, f"{whole}.contains({size})"
            case "required":
                return there, "true"
            case "forbidden":
                return there, f"!{there}"
        raise ValueError(f"`{op}` of a measure is not exported")

    def _size(self, name: str) -> tuple[str, str]:
        """Whether a measure is shown, and how large it is."""
        ((kind, of),) = self.entry["measures"][name].items()
        match kind:
            case "constant":
                return "true", str(of)
            case "length_of":
                kinds = '["list", "object"].contains'
                return f"({has(of)} && {kinds}({given(of)}.kind) && {given(of)} has size)", f"{given(of)}.size"
        return whole(of)

    def _windows(self) -> Iterator[Policy]:
        grant: Document = self.grant or {}
        for about, part in (("charter", self.terms.charter), ("grant", grant)):
            if "when" in part:
                yield self._forbid("window", about, "true", inside_hours(part["when"]))

    def _order(self) -> Iterator[Policy]:
        for at, rule in enumerate(self.terms.charter.get("order", [])):
            if rule.get("before") == self.name:
                yield self._forbid("order", str(at), "true", f"context.succeeded.contains({quoted(rule['require'])})")
            elif rule.get("never") == self.name:
                yield self._forbid("order", str(at), f"context.intended.contains({quoted(rule['after'])})")

    def _run(self) -> Iterator[Policy]:
        most = self.terms.run
        # with this call included no count may pass its limit; a first failure still leaves every retry
        yield self._forbid("run-limit", "calls", f"context.run.calls + 1 > {most['calls']}")
        yield self._forbid("run-limit", "repeats", f"context.run.repeats + 1 > {most['repeats']}")
        yield self._forbid("run-limit", "retries", f"context.run.failures > {most['retries']}")
        yield self._forbid("run-limit", "seconds", f"context.run.elapsed_us >= {most['seconds']}000000")

    def _budgets(self) -> Iterator[Policy]:
        for key, most in self.terms.budgets.items():
            unit = key.partition(".")[2]
            if unit == "calls" or (unit == "sends" and self.entry["effect"] == "send"):
                there, use = "true", "1"
            elif unit != "sends" and unit in self.entry.get("measures", {}):
                there, use = self._size(unit)
            else:
                continue
            yield self._forbid("budget", key, "true", f"{there} && context.spent[{quoted(key)}] + {use} <= {most}")

    def _tiers(self, grant: Document) -> Iterator[Policy]:
        there, chosen = self._chosen(grant["tier"])
        floor = LEVELS[self.entry.get("floor", "high")]
        level = f"(if {chosen} < {floor} then {floor} else {chosen})"
        if there != "true":
            yield self._forbid("limit", "tier", f"!{there}")
        yield self._forbid("never", "", f"{there} && {level} == {LEVELS['never']}")
        high = f"{there} && {level} == {LEVELS['high']}"
        if "approve" in grant or "approve" in self.terms.charter:
            yield self._forbid("approval-refused", "", f'{high} && context has consent && {CONSENT}.status == "denied"')
            yield self._forbid("approval", "", high, f"context.supposed || {CONSENTED}")
        else:
            yield self._forbid("error", "nobody may approve", high)
        medium = f"{there} && {level} >= {LEVELS['medium']}"
        yield self._policy("forbid", "heard of", "", medium, quiet=True)

    def _chosen(self, tier: Any) -> tuple[str, str]:
        """Whether the charter's own tier can be told, and its level."""
        if not isinstance(tier, Mapping):
            return "true", str(LEVELS[tier])
        by, measures = tier["by"], self.entry.get("measures", {})
        scope, _, name = by.partition(".")
        if scope in ("run", "day", "tree") and name in measures:
            there, size = self._size(name)
            size = f"(context.totals[{quoted(by)}] + {size})"
        else:
            there, size = self._size(by) if by in measures else whole(by)
        level = str(LEVELS[tier["else"]])
        for step in reversed(tier["steps"]):
            level = f"(if {size} <= {bound_of(by, step['max'])} then {LEVELS[step['is']]} else {level})"
        return there, level

"""A charter and the catalogue it speaks of, as their documents, and which parts of a call they look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench.oracle import notation

Document = Mapping[str, Any]
SCOPES = {"per_run": "run", "per_day": "day"}
MONEY = ("usd", "eur")


@dataclass(frozen=True)
class Terms:
    """Documents as they were accepted; nothing is compiled."""

    charter: Document
    catalogue: Document

    @cached_property
    def actions(self) -> dict[str, Document]:
        """Every catalogued action."""
        return dict(self.catalogue["actions"])

    @cached_property
    def grants(self) -> dict[str, Document]:
        """The grant of each action that has one."""
        return {grant["do"]: grant for grant in self.charter["can"]}

    @cached_property
    def tools(self) -> list[str]:
        return sorted({entry["tool"] for entry in self.actions.values()})

    @cached_property
    def limits(self) -> list[tuple[str, str, str, Any, bool]]:
        """Action, argument, operator, bound and whether the argument may be absent."""
        return [
            (action, argument, op, bound, bounds.get("optional", False))
            for action, grant in self.grants.items()
            for argument, bounds in grant.get("limits", {}).items()
            for op, bound in bounds.items()
            if op != "optional"
        ]

    @cached_property
    def paths(self) -> set[str]:
        """Every argument that a rule could look at."""
        return set(self._paths())

    def _paths(self) -> Iterator[str]:
        for entry in self.actions.values():
            yield from entry.get("when", {})
            yield from entry.get("defaults", {})
            for how in entry.get("measures", {}).values():
                yield from (str(of) for kind, of in how.items() if kind != "constant")
            if isinstance(entry.get("reads"), Mapping):
                yield entry["reads"]["by"]
        yield from (argument for _, argument, *_ in self.limits)
        yield from (tier["by"] for tier in self._stepped())

    @cached_property
    def itemised(self) -> set[str]:
        """The arguments whose items are looked at one by one."""
        return {argument for _, argument, op, *_ in self.limits if op in ("domain", "matches")}

    @cached_property
    def patterns(self) -> dict[str, set[str]]:
        """The patterns that values of an argument may be held against."""
        found: dict[str, set[str]] = {}
        for _, argument, op, bound, _ in self.limits:
            if op == "matches":
                found.setdefault(argument, set()).update(listed(bound))
        return found

    @cached_property
    def unique(self) -> set[str]:
        return {argument for _, argument, op, *_ in self.limits if op == "unique_within"}

    @cached_property
    def zones(self) -> set[str]:
        windows = [part["when"] for part in (self.charter, *self.charter["can"]) if "when" in part]
        return {window["zone"] for window in windows}

    @cached_property
    def totals(self) -> set[str]:
        """Sums over earlier actions that a tier goes by, such as `day.records`."""
        return {tier["by"] for tier in self._stepped() if tier["by"].partition(".")[0] in ("run", "day", "tree")}

    @cached_property
    def budgets(self) -> dict[str, int]:
        """The most that may be used, such as `day.usd`."""
        return {
            f"{SCOPES[scope]}.{unit}": notation.micros(most) if unit in MONEY else notation.count(most)
            for scope, units in self.charter.get("budget", {}).items()
            for unit, most in units.items()
        }

    @cached_property
    def run(self) -> dict[str, int]:
        """Limits of a run; what the charter leaves out is as the language says."""
        usual = {"calls": 100, "seconds": 3600, "repeats": 3, "retries": 2}
        return usual | {key: notation.count(most) for key, most in self.charter.get("run", {}).items()}

    def _stepped(self) -> Iterator[Document]:
        yield from (grant["tier"] for grant in self.grants.values() if isinstance(grant["tier"], Mapping))


def listed(bound: Any) -> list[Any]:
    """Some operators may hold a single value without a list."""
    return list(bound) if isinstance(bound, list | tuple) else [bound]

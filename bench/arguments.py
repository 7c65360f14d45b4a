"""`python -m bench.arguments`: are good calls let through, and is every bad one refused, on other people's tools?

Each question of the Berkeley Function Calling Leaderboard (non-live) becomes a connector whose tools are its function
documents, with a catalogue and a charter that grants them all. Each call that answers it is sent as the body of an
MCP request through the gateway's strict parser, read against the pinned definitions and decided; so is every mutant of
it: a ghost tool, a ghost parameter, a wrong type, a value outside an enumeration, a required argument left out. The
last line carries the figures; the exit status is 1 unless 99 % of the calls pass and every mutant is refused.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bailiwick.core.decide import DECIDER, Policy, decide
from bailiwick.core.facts import Facts
from bailiwick.core.request import Request
from bailiwick.core.verdict import Allow, Deny, DenyCode, Verdict
from bailiwick.flow.policy import ReviewedTools, catalogue_document, read_policy, read_tools
from bailiwick.flow.prepare import read_call
from bailiwick.ledger import canonical
from bench.bfcl import Entry, entries, install

CONNECTOR: Final = "bfcl"
LEAST_PASSED: Final = 0.99
SHOWN: Final = 20
NOW_US: Final = 1_795_342_800_000_000
GHOST: Final = "ghost_parameter"
REFUSALS: Final = frozenset({DenyCode.UNLISTED, DenyCode.SCHEMA})
"""What a refused mutant is refused for: nothing else stands against any call here."""
Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Mutant:
    """A call that must be refused: `kind` says what is wrong with it, `place` where."""

    kind: str
    place: str
    tool: str
    arguments: Arguments


@dataclass(frozen=True)
class Bench:
    """The tools of one question as a connector under a charter that grants each of them."""

    policy: Policy
    tools: ReviewedTools

    @classmethod
    def of(cls, entry: Entry) -> "Bench":
        """Compiled from the documents, as a decision from the record is."""
        names = [str(tool["name"]) for tool in entry.tools]
        actions = {f"{CONNECTOR}.{_word(name)}": _action(name) for name in names}
        if len(actions) != len(set(names)):
            raise ValueError(f"{entry.id}: two tools would share one action name")
        body = catalogue_document({"connector": CONNECTOR, "actions": actions}, [dict(tool) for tool in entry.tools])
        charter = canonical.encode(_charter(list(actions)))
        digests = canonical.digest(charter), canonical.digest(body)
        return cls(read_policy(charter, body, *digests), read_tools(body))

    def verdict(self, tool: str, arguments: Arguments) -> Verdict:
        """What the gateway would decide of this call, from the bytes of its request on."""
        params = {"name": f"{CONNECTOR}__{tool}", "arguments": arguments}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
        message: Any = canonical.decode_strict(body)
        named, sent = message["params"]["name"].partition("__")[2], message["params"]["arguments"]
        read = read_call(self.policy, self.tools, CONNECTOR, named, sent, NOW_US)
        request = Request("agent", "run-1", "be checked", CONNECTOR, named, read.arguments, read.digest)
        facts = Facts(NOW_US, DECIDER, read.definition, schema_error=read.schema_error, local=read.local)
        return decide(self.policy, request, facts)


@dataclass
class Tally:
    """What came of the calls and their mutants."""

    questions: int = 0
    calls: int = 0
    passed: int = 0
    mutants: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    stopped: list[str] = field(default_factory=list)
    let_through: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the aims are met; nothing checked is nothing shown."""
        kinds = len(self.mutants) == len(KINDS) and self.mutants == self.refused
        return self.calls > 0 and self.passed >= LEAST_PASSED * self.calls and kinds

    @property
    def line(self) -> str:
        """The closing line."""
        made, refused = self.mutants.total(), self.refused.total()
        kinds = ", ".join(f"{kind} {self.refused[kind]}/{self.mutants[kind]}" for kind in KINDS)
        passed = 100 * self.passed / self.calls if self.calls else 0.0
        return (
            f"arguments: {self.passed}/{self.calls} calls of {self.questions} questions passed ({passed:.2f} %), "
            f"{refused}/{made} mutants refused ({kinds})"
        )


def examine(questions: Iterable[Entry]) -> Tally:
    """Send every call, and every mutant of a call that passes."""
    tally = Tally()
    for entry in questions:
        tally.questions += 1
        bench = Bench.of(entry)
        for tool, arguments in entry.calls:
            tally.calls += 1
            verdict = bench.verdict(tool, arguments)
            if not isinstance(verdict, Allow):
                tally.stopped.append(f"{entry.id} {tool}: {verdict.sentence}")
                continue
            tally.passed += 1
            for mutant in mutants(entry, tool, arguments):
                _count(tally, entry, mutant, bench.verdict(mutant.tool, mutant.arguments))
    return tally


def _count(tally: Tally, entry: Entry, mutant: Mutant, verdict: Verdict) -> None:
    tally.mutants[mutant.kind] += 1
    if isinstance(verdict, Deny) and verdict.code in REFUSALS:
        tally.refused[mutant.kind] += 1
    else:
        tally.let_through.append(f"{entry.id} {mutant.tool}: {mutant.kind} at `{mutant.place}`: {verdict.sentence}")


# --------------------------------------------------------------------------------------------- mutants

KINDS: Final = ("ghost tool", "ghost parameter", "wrong type", "wrong enum", "missing required")
_VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "string": ("seven", "true", ""),
    "integer": (7,),
    "number": (1.5,),
    "boolean": (True,),
    "array": (["x"], []),
    "object": ({"0": 1},),
    "null": (None,),
}
"""Values by their type: a parameter of one type is given those of all the others."""


def mutants(entry: Entry, tool: str, arguments: Arguments) -> Iterator[Mutant]:
    """Every way to spoil one call by one thing, at every depth that its schema describes."""
    names = {str(each["name"]) for each in entry.tools}
    for ghost in (f"{tool}_v2", tool.upper() if tool != tool.upper() else tool.lower(), f" {tool}", ""):
        if ghost not in names:
            yield Mutant("ghost tool", ghost, ghost, arguments)
    schema = next(each["inputSchema"] for each in entry.tools if each["name"] == tool)
    for kind, place, spoilt in _spoilt(schema, arguments, ""):
        yield Mutant(kind, place, tool, spoilt)


def _spoilt(schema: Mapping[str, Any], value: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """Each spoilt copy of a value, with what is wrong and where."""
    if place:  # arguments that are no object at all are not a tool call
        for other in _others(schema):
            yield "wrong type", place, other
    if "enum" in schema and schema.get("type") == "string":
        yield "wrong enum", place, "ghost value"
        yield "wrong enum", place, f"{schema['enum'][0]} "
    if isinstance(value, dict) and "properties" in schema:
        yield "ghost parameter", place, {**value, GHOST: 1}
        yield "ghost parameter", place, {**value, GHOST: None}
        for name in schema.get("required", ()):
            yield "missing required", f"{place}.{name}", {key: kept for key, kept in value.items() if key != name}
        for name, inner in schema["properties"].items():
            if name in value:
                for kind, at, other in _spoilt(inner, value[name], f"{place}.{name}".lstrip(".")):
                    yield kind, at, {**value, name: other}
    elif isinstance(value, dict) and not place:
        yield "ghost parameter", place, {**value, GHOST: 1}
    if isinstance(value, list) and value and "items" in schema:
        for kind, at, other in _spoilt(schema["items"], value[0], f"{place}.0"):
            yield kind, at, [other, *value[1:]]


def _others(schema: Mapping[str, Any]) -> list[Any]:
    """Values of every type that the schema does not name; none where it names none."""
    named = schema.get("type", list(_VALUES))
    right = {named} if isinstance(named, str) else set(named)
    right |= {"integer"} if "number" in right else set()
    return [value for kind, values in _VALUES.items() if kind not in right for value in values]


# ------------------------------------------------------------------------------------------- documents


def _word(tool: str) -> str:
    """A tool's name as the last part of an action name; names that differ only in case stay apart."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool)
    return re.sub(r"[^a-z0-9_]+", "_", apart.lower()).strip("_")


def _action(tool: str) -> dict[str, Any]:
    return {"tool": tool, "says": "do what its document says", "floor": "low", "effect": "write"}


def _charter(actions: Sequence[str]) -> dict[str, Any]:
    return {
        "charter": "leaderboard",
        "purpose": "Answer the questions of a leaderboard with its own tools.",
        "workflow": "leaderboard",
        "owner": {"accountable": "ana@acme.example", "backup": "it-ops@acme.example", "review_by": "2027-02-01"},
        "data": {"may_read": [], "may_send_out": []},
        "can": [{"do": action, "tier": "low"} for action in actions],
        "cannot": [],
        "run": {"calls": 10, "seconds": 60, "repeats": 10, "retries": 1},
    }


def main(argv: list[str]) -> int:
    """Check every question, print what came out wrong and the closing line."""
    parser = argparse.ArgumentParser(prog="python -m bench.arguments", description=__doc__)
    parser.add_argument("--all", action="store_true", help="print every call that was stopped, not only the first")
    options = parser.parse_args(argv)
    tally = examine(entries(install()))
    for title, found in (("STOPPED", tally.stopped), ("LET THROUGH", tally.let_through)):
        for text in found if options.all else found[:SHOWN]:
            print(f"{title} {text}")
    print(tally.line)
    return 0 if tally.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Running charter tests: texts in, a report out; no server, no clock, nothing recorded or sent.

report = run_charter_tests(["lead-router_test.yaml"], read=lambda path: Path(path).read_bytes())
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bailiwick.core.catalogue import ActionEntry, Catalogue
from bailiwick.core.charter import Charter
from bailiwick.core.charter_test import CharterCase
from bailiwick.core.check import Check
from bailiwick.core.coverage import deciding_rules, percent, rule_coverage
from bailiwick.core.decide import DECIDER, Policy, compile_policy, decide
from bailiwick.core.facts import Facts
from bailiwick.core.request import Request
from bailiwick.core.stated_call import StatedCall
from bailiwick.core.verdict import verdict_document
from bailiwick.flow.charter_test_file import CharterFile, CharterTestFile, Files, ReadFile
from bailiwick.flow.policy import ReviewedTools
from bailiwick.flow.prepare import read_call


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One agent making one call of one case; `problems` is empty when it came out as expected."""

    file: str
    line: int
    case: str
    agent: str
    call: str
    verdict: Mapping[str, Any]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoveredRule:
    """One rule of a charter and how many results it decided; `reachable` False: no catalogue here can reach it."""

    id: str
    kind: str
    line: int
    decided: int
    reachable: bool


@dataclass(frozen=True, slots=True)
class CharterCoverage:
    """What the tests together say of one charter's rules."""

    charter: str
    file: str
    percent: int
    rules: tuple[CoveredRule, ...]

    @property
    def missed(self) -> tuple[CoveredRule, ...]:
        """Rules that could have decided and never did."""
        return tuple(rule for rule in self.rules if rule.reachable and not rule.decided)


@dataclass(frozen=True, slots=True)
class CharterTestReport:
    """What came of all test files; `notes` say what was not checked."""

    results: tuple[CaseResult, ...]
    coverage: tuple[CharterCoverage, ...]
    notes: tuple[str, ...]

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        return tuple(result for result in self.results if result.problems)

    @property
    def percent(self) -> int:
        """The lowest coverage of any charter."""
        return min((one.percent for one in self.coverage), default=100)


def run_charter_tests(
    paths: Sequence[str], read: ReadFile, installed: Callable[[], Sequence[ReviewedTools]] | None = None
) -> CharterTestReport:
    """Run every test file; raises `FlawedFile` for the first file that cannot be read.

    `installed` gives the catalogues of an installation, for tests that list none.
    """
    files, tested = Files(read, installed), dict[str, _Tested]()
    results = [result for path in paths for result in _run(files.test(path), tested)]
    coverage = tuple(one.coverage() for one in tested.values())
    return CharterTestReport(tuple(results), coverage, tuple(files.notes))


@dataclass(slots=True)
class _Tested:
    """One charter version with all that the tests made it decide."""

    file: CharterFile
    entries: dict[str, ActionEntry] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)

    def add(self, rules: set[str]) -> None:
        for rule in rules:
            self.decided[rule] = self.decided.get(rule, 0) + 1

    def coverage(self) -> CharterCoverage:
        rules = rule_coverage(self.file.charter, self.entries, self.decided)
        lines = [self.file.source.locate(one.rule.place)[0] for one in rules]
        covered = tuple(
            CoveredRule(one.rule.id, one.rule.kind, line, one.decided, one.reachable)
            for one, line in zip(rules, lines, strict=True)
        )
        return CharterCoverage(self.file.charter.name, self.file.path, percent(rules), covered)


def _run(file: CharterTestFile, tested: dict[str, _Tested]) -> Iterator[CaseResult]:
    subjects = {}
    for agent, charter in file.charters.items():
        subject = subjects[agent] = tested.setdefault(charter.source.digest, _Tested(charter))
        for tools in file.tools.values():
            subject.entries |= {entry.name: entry for entry in tools.catalogue.actions}
    policies = {agent: _policies(charter, file.tools) for agent, charter in file.charters.items()}
    for case in file.test.cases:
        for agent in case.agents:
            for call in case.calls:
                policy = policies[agent].get(call.connector) or _nothing(file.charters[agent].charter, call.connector)
                check, request, facts = _prepared(case, agent, call, policy, file.tools.get(call.connector))
                verdict = verdict_document(decide(policy, request, facts))
                subjects[agent].add(set(deciding_rules(check, request, facts.totals, verdict)))
                line = file.source.locate(case.place)[0]
                yield CaseResult(file.path, line, case.name, agent, _named(call), verdict, case.expect.unmet(verdict))


def _policies(charter: CharterFile, tools: Mapping[str, ReviewedTools]) -> dict[str, Policy]:
    digest = charter.source.digest
    return {name: compile_policy(charter.charter, digest, one.catalogue, name) for name, one in tools.items()}


def _prepared(
    case: CharterCase, agent: str, call: StatedCall, policy: Policy, tools: ReviewedTools | None
) -> tuple[Check | None, Request, Facts]:
    """The check, request and facts that the gateway would come to for this call."""
    read = read_call(policy, tools, call.connector, call.tool, call.arguments, case.at_us)
    check = policy.check(call.tool, read.arguments)
    base = Facts(
        at_us=case.at_us,
        decider=DECIDER,
        definition=read.definition,
        schema_error=read.schema_error,
        local=read.local,
    )
    facts = case.stated.facts(base, read.digest, policy.charter_digest, check)
    return check, Request(agent, "run-stated", "", call.connector, call.tool, read.arguments, read.digest), facts


def _nothing(charter: Charter, connector: str) -> Policy:
    return compile_policy(charter, "", Catalogue(connector, {}, ()), "")


def _named(call: StatedCall) -> str:
    return call.name or f"{call.connector}__{call.tool}"

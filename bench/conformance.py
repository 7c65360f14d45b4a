"""`python -m bench.conformance`: the MCP conformance suite on our fixture, directly and through Bailiwick.

bench/conformance.json lists every scenario of both revisions: whether it passes directly, and whether passing
through the gateway is `required` or `excluded`, with the reason. A scenario that is not listed fails the run.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from bench.gateway import start_gateway
from bench.process import Process, hosted
from bench.shim import Shim
from bench.suite import REVISIONS, Outcome, install, run

LIST = Path(__file__).with_suffix(".json")
Results = Mapping[tuple[str, str], Outcome]  # by (revision, scenario)


@dataclass(frozen=True)
class Expected:
    """One line of the list; `reason` says why an excluded scenario is excluded."""

    scenario: str
    revision: str
    direct: Literal["pass", "fail"]
    through: Literal["required", "excluded"]
    reason: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Where its outcome is found."""
        return self.revision, self.scenario


def read_list(path: Path = LIST) -> list[Expected]:
    """The committed list, checked: an exclusion needs a reason, a requirement must be able to pass at all."""
    entries = [Expected(**entry) for entry in json.loads(path.read_text())]
    for entry in entries:
        if entry.through == "excluded" and not entry.reason:
            raise ValueError(f"`{entry.scenario}` ({entry.revision}) is excluded without a reason: give one")
        if entry.through == "required" and entry.direct != "pass":
            raise ValueError(f"`{entry.scenario}` ({entry.revision}) is required but does not pass directly")
    return entries


def compare(expected: Sequence[Expected], direct: Results, through: Results | None) -> list[str]:
    """Every difference from the list, one sentence each; empty means that all is as promised."""
    listed = {entry.key: entry for entry in expected}
    found = []
    for revision, scenario in sorted((direct.keys() | (through or {}).keys()) - listed.keys()):
        found.append(f"{revision} {scenario}: not listed in {LIST.name}: decide `required` or `excluded`")
    for key, entry in listed.items():
        said = direct.get(key)
        if said is None:
            found.append(f"{entry.revision} {entry.scenario}: listed, but the suite did not run it directly")
        elif said.passed != (entry.direct == "pass"):
            found.append(f"{entry.revision} {entry.scenario}: directly {_word(said)}, listed as {entry.direct}")
        if through is not None and entry.through == "required" and not _passed(through, key):
            why = through[key].failures if key in through else ()
            found.append(f"{entry.revision} {entry.scenario}: fails through the gateway: {'; '.join(why)}")
    return found


def table(expected: Sequence[Expected], direct: Results, through: Results | None) -> Table:
    """What ran, for people."""
    shown = Table("revision", "scenario", "directly", "through", "", box=None, pad_edge=False)
    for entry in expected:
        after = through.get(entry.key) if through is not None else None
        note = "required" if entry.through == "required" else entry.reason
        shown.add_row(entry.revision, entry.scenario, _word(direct.get(entry.key)), _word(after), note)
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 only when every required scenario passes and the list says what happened."""
    parser = argparse.ArgumentParser(prog="python -m bench.conformance", description=__doc__)
    parser.add_argument("--direct", action="store_true", help="only against the fixture, without the gateway")
    chosen = parser.parse_args(arguments)
    expected, entry = read_list(), install()
    through: Results | None = None
    with Process("bench.fixture") as fixture:
        direct = _all(entry, fixture.url)
        if not chosen.direct:
            with (
                start_gateway(fixture.url, "fixture") as gateway,
                hosted(Shim(gateway.url, gateway.connector, gateway.token)) as url,
            ):
                through = _all(entry, url)
    console = Console(width=None if sys.stdout.isatty() else 160, soft_wrap=True)
    console.print(table(expected, direct, through))
    differences = compare(expected, direct, through)
    for difference in differences:
        console.print(f"[red]✗[/red] {difference}", highlight=False)
    required = [e.key for e in expected if e.through == "required"]
    judged = direct if through is None else through
    passed = sum(_passed(judged, key) for key in required)
    print(f"conformance: {len(required)} required, {passed} passed, {len(required) - passed} failed")
    return 1 if differences or passed < len(required) else 0


def _all(entry: Path, url: str) -> Results:
    return {(revision, name): outcome for revision in REVISIONS for name, outcome in run(entry, url, revision).items()}


def _passed(results: Results, key: tuple[str, str]) -> bool:
    return key in results and results[key].passed


def _word(outcome: Outcome | None) -> str:
    if outcome is None:
        return "-"
    return "pass" if outcome.passed else "fail"


if __name__ == "__main__":
    sys.exit(main())

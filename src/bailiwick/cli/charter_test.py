"""`bailiwick charter test`: run the test files beside charters, on this machine, for people and for CI."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bailiwick.cli.option import Json, Server

if TYPE_CHECKING:
    from bailiwick.flow.charter_test import CharterTestReport
    from bailiwick.flow.charter_test_file import FlawedFile
    from bailiwick.flow.policy import ReviewedTools

ENDING = "_test.yaml"


class CharterTestStatus(IntEnum):
    """The exit status of `charter test`, where CI wants to tell four things apart."""

    DONE = 0
    UNREADABLE = 3
    FAILED = 4
    UNCOVERED = 5


def run_tests(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Test files, or folders to look for `*_test.yaml` in.")
    ],
    min_coverage: Annotated[
        int,
        typer.Option("--min-coverage", min=0, max=100, metavar="PERCENT", help="How many rules must decide a case."),
    ] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Name every case and every rule.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Run charter tests: each case says what an agent does and what must come of it.

    Needs no server, unless a test lists no catalogues: then those in force there are used. Rules that never
    decided a case are listed with their line. Exit status of this command: 0 all as expected; 3 a test, charter
    or catalogue cannot be read; 4 something came out differently; 5 too few rules decided anything.

        bailiwick charter test charters/

        bailiwick charter test lead-router_test.yaml --min-coverage 90
    """
    from bailiwick.cli.output import print_json, say
    from bailiwick.flow.charter_test import run_charter_tests
    from bailiwick.flow.charter_test_file import FlawedFile

    try:
        report = run_charter_tests(_test_files(paths), lambda path: Path(path).read_bytes(), lambda: _installed(server))
    except FlawedFile as error:
        _unreadable(error, as_json)
        raise typer.Exit(CharterTestStatus.UNREADABLE) from None
    status = _status(report, min_coverage)
    if as_json:
        print_json(_document(report, status))
    else:
        say(*_lines(report, min_coverage, verbose))
    if status is not CharterTestStatus.DONE:
        raise typer.Exit(status)


def _test_files(paths: Sequence[Path]) -> list[str]:
    from bailiwick.flow.charter_test_file import FlawedFile
    from bailiwick.flow.source import Flaw

    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob(f"*{ENDING}")) if path.is_dir() else [path]
        if not inside:
            raise FlawedFile(str(path), [Flaw(1, 1, f"holds no `*{ENDING}` file: a test stands beside its charter")])
        found += inside
    return list(dict.fromkeys(path.as_posix() for path in found))


def _installed(server: str) -> "list[ReviewedTools]":
    """The catalogues in force on a server, with the definitions they are pinned to."""
    import json

    from bailiwick.cli.api_client import connect, place
    from bailiwick.flow.policy import read_tools

    client = connect(server)
    digests = [one["catalogue"] for one in client.items(place("connectors")) if one["catalogue"]]
    return [read_tools(json.dumps(client.get(place("documents", digest))).encode()) for digest in digests]


def _status(report: "CharterTestReport", min_coverage: int) -> CharterTestStatus:
    if report.failed:
        return CharterTestStatus.FAILED
    return CharterTestStatus.UNCOVERED if report.percent < min_coverage else CharterTestStatus.DONE


def _unreadable(error: "FlawedFile", as_json: bool) -> None:
    from bailiwick.cli.output import print_json

    problems = [{"where": error.file, **flaw._asdict()} for flaw in error.problems]
    if as_json:
        print_json({"error": {"code": "invalid", "message": f"`{error.file}` cannot be read", "problems": problems}})
    typer.echo(f"bailiwick: `{error.file}` cannot be read", err=True)
    for flaw in error.problems:
        typer.echo(f"  {error.file}:{flaw.line}:{flaw.column}: {flaw.message}", err=True)


def _document(report: "CharterTestReport", status: CharterTestStatus) -> dict[str, Any]:
    return {
        "ok": status is CharterTestStatus.DONE,
        "status": int(status),
        "cases": len(report.results),
        "failed": len(report.failed),
        "percent": report.percent,
        "results": [asdict(result) for result in report.results],
        "coverage": [asdict(one) for one in report.coverage],
        "notes": list(report.notes),
    }


def _lines(report: "CharterTestReport", min_coverage: int, verbose: bool) -> Iterator[str]:
    for result in report.results:
        if result.problems:
            yield f"{result.file}:{result.line}: {result.case} ({result.agent}, {result.call})"
            yield from (f"  {problem}" for problem in result.problems)
            yield f"  {result.verdict['verdict']}: {result.verdict['sentence']}"
        elif verbose:
            yield f"{result.file}:{result.line}: ok, {result.case} ({result.agent}, {result.call})"
    for one in report.coverage:
        low = one.percent < min_coverage
        yield f"{one.file}: {one.percent}% of its rules decided a case{f', {min_coverage}% are needed' if low else ''}"
        for rule in one.rules if verbose else one.missed:
            yield f"  {one.file}:{rule.line}: {rule.id} {_decided(rule.decided, rule.reachable)}"
    yield from (f"note: {note}" for note in report.notes)
    total, failed = len(report.results), len(report.failed)
    yield f"{total} cases, {total - failed} as expected, {failed} different"


def _decided(count: int, reachable: bool) -> str:
    if count:
        return f"decided {count}"
    return "never decided" if reachable else "cannot decide with these catalogues"

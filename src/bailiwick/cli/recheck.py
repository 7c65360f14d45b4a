"""`bailiwick recheck`: decide everything again from the record alone, and compare."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, ExitCode, usage


def recheck(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="The run's id, `run-…`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every decision on the record.")] = False,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="An export folder; without it, the server's record.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="VKEY", help="The log's public key.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Decide every recorded decision of a run, or of all, again, on this machine, and compare.

    The export is verified first. Then the charter, the catalogue, the request and the facts on the record go
    through the same function that decided; verdict, tier, rules and sentence must come out identical. Exit
    status 0: they do, but for those that rest on something forgotten, which are counted as erased. 1: a
    difference, named by event and field, or the export does not verify.

        bailiwick recheck run-06dc3q1w0v8k5r2m9xyz

        bailiwick recheck --all --from ./record
    """
    if (run is None) == (not everything):
        raise usage("name one RUN, or --all")
    from dataclasses import asdict

    from bailiwick.cli.output import print_json, progress, say
    from bailiwick.cli.record import verified
    from bailiwick.core.refusal import Refusal
    from bailiwick.flow.recheck import recheck as decide_again
    from bailiwick.ledger.bundle import BundleError

    files, odd = _files(source, server)
    findings = [*odd, *verified(files, key)] if source else verified(files, key)
    if findings:
        problems = [{"where": one.file, "message": one.what} for one in findings]
        raise CommandError("the export does not verify, so deciding again would prove nothing", problems=problems)
    try:
        with progress("deciding again") as tell:
            report = decide_again(files, run, tell)
    except Refusal as error:
        raise CommandError(error.sentence, tag=error.code) from None
    except BundleError as error:
        raise CommandError(str(error), tag="export") from None
    document: dict[str, Any] = {"ok": not report.differences, **asdict(report)}
    if as_json:
        print_json(document)
    else:
        for one in report.differences:
            say(f"event {one.index} ({one.action}) {one.field}: recorded {one.recorded!r}, now {one.recomputed!r}")
        say(*_verdict(document))
    if report.differences:
        raise typer.Exit(ExitCode.REFUSED)


def _files(source: Path | None, server: str) -> tuple[dict[str, bytes], list[Any]]:
    from bailiwick.cli.export_folder import read_folder
    from bailiwick.cli.record import download

    return read_folder(source) if source else (download(server), [])


def _verdict(report: dict[str, Any]) -> list[str]:
    decided, identical, erased = report["decided"], report["identical"], report["erased"]
    runs = f"{report['runs']} run{'s' * (report['runs'] != 1)}"
    different = decided - identical - erased
    lines = [f"recheck: {decided} decisions of {runs}, {identical} identical, {different} different"]
    if erased:
        lines[0] += f", {erased} erased"
    if report["summed"]:
        lines.append(f"{report['summed']} further denials of agents that stormed were only counted when they happened.")
    return lines

"""`bailiwick record export`: take the record away, whole and provable, or in the formats of other tools."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, usage

if TYPE_CHECKING:
    from bailiwick.flow.parquet import ParquetReport

FOLDER: Final = "folder"
FORMATS: Final[Mapping[str, str]] = {
    "parquet": "record.parquet",
    "cloudevents": "record.cloudevents.jsonl",
    "cloudevents-batch": "record.cloudevents.json",
    "ocsf": "record.ocsf.jsonl",
}
"""Formats that are one file, and what it is called in a folder."""


def export(
    target: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new folder, or with --format also a new file; - is the output.")
    ],
    form: Annotated[str, typer.Option("--format", help=f"{', '.join([FOLDER, *FORMATS])}.", metavar="FORMAT")] = FOLDER,
    payloads: Annotated[
        bool, typer.Option("--payloads", help="CloudEvents and OCSF: with what agents sent and read.")
    ] = False,
    kind: Annotated[str | None, typer.Option("--type", help="A tag, such as `action.denied`.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="As `person:per-…` or `agent:NAME`.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", help="By or about this agent.")] = None,
    run: Annotated[str | None, typer.Option("--run", help="Of this run.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="About this action.")] = None,
    tool: Annotated[str | None, typer.Option("--tool", help="An action's name, or a tool's.")] = None,
    verdict: Annotated[str | None, typer.Option("--verdict", help="allow, ask or deny.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="From then on, as 2026-11-22T09:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before then.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Write the whole record to a folder: everything that an outsider needs to verify and recheck it.

    It holds personal data (what agents sent and read), so it is yours to keep safe. With --format it is one file for
    another tool: `parquet` is a table of the whole record that proves itself (it needs `bailiwick[parquet]` on the
    server), `cloudevents` and `ocsf` are events, one JSON document a line, narrowed by the filters of `record list`,
    and without anything that agents sent or read unless you say --payloads.

        bailiwick record export ./record
        bailiwick record export ./record --format parquet
        bailiwick record export - --format ocsf --verdict deny --since 2026-11-01
    """
    wanted = {"type": kind, "actor": actor, "agent": agent, "run": run, "action": action, "tool": tool}
    wanted |= {"verdict": verdict, "since": since, "until": until, "payloads": "true" if payloads else None}
    if form == FOLDER:
        if any(wanted.values()):
            raise usage("a folder is the whole record; --format cloudevents or ocsf can be narrowed")
        _export_folder(target, server, as_json)
    elif form in FORMATS:
        _export_file(target, form, wanted, server, as_json)
    else:
        raise usage(f"--format `{form}` is none; write one of {', '.join([FOLDER, *FORMATS])}")


def _export_folder(folder: Path, server: str, as_json: bool) -> None:
    from bailiwick.cli.export_folder import write_folder
    from bailiwick.cli.output import show
    from bailiwick.cli.record import download

    files = download(server)
    write_folder(files, folder)
    size = sum(map(len, files.values()))
    told = {"folder": str(folder), "files": len(files), "bytes": size}
    next_step = f"Check it anywhere: bailiwick record verify {folder}"
    show(told, as_json, f"Wrote {len(files)} files, {size} bytes, to {folder}.", next_step)


def _export_file(target: Path, form: str, wanted: Mapping[str, str | None], server: str, as_json: bool) -> None:
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import progress, show

    source, client = place("record", "export", form), connect(server)
    if target == Path("-"):
        client.save(source, sys.stdout.buffer, query=wanted)
        return
    path = _file(target, form)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file, progress("downloading the record") as tell:
            size = client.save(source, file, tell, wanted)
        part.replace(path)  # whole or not at all
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise CommandError(f"cannot write the export to `{path}`: {reason}", tag="export") from None
    finally:
        part.unlink(missing_ok=True)
    check = (f"Check it anywhere: bailiwick record verify {path}",) if form == "parquet" else ()
    show({"file": str(path), "bytes": size, "format": form}, as_json, f"Wrote {size} bytes to {path}.", *check)


def _file(target: Path, form: str) -> Path:
    """A name with an ending is a file; anything else the folder in which it is made."""
    path = target if target.suffix and not target.is_dir() else target / FORMATS[form]
    if path.exists():
        raise usage(f"`{path}` is there already; choose another name")
    return path


def parquet_report(file: Path, key: str | None) -> dict[str, Any]:
    """What checking a Parquet file of the record found."""
    from bailiwick.core.refusal import Refusal
    from bailiwick.flow.parquet import verify_parquet
    from bailiwick.ledger.note import NoteError, Verifier

    try:
        if key is not None:
            Verifier.parse(key.strip())
        report = verify_parquet(file, key)
    except NoteError as error:
        raise usage(f"--key is not a log's public key: {error}") from None
    except Refusal as error:
        raise CommandError(error.sentence, tag="parquet") from None
    return _told(report, key)


def _told(report: "ParquetReport", key: str | None) -> dict[str, Any]:
    head = report.head
    return {
        "ok": not report.findings,
        "files": 1,
        "origin": head.origin if head else None,
        "size": head.size if head else None,
        "root": head.root.hex() if head else None,
        "key": report.log_key or None,
        "key_given": key is not None,
        "anchored": False,
        "findings": [{"file": finding.file, "what": finding.what} for finding in report.findings],
    }

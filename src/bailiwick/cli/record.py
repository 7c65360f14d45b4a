"""`bailiwick record`: search the record, take it away, and check every byte of it without the server."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bailiwick.cli.anchor_check import UNANCHORED
from bailiwick.cli.fsck import fsck
from bailiwick.cli.option import Json, Server
from bailiwick.cli.record_export import export, parquet_report
from bailiwick.cli.trouble import ExitCode

if TYPE_CHECKING:
    from bailiwick.cli.anchor_check import Holding
    from bailiwick.ledger.bundle import Finding

app = typer.Typer(no_args_is_help=True, help="What happened, provably: search it, export it, verify it.")
Key = Annotated[
    str | None, typer.Option("--key", metavar="VKEY", help="The log's public key, as you got it from elsewhere.")
]


@app.command("verify")
def verify(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="An export folder or Parquet file; without it, the server's record now."),
    ] = None,
    key: Key = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="A witness policy: whose cosignatures count.")
    ] = None,
    tsa: Annotated[
        Path | None, typer.Option("--tsa", metavar="PEM", help="Certificates of the timestamp authority to trust.")
    ] = None,
    against: Annotated[
        list[Path] | None, typer.Option("--against", metavar="NOTE", help="A checkpoint kept elsewhere; repeatable.")
    ] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Check every byte of an export: leaves, hashes, signature, payloads, documents, anchors. Needs no server.

    Of a Parquet file it hashes every leaf and compares every column with what its leaf says.

    Without --key the export is only shown to agree with its own key, which a forger could have made; take the
    key from somebody you trust (the console shows it). A record cut short together with its checkpoint verifies
    too, up to what others hold of it: --policy, --tsa and --against tell whose word you take, and the events above
    the last anchor are called unanchored. Exit status 0: everything holds. 1: something does not, by file.

        bailiwick record verify ./record --key "acme.example/log+1a2b3c4d+…" --policy witnesses.txt --against kept.note
    """
    from bailiwick.cli.anchor_check import Holding
    from bailiwick.cli.output import print_json, say

    holding = Holding.read(policy, tsa, against or [])
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="bailiwick-record-") as made:
            files = download(server)
            _write(files, Path(made) / "record")
            report = _verify(Path(made) / "record", key, holding)
    elif folder.is_file():
        report = parquet_report(folder, key)
    else:
        report = _verify(folder, key, holding)
    by_others = report.pop("by_others", [UNANCHORED])
    if as_json:
        print_json(report)
    else:
        for finding in report["findings"]:
            say(f"{finding['file']}: {finding['what']}")
        say(*_verdict(report, by_others))
    if not report["ok"]:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("list")
def list_events(
    kind: Annotated[str | None, typer.Option("--type", help="A tag, such as `action.denied`.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="As `person:per-…` or `agent:NAME`.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", help="By or about this agent.")] = None,
    run: Annotated[str | None, typer.Option("--run", help="Of this run.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="About this action.")] = None,
    tool: Annotated[str | None, typer.Option("--tool", help="An action's name, or a tool's.")] = None,
    verdict: Annotated[str | None, typer.Option("--verdict", help="allow, ask or deny.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="From then on, as 2026-11-22T09:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before then.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """List events, newest first; every filter narrows.

    bailiwick record list --verdict deny --since 2026-11-22 --limit 20
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    wanted = {"type": kind, "actor": actor, "agent": agent, "run": run, "action": action, "tool": tool}
    wanted |= {"verdict": verdict, "since": since, "until": until}
    found = list(connect(server).items(place("record", "events"), limit, **wanted))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        [one["index"], moment(one["at_us"]), one["type"], _actor(one["actor"]), one["run"], _about(one["data"])]
        for one in found
    ]
    print_table(["event", "when", "type", "who", "run", "what"], rows, "no event matches")


app.command("fsck")(fsck)
app.command("export")(export)


def download(server: str) -> dict[str, bytes]:
    """The server's record as it stands now, signed."""
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.export_folder import read_zip
    from bailiwick.cli.output import progress

    with progress("downloading the record") as tell:
        return read_zip(connect(server).download(place("record", "export"), tell))


def verified(files: Mapping[str, bytes], key: str | None) -> "list[Finding]":
    """What verifying found; a key that is none is a usage error."""
    from bailiwick.cli.output import progress
    from bailiwick.cli.trouble import usage
    from bailiwick.ledger import bundle
    from bailiwick.ledger.anchor_file import without_anchors
    from bailiwick.ledger.note import NoteError

    try:
        with progress(f"verifying {len(files)} files"):
            return bundle.verify(without_anchors(files), key)
    except NoteError as error:
        raise usage(f"--key is not a log's public key: {error}") from None


def _verify(folder: Path, key: str | None, holding: "Holding") -> dict[str, Any]:
    from bailiwick.cli.anchor_check import held
    from bailiwick.cli.export_folder import read_folder

    files, odd = read_folder(folder)
    found = verified(files, key)
    by_others = held(files, key, holding)
    findings = sorted([*odd, *found, *by_others.findings])
    head = _head(files)
    size = head["size"] or 0
    return {
        "ok": not findings,
        "files": len(files),
        **head,
        "key_given": key is not None,
        "anchored": 0 < size <= by_others.size,
        "anchored_size": by_others.size,
        "anchors": by_others.document(),
        "by_others": by_others.lines(size),
        "findings": [{"file": finding.file, "what": finding.what} for finding in findings],
    }


def _head(files: Mapping[str, bytes]) -> dict[str, Any]:
    from bailiwick.ledger.bundle import CHECKPOINT, VKEY
    from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
    from bailiwick.ledger.note import NoteError, split_note

    try:
        head = Checkpoint.parse(split_note(files[CHECKPOINT])[0])
    except (KeyError, NoteError, CheckpointError):
        return {"origin": None, "size": None, "root": None, "key": None}
    key = files.get(VKEY, b"").decode("ascii", "replace").strip()
    return {"origin": head.origin, "size": head.size, "root": head.root.hex(), "key": key}


def _verdict(report: Mapping[str, Any], by_others: Sequence[str]) -> list[str]:
    if not report["ok"]:
        count = len(report["findings"])
        return [f"NOT verified: {count} finding{'s' * (count != 1)} in {report['files']} files."]
    key = "the key you gave" if report["key_given"] else "the export's own key; compare it with one from elsewhere"
    return [
        f"Verified: {report['size']} events in {report['files']} files, every byte, signed by {key}.",
        f"  log {report['origin']}, root {report['root']}",
        f"  key {report['key']}",
        *by_others,
    ]


def _write(files: dict[str, bytes], folder: Path) -> None:
    from bailiwick.cli.export_folder import write_folder

    write_folder(files, folder)


def _actor(actor: Mapping[str, Any]) -> str:
    return str(actor["name"] or f"{actor['kind']}:{actor['id']}")


def _about(data: Mapping[str, Any]) -> str:
    names = ("verdict", "name", "tool", "code", "outcome", "scope", "approval", "connector", "charter_name", "change")
    return " ".join(str(data[name]) for name in names if data.get(name))

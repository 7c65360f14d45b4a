"""`bailiwick run attest` and `verify-attestation`: what data a run touched, for somebody who trusts nobody here."""

from pathlib import Path
from typing import Annotated

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, ExitCode, usage


def attest(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, `run-…`.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Where to; else it is printed.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Write a signed list of the data classes and objects that a run touched, and of those it was denied.

    Runs that were started in it are part of it. The list names objects by id, so keep it as you keep the data.

        bailiwick run attest run-06dc3q1w0v8k5r2m9xyz --to run.attestation
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show
    from bailiwick.flow.attestation import read_head
    from bailiwick.ledger.note import split_note

    note = connect(server).post_for_text(place("runs", run, "attestation"))
    if to is None and not as_json:
        typer.echo(note, nl=False)
        return
    head = read_head(split_note(note.encode())[0])
    if to is not None:
        try:
            to.write_text(note)
        except OSError as error:
            raise usage(f"cannot write `{to}`: {(error.strerror or 'error').lower()}") from None
    told = {"file": str(to) if to else None, "run": head.run, "size": head.size, "note": note}
    next_step = f"Check it anywhere: bailiwick run verify-attestation {to} --record DIR --key VKEY"
    show(told, as_json, f"Wrote the attestation of {head.run} to {to}.", next_step)


def verify_attestation(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An attestation.")],
    record: Annotated[Path, typer.Option("--record", metavar="DIR", help="An export of the record.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="VKEY", help="The log's public key, as you got it elsewhere.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an attestation: the signature, and every line of it computed again from an export. Needs no server.

    The export is verified first. Exit status 0: the record bears out every line; what was erased meanwhile is said.
    1: it does not, line by line.

        bailiwick run verify-attestation run.attestation --record ./record --key "acme.example/log+1a2b3c4d+…"
    """
    from bailiwick.cli.export_folder import read_folder
    from bailiwick.cli.output import print_json, say
    from bailiwick.cli.record import verified
    from bailiwick.flow.attest import check_attestation
    from bailiwick.flow.attestation import AttestationError
    from bailiwick.ledger.bundle import VKEY, BundleError
    from bailiwick.ledger.note import NoteError

    try:
        note = file.read_bytes()
    except OSError as error:
        raise usage(f"cannot read `{file}`: {(error.strerror or 'error').lower()}") from None
    files, odd = read_folder(record)
    findings = [*odd, *verified(files, key)]
    if findings:
        problems = [{"where": one.file, "message": one.what} for one in findings]
        raise CommandError("the export does not verify, so it bears out nothing", problems=problems)
    try:
        checked = check_attestation(note, files, (key or files[VKEY].decode()).strip())
    except (NoteError, AttestationError, BundleError) as error:
        raise CommandError(f"NOT borne out: {error}", tag="attestation") from None
    told = {"ok": not checked.wrong, "run": checked.head.run, "size": checked.head.size, "log": checked.head.log}
    if as_json:
        print_json({**told, "differences": list(checked.wrong), "erased_since": checked.erased})
    elif checked.wrong:
        say(*checked.wrong, f"NOT borne out by the record of {checked.head.size} entries.")
    else:
        say(f"Borne out: every line of {checked.head.run} is what the record of {checked.head.size} entries says.")
        if checked.erased:
            say(f"Of {checked.erased} actions some objects were erased since, and cannot be counted again.")
        if key is None:
            say("Signed by the export's own key; compare it with one from elsewhere (--key).")
    if checked.wrong:
        raise typer.Exit(ExitCode.REFUSED)

"""`bailiwick record prove` and `verify-proof`: one event, shown to anybody without a server."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, usage


def prove(
    event: Annotated[str, typer.Argument(metavar="INDEX|EVENT_ID", help="Its place on the record, or its id `evt-…`.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where to; else `event-INDEX.tlog-proof` here.")
    ] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Write the proof that one event is on the record (C2SP tlog-proof), with the event itself in it.

    The file stands for itself: whoever has it and the log's public key needs nothing else, now or in years.

        bailiwick record prove 1234 --to refund.tlog-proof
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show
    from bailiwick.ledger.proof import ProofError, TlogProof

    data = connect(server).download(place("record", "events", event, "proof"))
    try:
        index = TlogProof.parse(data).index
    except ProofError as error:
        raise CommandError(f"what the server sent is no proof: {error}", tag="proof") from None
    file = to or Path(f"event-{index}.tlog-proof")
    _write(file, data)
    next_step = f"Check it anywhere: bailiwick record verify-proof {file} --key VKEY"
    show({"file": str(file), "index": index, "bytes": len(data)}, as_json, f"Wrote the proof to {file}.", next_step)


def verify_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A `.tlog-proof` file.")],
    key: Annotated[str, typer.Option("--key", metavar="VKEY", help="The log's public key, as you got it elsewhere.")],
    leaf: Annotated[
        Path | None, typer.Option("--leaf", metavar="FILE", help="The entry, where the proof does not carry it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a proof: the key's signature, and the way from the entry to the signed root. Needs no server.

    Exit status 0: the entry printed is on that log. 1: the proof fails, and the sentence says where. Cosignatures of
    witnesses in the proof are not judged here.

        bailiwick record verify-proof refund.tlog-proof --key "acme.example/log+1a2b3c4d+…"
    """
    from bailiwick.cli.output import show
    from bailiwick.ledger.note import NoteError
    from bailiwick.ledger.proof import ProofError, TlogProof, verify

    try:
        proof = TlogProof.parse(_read(file))
        head, entry = verify(proof, key.strip(), None if leaf is None else _read(leaf))
    except ProofError as error:
        raise CommandError(f"NOT proved: {error}", tag="proof") from None
    except NoteError as error:
        raise usage(f"--key is not a log's public key: {error}") from None
    told: dict[str, Any] = {"ok": True, "index": proof.index, "origin": head.origin, "size": head.size}
    told |= {"root": head.root.hex(), "leaf": entry.decode("utf-8", "replace")}
    where = f"Proved: entry {proof.index} of {head.origin}, under the signed checkpoint of {head.size} entries."
    show(told, as_json, where, f"  root {told['root']}", f"  {told['leaf']}")


def _read(path: Path) -> bytes:
    from bailiwick.ledger.proof import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise usage(f"cannot read `{path}`: {(error.strerror or 'error').lower()}") from None


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise usage(f"cannot write `{path}`: {(error.strerror or 'error').lower()}") from None

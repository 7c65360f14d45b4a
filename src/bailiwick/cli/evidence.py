"""`bailiwick record bundle`: the record with everything that an auditor needs to verify it without us."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, usage


def bundle(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A folder that is not there yet, or empty.", show_default=False)
    ] = None,
    to: Annotated[Path | None, typer.Option("--zip", metavar="FILE", help="One zip instead of a folder.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Write the record as evidence: export, manifest, and a script that verifies both with nothing but Python.

    Who took it, and which manifest it has, is put on the record. It holds personal data, so it is yours to keep
    safe. Give the auditor the log's public key on another way: without it a bundle only agrees with itself.

        bailiwick record bundle ./evidence

        bailiwick record bundle --zip evidence.zip
    """
    from bailiwick.cli.output import show

    if (folder is None) == (to is None):
        raise usage("name one DIR, or a file with --zip")
    if to is not None:
        size = _download(server, to)
        check = f"python3 -I verify.py {to}"
        show({"zip": str(to), "bytes": size}, as_json, f"Wrote {size} bytes to {to}.", f"An auditor checks it: {check}")
        return
    assert folder is not None
    files, size = _unpacked(server, folder)
    told = {"folder": str(folder), "files": files, "bytes": size}
    check = f"python3 -I {folder}/verify.py --key VKEY"
    show(told, as_json, f"Wrote {files} files, {size} bytes, to {folder}.", f"An auditor checks it: {check}")


def _download(server: str, to: Path) -> int:
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import progress

    if to.exists():
        raise usage(f"`{to}` is there already; choose another name")
    part = to.with_name(to.name + ".part")
    try:
        with part.open("wb") as file, progress("downloading the evidence") as tell:
            size = connect(server).save(place("record", "bundle"), file, tell)
        part.rename(to)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise CommandError(f"cannot write `{to}`: {reason}", tag="export") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return size


def _unpacked(server: str, folder: Path) -> tuple[int, int]:
    import tempfile

    from bailiwick.cli.export_folder import check_new, unpack

    check_new(folder)
    with tempfile.TemporaryDirectory(prefix="bailiwick-evidence-") as made:
        archive = Path(made) / "evidence.zip"
        _download(server, archive)
        return unpack(archive, folder)

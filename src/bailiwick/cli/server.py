"""`bailiwick up`: run the server until it is told to stop."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json
from bailiwick.cli.trouble import CommandError, usage


def up(
    data: Annotated[Path | None, typer.Option("--data", help="Folder of store and keys.")] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on; default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port; 0 takes a free one; default 8700.")] = None,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="Address that people and agents use, if it is another.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the installation, for the first start.")] = None,
    admin: Annotated[
        str | None, typer.Option("--admin", metavar="EMAIL", help="First administrator, for the first start.")
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option("--ready-file", help="Write address and process id here once it answers.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the server until it is stopped with Ctrl-C or SIGTERM.

    The first start makes the store and its keys in the data folder, and prints a one-time link with which the
    administrator signs in; it is also kept in `first-sign-in.txt` there. Every setting can be given in the
    environment too, as BAILIWICK_DATA, BAILIWICK_PORT and so on. Logs are JSON lines on standard error.

        bailiwick up --data ./bailiwick-data --port 8700

    With --json the first line on standard output is one JSON document: url, first_link, data, pid.
    """
    given: dict[str, Any] = {
        "data": data.absolute() if data else None,
        "host": host,
        "port": port,
        "public_url": public_url,
        "name": name,
        "admin_email": admin,
    }
    from pydantic import ValidationError

    from bailiwick.build import StartError
    from bailiwick.cli.serving import Started, serve
    from bailiwick.ports.payload_key import KeyStoreError
    from bailiwick.ports.store import StoreUnavailable
    from bailiwick.settings import Settings
    from bailiwick.store.keyring import KeyringError
    from bailiwick.store.private_file import PrivateFileError
    from bailiwick.store.vault import VaultError

    def tell(started: Started) -> None:
        document = started.document() | {"pid": os.getpid()}
        if ready_file is not None:
            _write_ready(ready_file, json.dumps(document) + "\n")
        if as_json:
            print(json.dumps(document), flush=True)
            return
        print(f"Bailiwick answers at {started.url}")
        if started.first_link:
            print(f"Sign in as administrator, once, within a day:\n  {started.first_link}")
        print("Stop it with Ctrl-C.", flush=True)

    try:
        settings = Settings(**{key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        why = first["msg"].removeprefix("Value error, ")
        raise usage(f"the setting `{'.'.join(map(str, first['loc']))}` is not usable: {why}") from None
    try:
        serve(settings, tell)
    except (StartError, KeyringError, KeyStoreError, PrivateFileError, VaultError, StoreUnavailable) as error:
        raise CommandError(str(error), tag="start") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        where = f" `{error.filename}`" if error.filename else ""
        raise CommandError(f"the server cannot start: {reason}{where}; `bailiwick doctor` tells more") from None


def _write_ready(path: Path, text: str) -> None:
    """Whole or absent, and readable by its owner only: it holds the first sign-in link."""
    from bailiwick.store.private_file import replace_private

    replace_private(path, text.encode())

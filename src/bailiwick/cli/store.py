"""`bailiwick store`: bring a store to this version, or move it from the data folder's file to PostgreSQL."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json
from bailiwick.cli.trouble import CommandError, usage

app = typer.Typer(no_args_is_help=True, help="Where rows and record are kept: make its tables, move it to PostgreSQL.")
Data = Annotated[Path | None, typer.Option("--data", help="The server's data folder.")]


@app.command("migrate")
def migrate(
    data: Data = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="URL", help="A PostgreSQL database; default BAILIWICK_STORE.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the tables of a store, or bring them to this version, as every start of the server does.

    Use it where the server's own user may not make tables: run it as the one who may. All of it is one transaction;
    run twice, it changes nothing.

        bailiwick store migrate --store postgresql://bailiwick@db.acme.example/bailiwick
    """
    from contextlib import nullcontext

    from bailiwick.cli.output import show
    from bailiwick.ports.store import StoreUnavailable
    from bailiwick.store.folder import FolderInUse, alone
    from bailiwick.store.place import StorePlace

    settings = _settings(data=data, store=store)
    place = StorePlace(settings.data, settings.store)
    if not place.is_shared and not place.folder.is_dir():
        raise CommandError(f"there is no data folder `{place.folder}`; name it with --data, or a database with --store")
    try:
        with nullcontext() if place.is_shared else alone(place.folder):
            new = place.is_new()
            place.migrate()
    except (FolderInUse, StoreUnavailable) as error:
        raise CommandError(str(error), tag="store") from None
    where = "PostgreSQL" if place.is_shared else str(place.path)
    told = {"store": "postgresql" if place.is_shared else "sqlite", "empty": new}
    show(told, as_json, f"The tables in {where} are those of this version.")


@app.command("copy")
def copy(
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="An empty database, as postgresql://USER@HOST/DATABASE.")
    ],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Copy a stopped server's store from its data folder into an empty PostgreSQL database.

    Everything goes along in one transaction, or nothing does: people, charters, open approvals, the record with every
    checkpoint. The log is read back and hashed again; its root must be the same. The data folder is only read. Keep
    it: its keys stay where they are, and the server needs them still.

        bailiwick store copy --to postgresql://bailiwick@db.acme.example/bailiwick --data ./bailiwick-data

    Then start the server with BAILIWICK_STORE set to that address. Exit status 1: nothing was copied, and why.
    """
    from bailiwick.cli.output import progress, show
    from bailiwick.store.folder import FolderInUse, alone
    from bailiwick.store.place import STORE_FILE
    from bailiwick.store.transfer import TransferError, copy_store

    if not to.startswith(("postgresql://", "postgres://")):
        raise usage(f"`{to}` is no PostgreSQL database; write postgresql://USER@HOST/DATABASE")
    folder = _settings(data=data).data
    if not (folder / STORE_FILE).is_file():
        raise CommandError(f"there is no store in `{folder}`; name the server's data folder with --data", tag="store")
    try:
        with alone(folder), progress("copying rows") as tell:
            copied = copy_store(folder / STORE_FILE, to, tell)
    except (FolderInUse, TransferError) as error:
        raise CommandError(str(error), tag="store") from None
    told = {"tables": dict(copied.tables), "rows": copied.rows, "events": copied.size, "root": copied.root.hex()}
    first = f"Copied {copied.rows} rows of {len(copied.tables)} tables; the log's {copied.size} events hash to the"
    show(told, as_json, f"{first} same root, {copied.root.hex()}.", "Start the server with BAILIWICK_STORE set to it.")


def _settings(**given: Any) -> Any:
    from pydantic import ValidationError

    from bailiwick.settings import Settings

    if given.get("data") is not None:
        given["data"] = given["data"].absolute()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        why = first["msg"].removeprefix("Value error, ")
        raise usage(f"the setting `{'.'.join(map(str, first['loc']))}` is not usable: {why}") from None

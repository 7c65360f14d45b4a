"""`bailiwick record fsck`: every byte that the store keeps, on a stopped server's data folder."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bailiwick.cli.option import Json
from bailiwick.cli.trouble import CommandError, ExitCode, usage

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bailiwick.ledger.note import Signer
    from bailiwick.ports.payload_key import PayloadKeys
    from bailiwick.settings import Settings
    from bailiwick.store.inspection import Inspection

SHOWN = 50


def fsck(
    data: Annotated[Path | None, typer.Option("--data", help="The data folder of a stopped server.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Derive again what is derived; never a leaf.")] = False,
    hashes_only: Annotated[
        bool, typer.Option("--hashes-only", help="Only leaves, hashes, frontier and checkpoints: the quickest look.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin again, though one was interrupted.")] = False,
    as_json: Json = False,
) -> None:
    """Check everything that the store keeps: leaves, tree, signatures, columns, payloads, documents, rows.

    A store in the data folder is examined while no server uses it, so that nothing changes meanwhile; one in PostgreSQL
    (BAILIWICK_STORE) at one moment, whoever writes. Interrupted, it goes on where it was. With --repair, and no server
    running, columns, the frontier and checkpoints are derived again from leaves that hold; a damaged leaf, payload,
    document or row is never touched: restore it from a backup.

        bailiwick record fsck --data ./bailiwick-data

    Exit status 0: nothing is wrong, or all of it was mended. 1: something is, each with the index of its entry.
    """
    from bailiwick.cli.output import print_json, say
    from bailiwick.settings import Settings

    given: dict[str, Any] = {"data": data.absolute()} if data else {}
    wanted = _Wanted(Settings(**given), hashes_only, restart, repair)
    report = wanted.examine_alone()
    if as_json:
        print_json(report)
    else:
        for found in report["damage"][:SHOWN]:
            where = f"entry {found['seq']}, {found['part']}" if found["seq"] is not None else found["part"]
            say(f"{where}: {found['what']}{' (can be mended)' if found['mendable'] and not repair else ''}")
        say(*_verdict(report, repair=repair))
    if not report["ok"]:
        raise typer.Exit(ExitCode.REFUSED)


@dataclass(frozen=True, slots=True)
class _Wanted:
    settings: "Settings"
    hashes_only: bool
    restart: bool
    repair: bool

    @property
    def folder(self) -> Path:
        return self.settings.data

    def examine_alone(self) -> dict[str, Any]:
        """Hold the folder while its file is read; a database needs no such thing, but for mending."""
        from bailiwick.store.folder import FolderInUse, alone

        if self.settings.store:
            return self._examine(self.settings.store)
        store = self.folder / "bailiwick.db"
        if not store.is_file():
            raise usage(f"there is no store in `{self.folder}`; name the server's data folder with --data")
        try:
            with alone(self.folder):
                return self._examine(store)
        except FolderInUse as error:
            raise CommandError(str(error), tag="in-use") from None

    def _examine(self, store: Path | str) -> dict[str, Any]:
        from sqlalchemy.exc import DBAPIError

        from bailiwick.store.inspection import CURSOR_FILE, STAGES, Inspection, open_rows

        engine = open_rows(store, write=self.repair)
        start = time.monotonic()
        try:
            in_use = isinstance(store, str) and _is_served(engine, self.settings.lease_s)
            if in_use and self.repair:
                raise CommandError("servers use this database; stop them first, then repair", tag="in-use")
            vkey, origin, signer = _key(self.folder, engine, self.settings.origin)
            with _keys(self.folder) as keys, engine.connect() as connection:
                cursor = self.folder / CURSOR_FILE
                inspection = Inspection(connection, vkey, origin, keys, cursor, in_use=in_use)
                if self.restart:
                    inspection.forget()
                _walk(inspection, STAGES[:1] if self.hashes_only else STAGES)
            mended = _mend(engine, inspection, vkey, signer) if self.repair else 0
        except DBAPIError as error:
            told = f"the store cannot be read ({str(error.orig).strip().lower()}); restore it from a backup"
            raise CommandError(told, tag="damaged") from None
        finally:
            engine.dispose()
        return _report(inspection, origin, vkey, mended, time.monotonic() - start)


def _report(inspection: "Inspection", origin: str, vkey: str, mended: int, seconds: float) -> dict[str, Any]:
    return {
        "ok": inspection.count == mended,
        "origin": origin,
        "key": vkey,
        "entries": inspection.looked_at.get("hashes", 0),
        "rows": inspection.looked_at.get("state", 0),
        "erased": inspection.erased,
        "count": inspection.count,
        "mended": mended,
        "resumed": inspection.resumed,
        "seconds": round(seconds, 3),
        "damage": [found.document() for found in inspection.found],
    }


def _is_served(engine: "Engine", lease_s: float) -> bool:
    """Whether a server gave a sign of life lately."""
    from sqlalchemy import select

    from bailiwick.flow.server import LIVE
    from bailiwick.store.schema import STATE_TABLES

    server = STATE_TABLES["server"]
    lately = time.time_ns() // 1000 - int(3 * lease_s * 1_000_000)
    query = select(server.c.id).where(server.c.state == LIVE, server.c.beat_us > lately).limit(1)
    with engine.connect() as connection:
        return connection.execute(query).first() is not None


def _walk(inspection: "Inspection", stages: tuple[str, ...]) -> None:
    from bailiwick.cli.output import Progress, progress

    tell: Progress = lambda done, total=0: None  # noqa: E731
    shown = ""
    with ExitStack() as bar:
        for stage in inspection.steps(stages):
            if stage.name != shown:
                bar.close()
                tell, shown = bar.enter_context(progress(f"checking {stage.name}")), stage.name
            tell(stage.done, stage.total)


@contextmanager
def _keys(folder: Path) -> "Iterator[PayloadKeys | None]":
    """The keys of payloads, if they are kept in this folder: none are made where there are none."""
    from bailiwick.store.payload_key import KEYS_FILE, FilePayloadKeys

    if not (folder / KEYS_FILE).is_file():
        yield None
        return
    with closing(FilePayloadKeys(folder)) as keys:
        yield keys


def _mend(engine: "Engine", inspection: "Inspection", vkey: str, signer: "Signer | None") -> int:
    from bailiwick.store.mending import mend

    with engine.begin() as connection:
        return mend(connection, inspection.found, vkey, signer, time.time_ns() // 1000)


def _key(folder: Path, engine: "Engine", origin: str) -> tuple[str, str, "Signer | None"]:
    """The key to check with, the log's name, and the signer where its key lies in this folder."""
    from bailiwick.ledger.note import NoteError, Verifier
    from bailiwick.store.keyring import LOG_KEY_FILE, KeyringError, open_keyring
    from bailiwick.store.private_file import PrivateFileError

    elsewhere = folder / "log.vkey"
    try:
        if elsewhere.is_file() and not (folder / LOG_KEY_FILE).is_file():
            key = Verifier.parse(elsewhere.read_text().strip())
            return key.vkey, key.name, None
        signer = open_keyring(folder, new=False).log_signer(_origin(engine) or origin)
    except (KeyringError, PrivateFileError, NoteError, OSError) as error:
        raise CommandError(f"the log's key cannot be read: {error}", tag="keys") from None
    return signer.vkey, signer.name, signer


def _origin(engine: "Engine") -> str | None:
    """The log's name as its last checkpoint gives it: this command need not be told the server's settings."""
    from sqlalchemy import select

    from bailiwick.store.schema import checkpoint

    with engine.connect() as connection:
        note = connection.execute(select(checkpoint.c.note).order_by(checkpoint.c.size.desc()).limit(1)).scalar()
    return note.decode("utf-8", "replace").partition("\n")[0] if note else None


def _verdict(report: Mapping[str, Any], *, repair: bool) -> list[str]:
    count, mended = report["count"], report["mended"]
    looked = f"{report['entries']} entries of {report['origin']} in {report['seconds']:.1f} s"
    if not count:
        erased = f"; {report['erased']} parts of payloads were erased, as they should be" if report["erased"] else ""
        return [f"Nothing is wrong: {looked}{erased}."]
    lines = [f"{count} trouble{'s' * (count != 1)} in {looked}."]
    if len(report["damage"]) > SHOWN:
        lines.append(f"{count - SHOWN} more are in the document that --json prints.")
    if repair:
        lines.append(f"Mended: {mended} of {count}.")
    elif any(found["mendable"] for found in report["damage"]):
        lines.append("What can be mended is derived from leaves that hold: bailiwick record fsck --repair")
    if mended < count and not (not repair and all(found["mendable"] for found in report["damage"])):
        lines.append("What is not derived is never rewritten: keep the folder as it is and restore a backup beside it.")
    return lines

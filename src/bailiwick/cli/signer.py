"""`bailiwick signer`: hold the log's key in a process of its own, which never signs against itself."""

from pathlib import Path
from typing import Annotated

import typer

from bailiwick.cli.option import Json
from bailiwick.cli.trouble import CommandError


def signer(
    keys: Annotated[Path, typer.Option("--keys", metavar="DIR", help="Folder of the key and what it last signed.")],
    socket: Annotated[Path, typer.Option("--socket", metavar="PATH", help="Where the server asks, a unix socket.")],
    origin: Annotated[
        str, typer.Option("--origin", metavar="NAME", help="Name of the log, as the server's BAILIWICK_ORIGIN.")
    ] = "bailiwick.localhost/log",
    last: Annotated[
        Path | None, typer.Option("--last", metavar="NOTE", help="The newest checkpoint, where the memory was lost.")
    ] = None,
    group: Annotated[bool, typer.Option("--group", help="Let users of the socket's group ask too.")] = False,
    as_json: Json = False,
) -> None:
    """Sign the record's checkpoints until stopped, apart from the server that keeps the record.

    It signs a checkpoint only if the server proves that what was signed before is its beginning; a record that was
    cut short or rewritten gets no signature. It writes down what it signs before it answers. Run it as another user
    than the server, in a folder of its own; the first start makes the key there. While it is away the record goes on,
    and its checkpoints come later.

        bailiwick signer --keys /var/lib/bailiwick-signer --socket /run/bailiwick/signer.sock --group

    Then start the server with BAILIWICK_SIGNER=/run/bailiwick/signer.sock. To move an existing key here, stop the
    server, move log-key.pem from its data folder to --keys, and give the newest checkpoint once with --last.
    """
    import asyncio
    import json
    import signal

    from bailiwick.cli.log_format import configure_logs
    from bailiwick.signer.desk import Desk, serve
    from bailiwick.store.keyring import LOG_KEY_FILE, KeyringError, open_log_key
    from bailiwick.store.private_file import PrivateFileError
    from bailiwick.store.signed_head import SignedHeadError, open_memory

    configure_logs("info")
    new = not (keys / LOG_KEY_FILE).exists()
    try:
        key = open_log_key(keys, new=new, origin=origin)
        heads = open_memory(keys, key, new=new, last=None if last is None else last.read_bytes())
    except (KeyringError, PrivateFileError, SignedHeadError) as error:
        raise CommandError(str(error), tag="start") from None
    except OSError as error:
        raise CommandError(f"cannot read `{error.filename}`: {(error.strerror or '').lower()}") from None

    def tell() -> None:
        if as_json:
            print(json.dumps({"origin": origin, "socket": str(socket), "key": key.vkey}), flush=True)
            return
        print(f"Signs for {origin} at {socket}")
        print(f"  key {key.vkey}", flush=True)

    async def run() -> None:
        desk = Desk(origin, key.seed, heads.read, heads.keep)
        serving = asyncio.ensure_future(serve(desk, socket, 0o660 if group else 0o600, tell))
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
        await asyncio.wait([serving])
        if not serving.cancelled() and (trouble := serving.exception()):
            raise trouble

    try:
        asyncio.run(run())
    except OSError as error:
        raise CommandError(f"cannot answer at `{socket}`: {(error.strerror or str(error)).lower()}") from None

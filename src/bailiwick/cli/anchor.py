"""`bailiwick anchor`: have others hold the record's checkpoints, so that its end cannot be cut off unseen."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import ExitCode, usage

app = typer.Typer(no_args_is_help=True, help="Who else holds the record: witnesses, timestamps, git, a folder.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the place is called here.")]


@app.command("add")
def add(
    name: Name,
    witness: Annotated[
        Path | None, typer.Option("--witness", metavar="FILE", help="A witness policy with URLs (C2SP tlog-policy).")
    ] = None,
    timestamp: Annotated[
        str | None, typer.Option("--timestamp", metavar="URL", help="A timestamp authority (RFC 3161); with --ca.")
    ] = None,
    ca: Annotated[Path | None, typer.Option("--ca", metavar="PEM", help="The authority's certificates.")] = None,
    git: Annotated[str | None, typer.Option("--git", metavar="URL", help="A git repository that takes a push.")] = None,
    branch: Annotated[str, typer.Option("--branch", help="Which branch of it.")] = "main",
    folder: Annotated[
        str | None, typer.Option("--folder", metavar="PATH", help="A write-once folder on the server.")
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option("--secret-file", metavar="FILE", help="A bearer token that the place asks for.")
    ] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Anchor at a place from now on, or change its settings; give exactly one kind.

    A witness also proves that the record only grew; a timestamp proves when a head was there; git and a folder keep
    heads for whoever looks. The more a place is out of your own hands, the more it is worth.

        bailiwick anchor add north --witness witnesses.txt
        bailiwick anchor add tsa --timestamp https://tsa.example/ --ca tsa-root.pem
        bailiwick anchor add mirror --git https://git.example/acme/record.git
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    kinds = {"witness": witness, "timestamp": timestamp, "git": git, "folder": folder}
    given = [kind for kind, value in kinds.items() if value is not None]
    if len(given) != 1:
        raise usage("give exactly one of --witness, --timestamp, --git and --folder")
    (kind,) = given
    if (kind == "timestamp") != (ca is not None):
        raise usage("--timestamp and --ca go together")
    settings: dict[str, str] = {}
    if witness is not None:
        settings = {"policy": _read(witness)}
    elif timestamp is not None and ca is not None:
        settings = {"url": timestamp, "certificates": _read(ca)}
    elif git is not None:
        settings = {"url": git, "branch": branch}
    elif folder is not None:
        settings = {"path": folder}
    body: dict[str, Any] = {"kind": kind, "settings": settings}
    if secret_file is not None:
        body["secret"] = _read(secret_file).strip()
    found = connect(server).put(place("anchors", name), body)
    show(found, as_json, f"The record is anchored at {name} ({kind}) from now on.", f"bailiwick anchor now {name}")


@app.command("list")
def list_places(server: Server = "", as_json: Json = False) -> None:
    """List the places, up to which event each holds the record, and what is wrong with one.

    bailiwick anchor list
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = list(connect(server).items(place("anchors")))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        [
            one["name"],
            one["kind"],
            one["state"],
            one["size"],
            moment(one["anchored_us"]) if one["anchored_us"] else "never",
            one["trouble"],
        ]
        for one in found
    ]
    print_table(["place", "kind", "state", "events", "since", "trouble"], rows, "the record is unanchored")


@app.command("remove")
def remove(name: Name, server: Server = "", as_json: Json = False) -> None:
    """Anchor at a place no more; what it holds still counts.

    bailiwick anchor remove mirror
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    found = connect(server).delete(place("anchors", name))
    show(found, as_json, f"The record is anchored at {name} no more; it holds {found['size']} events.")


@app.command("now")
def now(name: Name, server: Server = "", as_json: Json = False) -> None:
    """Anchor at a place now, without waiting for the next round. Exit status 1: it did not take the checkpoint.

    bailiwick anchor now north
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    found = connect(server).post(place("anchors", name, "now"))
    held = found["state"] == "ok"
    told = f"{name} holds the first {found['size']} events." if held else f"{name}: {found['trouble']}"
    show(found, as_json, told)
    if not held:
        raise typer.Exit(ExitCode.REFUSED)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise usage(f"cannot read `{path}`: {reason.lower()}") from None

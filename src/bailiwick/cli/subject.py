"""`bailiwick subject`: what is kept of a person whom the data of upstreams is about, and forgetting them."""

from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import usage

app = typer.Typer(
    no_args_is_help=True, help="People whom the data is about: what is kept of them, and forgetting them."
)

Kind = Annotated[str, typer.Argument(metavar="KIND", help="The catalogue's word for them, such as contact.")]
Name = Annotated[str, typer.Argument(metavar="ID", help="The id that the upstream uses.")]
MaybeName = Annotated[str | None, typer.Argument(metavar="[ID]", help="The id that the upstream uses.")]


@app.command("find")
def find(kind: Kind, name: Name, server: Server = "", as_json: Json = False) -> None:
    """Say how much is kept of a person, and under which pseudonym the record speaks of them.

    bailiwick subject find contact con-0007
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    found = connect(server).post(place("subjects", "find"), {"kind": kind, "id": name})
    show(found, as_json, *_lines(found))


@app.command("show")
def show_one(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The pseudonym, `sub-…`.")],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show a subject by pseudonym, as the record's events name them.

    bailiwick subject show sub-5f1c0a93be27d4418a60c9f2
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    found = connect(server).get(place("subjects", subject))
    show(found, as_json, *_lines(found))


@app.command("list")
def list_erased(server: Server = "", as_json: Json = False) -> None:
    """List who was forgotten, by pseudonym.

    bailiwick subject list
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = list(connect(server).items(place("erasures")))
    if as_json:
        print_json({"items": found})
        return
    rows = [[one["id"], one["kind"], one["state"], str(one["segments"]), moment(one["asked_us"])] for one in found]
    print_table(["subject", "kind", "state", "parts", "asked"], rows, "nobody was forgotten yet")


@app.command("erase")
def erase(
    kind: Annotated[str, typer.Argument(metavar="KIND|SUBJECT", help="The catalogue's word, or a pseudonym `sub-…`.")],
    name: MaybeName = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it only says what would go.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Forget a person: destroy the keys of everything that is theirs. There is no way back.

    Nothing of them can be read any more, in no copy of the store either; what others share with them stays
    theirs, every proof stays valid, and the record says that it was done. Backups of the key store itself
    must be let go: keep those for days only.

        bailiwick subject erase contact con-0007

        bailiwick subject erase contact con-0007 --yes
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    body: dict[str, Any] = {"confirm": yes}
    if name is not None:
        body |= {"kind": kind, "id": name}
    elif kind.startswith("sub-"):
        body["id"] = kind
    else:
        raise usage("name a KIND and an ID, such as `contact con-0007`, or a pseudonym `sub-…`")
    found = connect(server).post(place("subjects", "erase"), body)
    last = [] if yes or found["state"] == "erased" else ["Nothing was done; with --yes all of it goes for ever."]
    show(found, as_json, *_lines(found), *last)


def _lines(one: dict[str, Any]) -> list[str]:
    what = f"{_some(one['segments'], 'part')} of {_some(one['events'], 'event')}"
    if one["state"] != "kept":
        return [f"{one['id']} ({one['kind']}) {'was' if one['state'] == 'erased' else 'is being'} erased: {what}."]
    lines = [f"{one['id']} ({one['kind']}): {what} in {_some(one['runs'], 'run')} can be read."]
    if one["waiting"]:
        lines.append(f"Erasing closes {_some(one['waiting'], 'request')} for approval about them.")
    return lines


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"

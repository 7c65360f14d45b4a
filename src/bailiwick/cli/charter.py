"""`bailiwick charter`: writing, checking and publishing what an agent role may do."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file
from bailiwick.cli.trouble import CommandError, ExitCode

app = typer.Typer(no_args_is_help=True, help="What an agent role may do, must ask for and must never do.")
File = Annotated[Path, typer.Argument(metavar="FILE", help="The charter's YAML; `-` reads standard input.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The charter's name.")]


@app.command("draft")
def draft(
    persona: Annotated[str | None, typer.Argument(metavar="PERSONA", help="A role to start from.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Print a charter to start from, or list the roles there are.

    Change owner, limits and approvers before you publish it.

        bailiwick charter draft

        bailiwick charter draft lead-router > lead-router.yaml
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, print_table

    client = connect(server)
    if persona is None:
        found = list(client.items(place("personas")))
        if as_json:
            print_json({"items": found})
            return
        print_table(["persona", "purpose"], [[one["name"], one["purpose"]] for one in found], "no persona is shipped")
        return
    one = client.get(place("personas", persona))
    if as_json:
        print_json(one)
    else:
        print(one["source"], end="")


@app.command("check")
def check(file: File, server: Server = "", as_json: Json = False) -> None:
    """Check a charter against the catalogues and people of the server, with line numbers; nothing is stored.

    Exit status 0: it could be published as it is. 5: it could not.

        bailiwick charter check lead-router.yaml
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, say

    checked = connect(server).post(place("charters", "check"), {"source": read_source_file(file)})
    problems = checked["problems"]
    if not checked["publishable"]:
        if as_json:
            print_json(checked)
            raise typer.Exit(ExitCode.INVALID)
        sentence = f"`{file}` cannot be published as it is"
        raise CommandError(sentence, ExitCode.INVALID, tag="invalid", problems=problems)
    if as_json:
        print_json(checked)
        return
    say(f"{file}: can be published.", *(f"  line {one['line']}: {one['message']}" for one in problems))
    say(*_plain(checked["text"]))


@app.command("show")
def show_charter(
    name: Name,
    source: Annotated[bool, typer.Option("--source", help="Print its YAML.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show the version in force in plain sentences, or its YAML.

    bailiwick charter show lead-router
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, say

    one = connect(server).get(place("charters", name))
    if as_json:
        print_json(one)
    elif source:
        print(one["source"], end="")
    else:
        who = one["published_by_name"] or one["published_by"]
        say(f"{one['name']} version {one['version']}, published {moment(one['published_us'])} by {who}")
        say(f"owner {one['owner']}, backup {one['backup']}, review by {one['review_by']}")
        say(f"agents: {', '.join(one['agents']) or 'none'}", *_plain(one["text"]))


@app.command("list")
def list_charters(server: Server = "", as_json: Json = False) -> None:
    """List the charters in force by name.

    bailiwick charter list
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = list(connect(server).items(place("charters")))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        [
            one["name"],
            one["version"],
            one["workflow"],
            one["owner"],
            ", ".join(one["agents"]),
            moment(one["published_us"]),
        ]
        for one in found
    ]
    columns = ["charter", "version", "workflow", "owner", "agents", "published"]
    print_table(columns, rows, "no charter; `bailiwick charter publish FILE` publishes one")


@app.command("publish")
def publish(
    file: File,
    note: Annotated[str, typer.Option("--note", help="What this version changes.")],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Publish a charter; it decides from the next action on.

    Refused (exit status 5, with lines) when it names what does not exist, or approvers whom nobody can be. A version
    that is wider than the one in force is a proposal until both its owners agree: `bailiwick charter second`.

        bailiwick charter publish lead-router.yaml --note "may now read segments"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.charter_version import tell

    source = read_source_file(file)
    tell(connect(server).post(place("charters"), {"source": source, "note": note}), as_json)


def _plain(text: dict[str, Any]) -> list[str]:
    return [text["scope"], *(f"  {one['kind']:<7} {one['text']}" for one in text["promises"])]

"""`bailiwick person`: who may sign in, with which roles; and how many people run this installation."""

from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, usage

app = typer.Typer(no_args_is_help=True, help="Who may sign in, and with which roles.")

Roles = Annotated[
    list[str] | None, typer.Option("--role", help="A role; repeat for several. Charters name roles as approvers.")
]
Who = Annotated[str, typer.Argument(metavar="PERSON", help="E-mail address, or id `per-…`.")]


@app.command("add")
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Their address.")],
    name: Annotated[str, typer.Option("--name", help="As colleagues know them.")],
    roles: Roles = None,
    no_link: Annotated[bool, typer.Option("--no-link", help="Do not make a sign-in link now.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Add a person and print a one-time link with which they sign in, once, within a day.

    Roles mean what this installation gives them: `administrator`, `it-ops` and `auditor` are known to
    Bailiwick; any other, such as `marketing-director`, is for charters to name as approvers.

        bailiwick person add rosa@acme.example --name "Rosa Vidal" --role marketing-director
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client = connect(server)
    person = client.post(place("people"), {"email": email, "name": name, "roles": roles or []})
    link = None if no_link else client.post(place("people", person["id"], "link"))
    lines = [f"Added {person['email']} ({', '.join(person['roles']) or 'no role'})."]
    if link:
        lines += ["Hand over this link; it works once, within a day:", f"  {link['url']}"]
    show({"person": person, "link": link}, as_json, *lines)


@app.command("list")
def list_people(server: Server = "", as_json: Json = False) -> None:
    """List everybody, in the order they were added.

    bailiwick person list
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, print_table

    people = list(connect(server).items(place("people")))
    if as_json:
        print_json({"items": people})
        return
    rows = [[one["email"], one["name"], ", ".join(one["roles"]), _state(one), one["id"]] for one in people]
    print_table(["e-mail", "name", "roles", "state", "id"], rows, "nobody; `bailiwick person add` adds people")


@app.command("link")
def link(person: Who, server: Server = "", as_json: Json = False) -> None:
    """Make a one-time sign-in link for a person; hand it over yourself.

    bailiwick person link rosa@acme.example
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client = connect(server)
    made = client.post(place("people", _id_of(client, person), "link"))
    show(made, as_json, "It works once, within a day:", f"  {made['url']}")


@app.command("change")
def change(
    person: Who,
    roles: Roles = None,
    no_roles: Annotated[bool, typer.Option("--no-roles", help="Take every role away.")] = False,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether they may sign in.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Change a person's roles (the new list replaces the old one), or whether they may sign in.

    bailiwick person change rosa@acme.example --role marketing-director --role it-change

    bailiwick person change rosa@acme.example --inactive
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    if roles and no_roles:
        raise usage("give either --role or --no-roles")
    body: dict[str, Any] = {}
    if roles or no_roles:
        body["roles"] = roles or []
    if active is not None:
        body["active"] = active
    if not body:
        raise usage("say what to change: --role, --no-roles, --active or --inactive")
    client = connect(server)
    changed = client.patch(place("people", _id_of(client, person)), body)
    roles_now = ", ".join(changed["roles"]) or "no role"
    show(changed, as_json, f"{changed['email']} is {_state(changed)} and has {roles_now}.")


def mode(
    wanted: Annotated[str | None, typer.Argument(metavar="team|solo", help="How it is run from now on.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Say how this installation is run, or declare it anew.

    In `team`, nobody approves what they asked for or own, and a halt is lifted by somebody other than who set
    it. In `solo`, one person fills every slot, and the record and the console say so.

        bailiwick mode solo
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client = connect(server)
    if wanted is None:
        info = client.get(place("installation"))
    elif wanted in ("team", "solo"):
        info = client.put(place("installation", "mode"), {"mode": wanted})
    else:
        raise usage(f"`{wanted}` is no mode; write team or solo")
    show(info, as_json, f"{info['name']} is run as `{info['mode']}`.")


def _state(person: dict[str, Any]) -> str:
    return "active" if person["active"] else "inactive"


def _id_of(client: Any, person: str) -> str:
    from bailiwick.cli.api_client import place

    if "@" not in person:
        return person
    address = person.strip().lower()
    found = next((one["id"] for one in client.items(place("people")) if one["email"] == address), None)
    if found is None:
        raise CommandError(f"there is no person `{person}`; `bailiwick person list` shows everybody", tag="unknown")
    return str(found)

"""`bailiwick connector`: the systems that agents reach, each an MCP server over HTTP or stdio."""

import shlex
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, ExitCode, usage

app = typer.Typer(no_args_is_help=True, help="Systems that agents reach: MCP servers over HTTP or stdio.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The connector's name; tools are called NAME__tool.")]


@app.command("add")
def add(
    name: Name,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND…", help="For stdio: the program and its arguments.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="For HTTP: the server's MCP address.")] = None,
    vendor: Annotated[str, typer.Option("--vendor", help="Who makes the system.")] = "",
    responsible: Annotated[str, typer.Option("--responsible", help="Who answers for it here.")] = "",
    data_terms: Annotated[
        str, typer.Option("--data-terms", help="What was agreed about its data.")
    ] = "internal system",
    review_by: Annotated[
        str, typer.Option("--review-by", metavar="DAY", help="When to look at it again: 2027-02-01, or 180d.")
    ] = "",
    environment: Annotated[
        list[str] | None, typer.Option("--env", metavar="NAME=VALUE", help="For stdio; no secrets here.")
    ] = None,
    per_run: Annotated[bool, typer.Option("--per-run", help="A process or session of its own for each run.")] = False,
    secret_days: Annotated[int, typer.Option("--secret-days", help="Its secret is too old after so many.")] = 90,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Add a connector, or change the settings of one.

    Nothing of it can be used until a catalogue says what its tools do, and nothing granted until it is said who makes
    it, who answers for it and when it is reviewed next. Its credential is set apart, with
    `bailiwick connector secret`, and no agent ever sees it.

        bailiwick connector add crm --vendor Acme --responsible Ops --review-by 180d --url URL

        bailiwick connector add git --vendor Acme --responsible Ops --review-by 180d -- mcp-server-git
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    if (url is None) == (not command):
        raise usage("give either --url for HTTP or, after `--`, the command of a stdio server")
    if not vendor or not responsible:
        raise usage("say with --vendor who makes the system and with --responsible who answers for it")
    settings = {
        "transport": "http" if url else "stdio",
        "url": url,
        "command": command or [],
        "environment": dict(_variable(text) for text in environment or []),
        "scope": "per_run" if per_run else "shared",
        "vendor": vendor,
        "responsible": responsible,
        "data_terms": data_terms,
        "review_by": _day(review_by),
        "secret_max_age_days": secret_days,
    }
    made = connect(server).put(place("connectors", name), settings)
    show(made, as_json, f"Connector {name} is set.", f"Next: bailiwick catalogue draft {name} > {name}.yaml")


@app.command("list")
def list_connectors(server: Server = "", as_json: Json = False) -> None:
    """List connectors by name.

    bailiwick connector list
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = list(connect(server).items(place("connectors")))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        [
            one["name"],
            one["transport"],
            one["url"] or shlex.join(one["command"]),
            one["reviewed"],
            one["actions"],
            moment(one["secret_expires_us"]),
        ]
        for one in found
    ]
    columns = ["connector", "over", "where", "tools", "actions", "secret until"]
    print_table(columns, rows, "no connector; `bailiwick connector add` adds one")


@app.command("show")
def show_connector(name: Name, server: Server = "", as_json: Json = False) -> None:
    """Show one connector and its tools as it offers them now: reviewed, hidden, changed or gone.

    Exit status 4: the connector's own system does not answer.

        bailiwick connector show crm
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_fields, print_json, print_table

    client = connect(server)
    one = client.get(place("connectors", name))
    tools = client.get(place("connectors", name, "tools"))["items"]
    if as_json:
        print_json({"connector": one, "tools": tools})
        return
    names = ("name", "transport", "url", "scope", "vendor", "responsible", "data_terms", "review_by")
    more = {"command": shlex.join(one["command"]), "secret until": moment(one["secret_expires_us"])}
    print_fields({field: one[field] for field in names} | more)
    rows = [
        [f"{name}__{tool['name']}", tool["state"], ", ".join(action["name"] for action in tool["actions"])]
        for tool in tools
    ]
    print_table(["tool", "state", "actions"], rows, "it offers no tool")


@app.command("review")
def review_connector(
    name: Name,
    next_day: Annotated[
        str, typer.Option("--next", metavar="DAY", help="When to look at it again: 2027-02-01, or 180d.")
    ],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Note that you looked at a connector again, its vendor, data terms and tools, and when the next look is due.

    When that day has passed, no charter can be published that grants anything of it.

        bailiwick connector review crm --next 180d
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    made = connect(server).post(place("connectors", name, "review"), {"next": _day(next_day)})
    show(made, as_json, f"{name} is to be reviewed again by {made['review_by']}.")


@app.command("secret")
def secret(
    name: Name,
    variable: Annotated[
        str, typer.Option("--variable", help="For stdio: the environment variable that holds it.")
    ] = "bearer",
    file: Annotated[Path | None, typer.Option("--file", help="Read it from a file instead of asking.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Set a connector's credential: it goes to the server's vault, and from there to that system only.

    It is asked for, or read from a file or standard input, never given as an argument that others can see.

        bailiwick connector secret crm
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, show

    value = _secret(file)
    made = connect(server).put(place("connectors", name, "secret"), {"values": {variable: value}})
    until = moment(made["secret_expires_us"])
    show(made, as_json, f"The credential of {name} is set; renew it before {until}.")


def _secret(file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read `{file}`: {error}", ExitCode.USAGE, tag="usage") from None
    if sys.stdin.isatty():
        return str(typer.prompt("Secret", hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _day(text: str) -> str:
    """A day as it stands, or so many days from today."""
    count = text.removesuffix("d")
    if text.endswith("d") and count.isdecimal() and int(count) <= 3_650:
        return (datetime.now(UTC).date() + timedelta(days=int(count))).isoformat()
    return text


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise usage(f"`{text}` is no environment variable; write NAME=VALUE")
    return name, value

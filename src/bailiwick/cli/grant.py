"""`bailiwick charter matrix|unused|trim`: who may do what, what nobody uses, and charters without it."""

import csv
import sys
from typing import Annotated, Any, Final

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, ExitCode, usage

_CELLS: Final = {"low": "low", "medium": "medium", "high": "HIGH", "never": "never", "unlisted": ""}
Charters = Annotated[list[str] | None, typer.Option("--charter", help="Only this charter; may be repeated.")]
Connectors = Annotated[list[str] | None, typer.Option("--connector", help="Only this connector; may be repeated.")]


def show_matrix(
    connector: Connectors = None,
    charter: Charters = None,
    granted: Annotated[bool, typer.Option("--granted", help="Leave out actions that nobody is granted.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values for a spreadsheet.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show every charter against every action: low, medium, high, never, or empty where it is not listed.

    `low > high` is a risk that goes by the size of the call. What a charter does not list is refused.

        bailiwick charter matrix --connector crm

        bailiwick charter matrix --csv > matrix.csv
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, print_table

    wanted = {"connector": connector or [], "charter": charter or [], "granted": "true" if granted else None}
    found = connect(server).get(place("matrix"), **{name: value for name, value in wanted.items() if value})
    columns = ["action", "floor", *(row["charter"] for row in found["rows"])]
    rows = [
        [action["name"], action["floor"], *(_cell(row["cells"][at]) for row in found["rows"])]
        for at, action in enumerate(found["actions"])
    ]
    if as_json:
        print_json(found)
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([columns, *rows])
    else:
        print_table(columns, rows, "no action; `bailiwick catalogue import` reviews the tools of a connector")


def _cell(cell: dict[str, Any]) -> str:
    word = _CELLS[cell["kind"]]
    return f"{word} > {_CELLS[cell['most']]}" if cell["by_size"] else word


def show_unused(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Not used for so many days.")] = 30,
    charter: Annotated[str | None, typer.Option("--charter", help="Only this charter.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show the used grants and those too new to tell, too.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show the grants that nobody used for some days, and the tools that no charter grants.

    Exit status 0: every grant is used, or too new to tell. 1: some are not.

        bailiwick charter unused --days 90
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table, say

    query: dict[str, Any] = {"days": days, **({"charter": charter} if charter else {})}
    found = connect(server).get(place("grants"), **query)
    unused = [one for one in found["grants"] if one["state"] == "unused"]
    if as_json:
        print_json(found)
    else:
        shown = found["grants"] if every else unused
        rows = [
            [one["charter"], one["action"], one["tier"], _last(one, moment), moment(one["since_us"]), one["line"]]
            for one in shown
        ]
        print_table(["charter", "action", "risk", "last used", "granted", "line"], rows, _nothing(found, days))
        for tool in found["tools"]:
            prohibited = any(action["prohibited"] for action in tool["actions"])
            more = "; some charters prohibit it" if prohibited else ""
            say(f"no charter grants anything of `{tool['connector']}__{tool['tool']}`{more}")
        if unused:
            name = unused[0]["charter"]
            say("", f"`bailiwick charter trim {name} --days {days} > {name}.yaml` writes it without them.")
    if unused:
        raise typer.Exit(ExitCode.REFUSED)


def _last(one: dict[str, Any], moment: Any) -> str:
    words = {"new": "too new to tell", "unused": "never", "used": ""}
    return moment(one["last_us"]) if one["last_us"] is not None else words[one["state"]]


def _nothing(found: dict[str, Any], days: int) -> str:
    new = sum(one["state"] == "new" for one in found["grants"])
    more = f" ({new} are too new to tell)" if new else ""
    return f"every grant was used within {days} days{more}" if found["grants"] else "no charter grants anything"


def trim(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The charter's name.")],
    action: Annotated[
        list[str] | None, typer.Option("--action", help="Take out the grant of this action; may be repeated.")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3650, help="Take out what was not used for so many days.")
    ] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Print a charter's text without some of its grants; comments and layout stay as they are.

    Nothing is stored: look at it, then publish it with `bailiwick charter publish`. Exit status 1: there is nothing to
    take out.

        bailiwick charter trim lead-router --days 30 > lead-router.yaml
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json

    if (action is None) == (days is None):
        raise usage("name the grants (--action), or how long they were not used (--days)")
    client, gone = connect(server), action or []
    if days is not None:
        grants = client.get(place("grants"), days=days, charter=name)["grants"]
        gone = [one["action"] for one in grants if one["state"] == "unused"]
        if not gone:
            raise CommandError(f"every grant of `{name}` was used within {days} days, or is too new to tell")
    found = client.post(place("charters", name, "trim"), {"actions": gone})
    if as_json:
        print_json(found)
    else:
        print(found["source"], end="")
        for problem in found["problems"]:
            print(f"line {problem['line']}: {problem['message']}", file=sys.stderr)

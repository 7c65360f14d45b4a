"""`bailiwick charter shadow`, `canary` and `trial`: another version beside the one in force."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file
from bailiwick.cli.trouble import usage

Name = Annotated[str, typer.Argument(metavar="NAME", help="The charter's name.")]
Note = Annotated[str, typer.Option("--note", help="What is tried.")]
SHOWN = 20


def shadow(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The charter's YAML; `-` reads standard input.")],
    note: Note,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Try another version in the shadow of the one in force: it decides nothing, and its answers are compared.

    bailiwick charter shadow lead-router new.yaml --note "half the contacts a day"
    """
    _start(name, {"kind": "shadow", "source": read_source_file(file), "note": note}, server, as_json)


def canary(
    name: Name,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The charter's YAML, to start one.")] = None,
    percent: Annotated[int, typer.Option("--percent", min=1, max=100, help="Of the runs opened from now on.")] = 10,
    note: Annotated[str, typer.Option("--note", help="What is tried; needed to start one.")] = "",
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Let another version decide a share of the runs, or change that share.

    A run keeps its version from start to end. A version that is wider than the one in force decides nothing until
    both of its owners have run the same command. `bailiwick charter trial NAME stop` ends it at once.

        bailiwick charter canary lead-router new.yaml --percent 10 --note "half the contacts a day"

        bailiwick charter canary lead-router --percent 50
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    if file is not None:
        if not note.strip():
            raise usage("say with --note what is tried")
        asked = {"kind": "canary", "source": read_source_file(file), "percent": percent, "note": note}
        _start(name, asked, server, as_json)
        return
    row = connect(server).patch(place("charters", name, "trial"), {"percent": percent})
    show(
        row,
        as_json,
        f"{name}: {percent} % of the runs that are opened from now on are decided by the version on trial.",
    )


def trial(
    name: Name,
    what: Annotated[
        Literal["status", "stop", "promote"], typer.Argument(metavar="[status|stop|promote]", help="What to do.")
    ] = "status",
    note: Annotated[str, typer.Option("--note", help="What the promoted version changes.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Name every difference, not only the first.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show what a version on trial decides differently, stop it, or put it in force for everything.

    Stopping takes effect on the next action of every run. Promoting publishes the version, under the same rules as
    any other: one that is wider than what is in force needs both owners.

        bailiwick charter trial lead-router

        bailiwick charter trial lead-router stop
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client, at = connect(server), place("charters", name, "trial")
    if what == "stop":
        row = client.post(f"{at}/stop")
        show(row, as_json, f"{name}: the trial is over; the version in force decides every run.")
    elif what == "promote":
        version = client.post(f"{at}/promote", {"note": note})
        more = ["It waits until both owners have agreed."] if version["status"] == "proposed" else []
        show(version, as_json, f"{name} version {version['version']} is {version['status']}.", *more)
    else:
        _status(client, at, everything, as_json)


def _start(name: str, asked: dict[str, Any], server: str, as_json: bool) -> None:
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    row = connect(server).post(place("charters", name, "trial"), asked)
    line = f"{name}: {row['digest']} is on trial, {_share(row)}."
    if row["state"] == "proposed":
        line = f"{name}: {row['digest']} is wider than the version in force: both of its owners have to start the same."
    show(row, as_json, line, f"`bailiwick charter trial {name}` shows what it decides differently.")


def _share(row: dict[str, Any]) -> str:
    return f"for {row['percent']} % of the runs" if row["kind"] == "canary" else "in the shadow"


def _status(client: Any, at: str, everything: bool, as_json: bool) -> None:
    from bailiwick.cli.output import moment, print_json, say
    from bailiwick.cli.whatif import print_changes, summary

    row = client.get(at)
    report = row["report"]
    limit = None if everything or as_json else SHOWN
    changes = list(client.items(f"{at}/changes", limit)) if report else []
    untold = list(client.items(f"{at}/untold", limit)) if report else []
    if as_json:
        print_json(row | {"changes": changes, "untold_actions": untold})
        return
    say(f"{row['name']}: {row['digest']} {row['state']}, {_share(row)}, by {row['started_by_name']}: {row['note']}")
    say(f"since {moment(row['started_us'])}" + (f" until {moment(row['ended_us'])}" if row["ended_us"] else ""))
    if row["overtaken"]:
        say("Another version was published meanwhile, so it decides nothing any more.")
    if report is None:
        say("It has not begun: both owners have to start the same.")
        return
    print_changes(report, changes, untold)
    for side in row["sides"] if row["kind"] == "canary" else ():
        words = ", ".join(f"{side[word]:,} {said}" for word, said in _SAID.items())
        say(f"the {side['version']} version decided: {words}")
    say(*summary(report, "the trial"))


_SAID = {"allow": "allowed", "ask": "asked", "deny": "denied"}

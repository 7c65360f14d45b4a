"""`bailiwick catalogue`: what IT knows of a connector's tools, pinned to their exact definitions."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file
from bailiwick.cli.trouble import CommandError, ExitCode

app = typer.Typer(no_args_is_help=True, help="What IT knows of each tool: its floor, effect and data.")
Connector = Annotated[str, typer.Argument(metavar="CONNECTOR", help="The connector's name.")]


@app.command("draft")
def draft(connector: Connector, server: Server = "", as_json: Json = False) -> None:
    """Print a catalogue to start from, with every tool the connector offers now; review each line.

    bailiwick catalogue draft git > git.yaml
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json

    tools = connect(server).get(place("connectors", connector, "tools"))
    if as_json:
        print_json({"connector": connector, "source": tools["draft"]})
    else:
        print(tools["draft"], end="")


@app.command("import")
def import_catalogue(
    connector: Connector,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The catalogue's YAML; `-` reads standard input.")],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Put a catalogue in force and pin its tools to the definitions that the connector sends now.

    Tools that no action names stay hidden. A tool whose definition changed since it was reviewed stays stopped until
    somebody accepts what it has become. Exit status 5: the text has problems, with their lines.

        bailiwick catalogue import git git.yaml
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    source = read_source_file(file)
    done = connect(server).put(place("connectors", connector, "catalogue"), {"source": source})
    lines = [f"{len(done['reviewed'])} tools of {connector} are reviewed: {', '.join(done['reviewed']) or 'none'}."]
    if done["held"]:
        lines.append(f"{len(done['held'])} changed and stay stopped: {', '.join(done['held'])}.")
        lines.append(f"Look at them: bailiwick catalogue review {connector}")
    if done["quarantined"]:
        lines.append(f"{len(done['quarantined'])} stay hidden: {', '.join(done['quarantined'])}.")
    show(done, as_json, *lines)


@app.command("show")
def show_catalogue(connector: Connector, server: Server = "", as_json: Json = False) -> None:
    """Print the catalogue in force, as it was imported.

    bailiwick catalogue show git
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json

    found = connect(server).get(place("connectors", connector, "catalogue"))
    if as_json:
        print_json(found)
    else:
        print(found["source"], end="")


@app.command("review")
def review(
    connector: Connector,
    tool: Annotated[str | None, typer.Argument(metavar="TOOL", help="Only this tool.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show the tools in quarantine: what changed in their definitions, and whose grants wait for you.

    A tool that changed, appeared or went away is hidden from agents and its calls are refused until somebody
    accepts it. Exit status 1: the tool is not in quarantine.

        bailiwick catalogue review git

        bailiwick catalogue review git git_commit
    """
    from bailiwick.cli.output import print_json, say

    found = _in_quarantine(connector, server, (tool,) if tool else ())
    if as_json:
        print_json({"items": found})
    elif not found:
        say(f"Every tool of {connector} is as it was reviewed.")
    for one in [] if as_json else found:
        say(*_told(one), "")


@app.command("accept")
def accept(
    connector: Connector,
    tools: Annotated[list[str], typer.Argument(metavar="TOOL…", help="The tools to accept.")],
    note: Annotated[str, typer.Option("--note", help="What you found; it goes on the record.")],
    file: Annotated[
        Path | None, typer.Option("--file", help="Another text for the catalogue, where the old one no longer fits.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Accept what tools have become: exactly the definitions you are shown are pinned, and their grants hold again.

    If a tool changes once more before you say yes, it conflicts and nothing is done. A new tool that no action
    names is noted, and stays hidden.

        bailiwick catalogue accept git git_commit --note "the new argument signs the commit"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import say, show

    found = _in_quarantine(connector, server, tools)
    missing = [one["tool"] for one in found if one["digest"] is None]
    if missing:
        raise CommandError(f"there is nothing to accept of {', '.join(missing)}", tag="conflict")
    if not yes:
        for one in found:
            say(*_told(one), "")
        if not typer.confirm("Accept what is shown?", err=True):
            raise typer.Exit(ExitCode.USAGE)
    digests = {one["tool"]: one["digest"] for one in found}
    client = connect(server)
    if file is not None:
        body = {"source": read_source_file(file), "accept": digests, "note": note}
        done = client.put(place("connectors", connector, "catalogue"), body)
    else:
        done = client.post(place("connectors", connector, "accept"), {"accept": digests, "note": note})
    show(done, as_json, f"Accepted: {', '.join(digests)}. Calls decide by what they are now.")


def _in_quarantine(connector: str, server: str, tools: Sequence[str]) -> list[dict[str, Any]]:
    from bailiwick.cli.api_client import connect, place

    found = list(connect(server).get(place("connectors", connector, "quarantine"))["items"])
    for tool in tools:
        if all(one["tool"] != tool for one in found):
            raise CommandError(f"`{tool}` of {connector} is not in quarantine", tag="unknown")
    return [one for one in found if not tools or one["tool"] in tools]


def _told(one: dict[str, Any]) -> list[str]:
    from bailiwick.cli.output import moment

    marks = {"added": "+", "removed": "-", "changed": "~"}
    lines = [f"{one['connector']}__{one['tool']}: {one['sentence']}", f"  seen {moment(one['since_us'])}"]
    for argument in one["arguments"]:
        schemas = [json.dumps(argument[side]) for side in ("before", "after") if argument[side] is not None]
        lines.append(f"  {marks[argument['kind']]} {argument['path']}: {' -> '.join(schemas)}")
    for part in one["parts"]:
        before, after = ((one[side] or {}).get(part) for side in ("before", "after"))
        lines.append(f"  ~ {part}: {json.dumps(before, ensure_ascii=False)} -> {json.dumps(after, ensure_ascii=False)}")
    if not one["before"] and one["after"]:
        lines += [f"  {line}" for line in json.dumps(one["after"], indent=2, ensure_ascii=False).splitlines()]
    lines += [f"  suspended: {grant['action']} in charter {grant['charter']}" for grant in one["suspended"]]
    lines += [f"  cannot be accepted as the catalogue is: {text}" for text in one["problems"]]
    lines += [f"  if accepted: {text}" for text in one["consequences"]]
    return lines

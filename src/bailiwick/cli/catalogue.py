"""`bailiwick catalogue`: what IT knows of a connector's tools, pinned to their exact definitions."""

from pathlib import Path
from typing import Annotated

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file

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

    Tools that no action names stay hidden. A tool whose definition changes later is stopped until somebody
    reviews it again. Exit status 5: the text has problems, with their lines.

        bailiwick catalogue import git git.yaml
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    source = read_source_file(file)
    done = connect(server).put(place("connectors", connector, "catalogue"), {"source": source})
    lines = [f"{len(done['reviewed'])} tools of {connector} are reviewed: {', '.join(done['reviewed']) or 'none'}."]
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

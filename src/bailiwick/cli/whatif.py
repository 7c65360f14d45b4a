"""`bailiwick charter whatif`: what another text would have made of the actions on the record."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file
from bailiwick.cli.trouble import CommandError, usage

WAIT_S = 20
SHOWN = 50


def whatif(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose recorded actions: the charter's name.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The charter's YAML; `-` reads standard input.")
    ] = None,
    version: Annotated[int | None, typer.Option("--version", help="A version of it instead of a file.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="How many days back.")] = 30,
    everything: Annotated[bool, typer.Option("--all", help="Name every change, not only the first.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Decide the recorded actions of a charter again under another text: what changes, action by action.

    Each action is decided by itself, on the facts as they stood. What the other text asks besides is made up again
    from the record; where the record does not say, the action is listed as one that cannot be told. Nothing is
    stored or sent.

        bailiwick charter whatif lead-router new.yaml --days 30
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, say

    if (file is None) == (version is None):
        raise usage("name a FILE, or a --version")
    client = connect(server)
    asked: dict[str, Any] = {"charter": name, "days": days}
    asked |= {"source": read_source_file(file)} if file else {"version": version}
    done = _wait(client, client.post(place("charters", "whatif"), asked))
    if done["state"] == "failed":
        raise CommandError(f"the what-if failed: {done['trouble']}")
    limit = None if everything or as_json else SHOWN
    changes = list(client.items(place("whatifs", done["id"], "changes"), limit))
    untold = list(client.items(place("whatifs", done["id"], "untold"), limit))
    if as_json:
        print_json(done | {"changes": changes, "untold_actions": untold})
        return
    print_changes(done["report"], changes, untold)
    say(*summary(done["report"], f"the last {days} days"))


def _wait(client: Any, started: dict[str, Any]) -> dict[str, Any]:
    from bailiwick.cli.api_client import place
    from bailiwick.cli.output import progress

    with progress("deciding again") as tell:
        while started["state"] in ("waiting", "running"):
            tell(started["done"], started["total"])
            started = client.get(place("whatifs", started["id"]), wait_s=WAIT_S if started["total"] == 0 else 1)
    return started


def print_changes(report: dict[str, Any], changes: list[dict[str, Any]], untold: list[dict[str, Any]]) -> None:
    """What comes out differently, and what cannot be told; the rest is a `--all` away."""
    from bailiwick.cli.output import moment, print_table, say

    rows = [
        [moment(one["at_us"]), one["name"], _side(one, "before"), _side(one, "after"), one["sentence"], one["run"]]
        for one in changes
    ]
    print_table(["when", "action", "was", "would be", "why", "run"], rows, "no action comes out differently")
    left = report["changed"] + report["lesser"] - len(changes)
    if left > 0:
        say(f"and {left:,} more; --all names them")
    for one in untold:
        say(f"cannot be told: {one['name']} of {moment(one['at_us'])} ({one['action']}): {one['reason']}")


def summary(report: dict[str, Any], when: str) -> list[str]:
    """The figures, by action and all together."""
    lines = []
    for action in report["actions"]:
        for change, count in sorted(action["changes"].items()):
            lines.append(f"{action['name']}: {change}, {count:,} of {action['decided']:,}")
    line = f"{report['decided']:,} decisions of {when}: {report['changed']:,} would have another verdict"
    line += f", {report['lesser']:,} another tier or other approvers" if report["lesser"] else ""
    line += f", {report['untold']:,} cannot be told" if report["untold"] else ""
    lines.append(line)
    if report["summed"]:
        lines.append(f"{report['summed']:,} further denials were only counted when they happened.")
    return lines


def _side(change: dict[str, Any], side: str) -> str:
    tier = change[f"{side}_tier"]
    return f"{change[side]} ({tier})" if tier else str(change[side])

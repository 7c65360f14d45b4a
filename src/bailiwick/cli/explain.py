"""`bailiwick charter explain`: why an action was decided so, and what would have been decided otherwise."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file
from bailiwick.cli.trouble import usage

_MARKS: Final = {"passed": "ok", "objected": "NO", "asked": "ask", "unreached": ""}
_BASIS: Final = {
    "recorded": "as recorded",
    "standing": "as they stand now",
    "fresh": "of an agent that did nothing yet",
}
_MONEY: Final = (".usd", ".eur")


def explain(
    tool: Annotated[
        str | None, typer.Argument(metavar="TOOL", help="connector__tool as agents call it, or an action's name.")
    ] = None,
    arguments: Annotated[str | None, typer.Argument(metavar="JSON", help="The arguments, as a JSON object.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="An action on the record, with its own facts.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", help="As this agent.")] = None,
    run: Annotated[str | None, typer.Option("--run", help="In this run of the agent.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="As if the agent had done nothing before.")] = False,
    charter: Annotated[str | None, typer.Option("--charter", help="Under this charter.")] = None,
    version: Annotated[int | None, typer.Option("--version", help="Under this version of it.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Under the text in this file.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="When: 2026-11-22T09:00:00Z, or 'sat 22:30 Europe/Madrid'.")
    ] = None,
    calls: Annotated[int | None, typer.Option("--calls", help="Calls the run has made.")] = None,
    elapsed: Annotated[int | None, typer.Option("--elapsed", help="Seconds the run has worked.")] = None,
    repeats: Annotated[int | None, typer.Option("--repeats", help="Times the run made this same call.")] = None,
    failures: Annotated[int | None, typer.Option("--failures", help="Times this same call failed.")] = None,
    total: Annotated[list[str] | None, typer.Option("--total", help="A sum so far, as day.records=40.")] = None,
    spent: Annotated[list[str] | None, typer.Option("--spent", help="A budget so far, as day.usd=1.50.")] = None,
    done: Annotated[
        list[str] | None, typer.Option("--done", help="What came before, as qa.report=succeeded (or =intended).")
    ] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show why: the verdict, and every rule in the order of asking. Nothing is recorded or sent.

    Of a recorded action everything stays as it was, except what you change. As an agent, a request meets the facts
    of now. The exit status is 0 whatever the answer is.

        bailiwick charter explain --action act-01k2

        bailiwick charter explain --action act-01k2 --at 'sat 22:30 Europe/Madrid' --charter lead-router --version 3

        bailiwick charter explain crm.contact.read '{"limit": 900}' --agent lead-router --fresh
    """
    from bailiwick.cli.api_client import connect, place

    if action is None and tool is None:
        raise usage("name an action on the record (--action), or a tool and its arguments")
    if action is None and agent is None and charter is None and file is None:
        raise usage("name who asks (--agent), or a charter (--charter, --file)")
    stated = {"calls": calls, "elapsed_s": elapsed, "repeats": repeats, "failures": failures, "at": at}
    body: dict[str, Any] = {
        "tool": tool,
        "arguments": None if arguments is None else _arguments(arguments),
        "action": action,
        "agent": agent,
        "run": run,
        "fresh": fresh,
        "charter": charter,
        "version": version,
        "source": read_source_file(file) if file else None,
        "totals": _pairs(total, "--total", _whole),
        "spent": _pairs(spent, "--spent", _amount),
        "done": _pairs(done, "--done", lambda _, value: value),
        **stated,
    }
    asked = {name: value for name, value in body.items() if value is not None}
    _show(connect(server).post(place("charters", "explain"), asked), as_json)


def _show(answer: dict[str, Any], as_json: bool) -> None:
    from bailiwick.cli.output import print_json, print_table, say

    if as_json:
        print_json(answer)
        return
    tier = f" at {answer['tier']} risk" if answer["tier"] else ""
    say(f"{answer['verdict']}{tier}: {answer['sentence']}")
    if answer["says"]:
        say(f"meaning: {answer['says']} (`{answer['action']}`)")
    which = f"version {answer['version']}" if answer["version"] else "a text that is not published"
    say(f"charter: {answer['charter']}, {which}; facts {_BASIS[answer['basis']]}")
    was = answer["recorded"]
    if was:
        said = "the same" if was["same"] else f"{was['verdict']}: {was['sentence']}"
        say(f"on the record (event {was['index']}): {said}")
    if answer["assumed"]:
        say(f"nobody recorded {', '.join(answer['assumed'])}, so 0 is taken")
    print()
    rows = [
        [_MARKS[step["state"]], step["says"], step["found"], step["rule"], step["line"] or ""]
        for step in answer["steps"]
    ]
    print_table(["", "asked", "found", "rule", "line"], rows, "nothing was asked")


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise usage(f"the arguments are not JSON ({error})") from None
    if not isinstance(arguments, dict):
        raise usage("the arguments must be a JSON object, such as '{\"limit\": 5}'")
    return arguments


def _pairs(texts: list[str] | None, option: str, read: Any) -> dict[str, Any]:
    found = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise usage(f"`{text}` is no {option}: write it as name=value")
        try:
            found[name] = read(name, value)
        except (ValueError, InvalidOperation):
            raise usage(f"`{value}` in `{option} {text}` is no amount") from None
    return found


def _whole(_: str, value: str) -> int:
    return int(value)


def _amount(name: str, value: str) -> int:
    """Money is written in units and sent in micros."""
    return int(Decimal(value) * 1_000_000) if name.endswith(_MONEY) else int(value)

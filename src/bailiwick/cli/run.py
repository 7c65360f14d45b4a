"""`bailiwick run`: what agents did, for which intent, and why each action was allowed or not."""

from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import usage

app = typer.Typer(no_args_is_help=True, help="What agents did, for which intent.")
SECOND_US = 1_000_000


@app.command("list")
def list_runs(
    agent: Annotated[str | None, typer.Option("--agent", help="Only of this agent.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="open, ended, finished, failed, cancelled or idle.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 20,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """List runs, newest first.

    bailiwick run list --agent lead-router --limit 5
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    runs = list(connect(server).items(place("runs"), limit, agent=agent, status=status))
    if as_json:
        print_json({"items": runs})
        return
    names = ("id", "agent", "state", "intent", "allowed", "asked", "denied")
    rows = [[*(run[name] for name in names), moment(run["opened_us"])] for run in runs]
    columns = ["run", "agent", "state", "intent", "allowed", "asked", "denied", "opened"]
    print_table(columns, rows, "no run; agents open one with `POST /v1/runs`, and `bailiwick bridge` does it for them")


@app.command("show")
def show_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, `run-…`.")],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show one run: a summary, then every action with its verdict, rule and outcome.

    bailiwick run show run-06dc3q1w0v8k5r2m9xyz
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, print_table, say

    detail = connect(server).get(place("runs", run))
    if as_json:
        print_json(detail)
        return
    line = detail["run"]
    took = f"{line['took_us'] / SECOND_US:.1f} s"
    say(f"{line['id']}  {line['agent']}  {line['state']}  {took}", f"intent: {line['intent']}")
    say(*(f"  {statement['text']}" for statement in detail["summary"]))
    rows = [_step(step) for step in detail["steps"]]
    columns = ["action", "what", "verdict", "tier", "outcome", "why"]
    print_table(columns, rows, "nothing was done in this run")
    if detail["cut"]:
        say("There is more; `bailiwick record list --run` shows all of it.")


def reconcile(
    action: Annotated[str, typer.Argument(metavar="ACTION", help="The action's id, `act-…`.")],
    outcome: Annotated[str, typer.Option("--outcome", help="succeeded or failed.")],
    note: Annotated[str, typer.Option("--note", help="How you found out.")],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """State how an action of unknown outcome really ended.

    Until somebody has looked, the identical call is refused, since it might do the same thing twice.

        bailiwick reconcile act-06dc… --outcome succeeded --note "the CRM shows the new segment"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    if outcome not in ("succeeded", "failed"):
        raise usage(f"`{outcome}` is no outcome to state; write succeeded or failed")
    settled = connect(server).post(place("actions", action, "reconcile"), {"outcome": outcome, "note": note})
    show(settled, as_json, f"{action} is {settled['state']} on your word.")


def _step(step: dict[str, Any]) -> list[object]:
    indent = "  " * step["depth"]
    if step["action"] is None:
        inner = step["run"]
        return [f"{indent}{inner['id']}", f"run of {inner['agent']}", "", "", inner["state"], inner["intent"]]
    one = step["action"]
    what = one["name"] or f"{one['connector']}__{one['tool']}"
    why = one["sentence"] if one["verdict"] != "allow" else (one["trouble"] or "")
    outcome = "" if one["verdict"] == "deny" else one["state"]
    return [f"{indent}{one['id']}", what, one["verdict"], one["tier"], outcome, why]

"""`bailiwick halt` and `resume`: stop a scope now, let it act again later."""

from typing import Annotated

import typer

from bailiwick.cli.option import Json, Server

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="all, agent:NAME, workflow:NAME or connector:NAME.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; everybody reads it.")]


def halt(scope: Scope, reason: Reason, server: Server = "", as_json: Json = False) -> None:
    """Stop every new action of a scope, now, and what was not sent yet.

    What is already with another system cannot be called back; its true outcome is recorded.

        bailiwick halt agent:lead-router --reason "picked the wrong segment twice"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    stop = connect(server).put(place("halts", scope), {"reason": reason})
    show(stop, as_json, f"Halted {stop['scope']}: {stop['reason']}.", f"Somebody else lets it go on: {_hint(scope)}")


def resume(scope: Scope, reason: Reason, server: Server = "", as_json: Json = False) -> None:
    """Let a halted scope act again; whoever halted it cannot, except in a solo installation.

    bailiwick resume agent:lead-router --reason "segment names are fixed"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    lifted = connect(server).post(place("halts", scope, "lift"), {"reason": reason})
    show(lifted, as_json, f"{lifted['scope']} may act again.")


def halts(server: Server = "", as_json: Json = False) -> None:
    """List the halts in force, oldest first.

    bailiwick halts
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = list(connect(server).items(place("halts")))
    if as_json:
        print_json({"items": found})
        return
    rows = [[one["scope"], one["reason"], one["set_by_name"], moment(one["set_us"])] for one in found]
    print_table(["scope", "reason", "by", "since"], rows, "nothing is halted")


def _hint(scope: str) -> str:
    return f"bailiwick resume {scope} --reason …"

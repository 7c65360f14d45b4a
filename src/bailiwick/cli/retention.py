"""`bailiwick record retention|retain|prune`: how long payloads are kept, and removing what has served its time."""

from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server


def retention(server: Server = "", as_json: Json = False) -> None:
    """List how long payloads of each data class are kept, at least and at most.

    bailiwick record retention
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, print_table

    found = list(connect(server).items(place("retention")))
    if as_json:
        print_json({"items": found})
        return
    rows = [[one["data_class"], f"{one['keep_days']} days", _most(one)] for one in found]
    print_table(["class", "at least", "at most"], rows, "no rule")


def retain(
    data_class: Annotated[str, typer.Argument(metavar="CLASS", help="A data class, `record`, or `every`.")],
    keep: Annotated[int, typer.Option("--keep", metavar="DAYS", help="At least; can only be made longer.")],
    most: Annotated[int, typer.Option("--most", metavar="DAYS", help="At most; 0 means for ever.")] = 0,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Say how long payloads of a data class are kept; the change is on the record.

    After the most their keys are destroyed, a month at a time, and every proof stays valid. `record` is
    what people and the product itself write: intents of runs, votes, notes.

        bailiwick record retain customer --keep 183 --most 400
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    made = connect(server).put(place("retention", data_class), {"keep_days": keep, "most_days": most})
    show(made, as_json, f"Payloads of class {data_class} are kept {made['keep_days']} days at least, {_most(made)}.")


def prune(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it only says what would go.")] = False,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Remove payloads that are past their time, and rows that no decision can need again.

    The server does the same by itself a few times a day. Nothing goes before the least that was promised.

        bailiwick record prune

        bailiwick record prune --yes
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, show

    done = connect(server).post(place("retention", "prune"), {"confirm": yes})
    verb = "Removed" if yes else "Would remove"
    lines = [
        f"{verb} {one['payloads']:,} payloads of class {one['data_class']} from before {moment(one['until_us'])}."
        for one in done["periods"]
    ] or ["No payload is past its time."]
    lines.append(f"{verb} {done['rows']:,} rows of past runs, days and windows, and {done['texts']:,} old texts.")
    show(done, as_json, *lines)


def _most(rule: dict[str, Any]) -> str:
    return f"{rule['most_days']} days at most" if rule["most_days"] else "for ever"

"""`bailiwick approvals`, `approve` and `deny`: people's consent to exactly one action."""

from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, usage

Approval = Annotated[str, typer.Argument(metavar="ID", help="The approval's id, `apr-…`.")]
Comment = Annotated[str, typer.Option("--comment", help="Why; it stands on the record.")]
Digest = Annotated[
    str | None,
    typer.Option("--digest", help="The digest you were shown; without it, that of what is printed now."),
]


def approvals(
    approval: Annotated[str | None, typer.Argument(metavar="ID", help="One approval, whole.")] = None,
    status: Annotated[
        str, typer.Option("--status", help="open, approved, denied, expired, consumed, or all.")
    ] = "open",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """List what waits for people, or show one request whole: what will change, who asked, who may vote.

    bailiwick approvals

    bailiwick approvals apr-06dc3q1w0v8k5r2m9xyz
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table, say

    client = connect(server)
    if approval is not None:
        one = client.get(place("approvals", approval))
        if as_json:
            print_json(one)
        else:
            say(*_card(one))
        return
    found = list(client.items(place("approvals"), limit, status=None if status == "all" else status))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        [one["id"], one["status"], one["title"], " and ".join(one["open_slots"]), moment(one["expires_us"])]
        for one in found
    ]
    print_table(["approval", "status", "what", "waits for", "expires"], rows, "nothing waits for anybody")


def approve(
    approval: Approval, comment: Comment, digest: Digest = None, server: Server = "", as_json: Json = False
) -> None:
    """Say yes to exactly one action; it runs when the agent repeats the call, once.

    The vote binds to the digest of the arguments you saw. If they changed meanwhile, it conflicts and nothing
    is done. Nobody votes on what they asked for, or on an agent they own.

        bailiwick approve apr-06dc3q1w0v8k5r2m9xyz --comment "segment agreed on Monday"
    """
    _vote(approval, "approve", comment, digest, server, as_json)


def deny(
    approval: Approval, comment: Comment, digest: Digest = None, server: Server = "", as_json: Json = False
) -> None:
    """Say no to exactly one action; one no ends it.

    bailiwick deny apr-06dc3q1w0v8k5r2m9xyz --comment "too many recipients for a first mail"
    """
    _vote(approval, "deny", comment, digest, server, as_json)


def _vote(approval: str, vote: str, comment: str, digest: str | None, server: str, as_json: bool) -> None:
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    if not comment.strip():
        raise usage("say in --comment why")
    client = connect(server)
    shown = client.get(place("approvals", approval))
    if digest is not None and digest != shown["digest"]:
        raise CommandError(f"`{approval}` is about another action now; look at it again", tag="stale")
    body = {"vote": vote, "comment": comment, "digest": shown["digest"]}
    after = client.post(place("approvals", approval, "votes"), body)
    waits = f"; it still waits for {' and '.join(after['open_slots'])}" if after["status"] == "open" else ""
    show(after, as_json, *_what(shown), f"{after['id']} is {after['status']}{waits}.")


def _what(one: dict[str, Any]) -> list[str]:
    measured = ", ".join(f"{amount} {name}" for name, amount in one["measures"].items())
    return [
        f"{one['title']}{f' ({measured})' if measured else ''}",
        *(f"  {change['path']} = {_short(change['value'])}" for change in one["changes"]),
    ]


def _card(one: dict[str, Any]) -> list[str]:
    from bailiwick.cli.output import moment

    votes = [f"  {vote['name']} ({vote['slot']}): {vote['vote']}: {vote['comment']}" for vote in one["votes"]]
    lines = [
        f"{one['id']}  {one['status']}  {one['tier']} risk, {one['undo']}",
        *_what(one),
        f"intent: {one['intent']}",
        f"why it asks: {one['sentence']}",
        f"run {one['run']}, action {one['action']}, digest {one['digest']}",
        f"expires {moment(one['expires_us'])}; waits for {' and '.join(one['open_slots']) or 'nobody'}",
    ]
    if one["voters"]:
        lines.append("may vote: " + ", ".join(voter["email"] for voter in one["voters"]))
    if one["superseded"]:
        lines.append(one["superseded"])
    return [*lines, *votes]


def _short(value: object) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "…"

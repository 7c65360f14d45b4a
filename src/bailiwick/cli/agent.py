"""`bailiwick agent`: enrolling agents with a key of their own, looking at them, taking their identity back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.trouble import CommandError, agent_trouble, usage

app = typer.Typer(no_args_is_help=True, help="Programs that act, each with its own key and charter.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The agent's name.")]


@app.command("enrol")
def enrol(
    name: Name,
    charter: Annotated[str, typer.Option("--charter", help="The published charter it works under.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Its private key; made here if there is none yet.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", metavar="FILE", help="Its public key (PEM), if made elsewhere.")
    ] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Enrol an agent under a published charter.

    The private key is an ES256 key in a file that only you can read. It is made on this machine and never
    leaves it: the server gets the public half. An agent that keeps its own key sends --public-key instead.

        bailiwick agent enrol lead-router --charter lead-router --key lead-router.pem
    """
    if (key is None) == (public_key is None):
        raise usage("give --key FILE (made here if it is not there) or --public-key FILE")
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client = connect(server)
    jwk, made = _own_key(key) if key else (_public_key(public_key or Path()), False)
    try:
        agent = client.post(place("agents"), {"name": name, "charter": charter, "jwk": jwk})
    except CommandError:
        if made and key:
            key.unlink()  # nobody knows it, so it is worth nothing
        raise
    where = f" Its key is in {key}." if key else ""
    line = f"Enrolled {name} under charter {charter} (workflow {agent['workflow']}).{where}"
    show(agent, as_json, line)


@app.command("list")
def list_agents(server: Server = "", as_json: Json = False) -> None:
    """List agents by name, with what they did today (UTC).

    bailiwick agent list
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    agents = list(connect(server).items(place("agents")))
    if as_json:
        print_json({"items": agents})
        return
    columns = ["agent", "state", "charter", "workflow", "allowed", "asked", "denied", "last seen"]
    rows = [
        [
            *(one[name] for name in ("name", "state", "charter", "workflow", "allowed", "asked", "denied")),
            moment(one["last_us"]),
        ]
        for one in agents
    ]
    print_table(columns, rows, "no agent; `bailiwick agent enrol` enrols one")


@app.command("show")
def show_agent(name: Name, server: Server = "", as_json: Json = False) -> None:
    """Show one agent: its charter, its limits, its open runs, and whether it is halted.

    bailiwick agent show lead-router
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_fields, print_json, say

    one = connect(server).get(place("agents", name))
    if as_json:
        print_json(one)
        return
    names = ("name", "state", "charter", "charter_version", "purpose", "workflow", "owner", "backup", "key")
    print_fields({field: one[field] for field in names})
    limits = ", ".join(f"{name} {value}" for name, value in one["limits"].items())
    today = f"{one['allowed']} allowed, {one['asked']} asked, {one['denied']} denied"
    print_fields({"limits": limits, "today": today, "last seen": moment(one["last_us"])})
    say(*(f"halted: {halt['scope']} by {halt['set_by_name']}: {halt['reason']}" for halt in one["halts"]))
    say(*(f"open run: {run['run']} ({run['calls']} of {run['most_calls']} calls)" for run in one["open_runs"]))


@app.command("revoke")
def revoke(name: Name, server: Server = "", as_json: Json = False) -> None:
    """Take an agent's identity back: from its next action on, none of its tokens counts.

    Its past stays on the record. It can be enrolled again with a new key.

        bailiwick agent revoke lead-router
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    gone = connect(server).delete(place("agents", name))
    show(gone, as_json, f"Revoked {name}; no token of it counts any more.")


@app.command("limits")
def limits(name: Name, server: Server = "", as_json: Json = False) -> None:
    """Show what an agent has used of its limits today and in its open runs, and what can be taken back.

    bailiwick agent limits lead-router
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, print_table

    found = connect(server).get(place("agents", name, "limits"))
    if as_json:
        print_json(found)
        return
    uses = [[one["run"] or "today (UTC)", one["says"], one["words"], _alone(one)] for one in found["uses"]]
    print_table(["in", "limit", "used", "asks above"], uses, "no limit of it adds up")
    print()
    undo = [[one["says"], one["tier"], one["undo"], one["undone_by"] or ""] for one in found["undo"]]
    print_table(["it may", "risk", "afterwards", "made up for by"], undo, "it may do nothing")


def _alone(use: dict[str, Any]) -> str:
    return "" if use["alone"] is None or use["alone"] == use["most"] else f"{use['alone']:,}"


@app.command("token")
def token(
    name: Name,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Its private key.")],
    intent: Annotated[str | None, typer.Option("--intent", help="What the work is for; opens a run.")] = None,
    workflow: Annotated[str | None, typer.Option("--workflow", help="The workflow of its charter.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Print an access token of five minutes, as the agent itself would get it with its key.

    To try things by hand. With --intent and --workflow the token belongs to a run, which --json names.

        bailiwick agent token lead-router --key lead-router.pem --intent "a first look" --workflow lead-routing
    """
    if (intent is None) != (workflow is None):
        raise usage("give --intent and --workflow together, or neither")
    import asyncio

    from bailiwick.cli.api_client import check_address
    from bailiwick.cli.errand import Errand, fetch_pass
    from bailiwick.cli.login_file import read_logins
    from bailiwick.cli.output import show
    from bailiwick.sdk.door import AgentError

    address = check_address(server or read_logins().current)
    errand = Errand(intent, workflow) if intent and workflow else None
    try:
        access_token, run = asyncio.run(fetch_pass(address, name, key, errand))
    except AgentError as error:
        raise agent_trouble(error) from None
    show({"access_token": access_token, "run": run, "agent": name, "server": address}, as_json, access_token)


def _own_key(path: Path) -> tuple[dict[str, str], bool]:
    """The public half of the key in `path`, and whether it was made just now."""
    import secrets

    from bailiwick.flow.es256 import RANDOM_BYTES, SigningKey
    from bailiwick.sdk.door import AgentError
    from bailiwick.sdk.key_file import load_key
    from bailiwick.store.private_file import PrivateFileError, create_private

    try:
        made = create_private(path, SigningKey.from_random(secrets.token_bytes(RANDOM_BYTES)).pem())
        return load_key(path).public.jwk(), made
    except (AgentError, PrivateFileError) as error:
        raise CommandError(str(error), tag="key") from None


def _public_key(path: Path) -> dict[str, str]:
    from bailiwick.flow.es256 import KeyRefusedError, VerifyKey

    try:
        return VerifyKey.from_pem(path.read_bytes()).jwk()
    except OSError as error:
        raise CommandError(f"cannot read `{path}`: {(error.strerror or 'error').lower()}", tag="key") from None
    except KeyRefusedError as error:
        raise CommandError(f"`{path}` cannot be used: {error}", tag="key") from None

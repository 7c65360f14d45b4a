"""`bailiwick behaviour`: versions of what makes an agent act as it does, tested before they come into force."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file
from bailiwick.cli.trouble import CommandError, ExitCode, usage

app = typer.Typer(no_args_is_help=True, help="Prompts, models, workflows and data of an agent, as tested versions.")
AgentName = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's name.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="`AGENT@3`, or the digest `sha256:…`.")]
Note = Annotated[str, typer.Option("--note", help="Why; it goes on the record.")]


@app.command("register")
def register(
    agent: AgentName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A YAML list of everything the agent runs with.")],
    note: Note,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Register a version: everything the agent runs with, named by its content.

    The file lists components; `file:` reads a text beside it, `value:` gives it in place. Kinds are prompt,
    instruction, model, workflow, dataset and tools. A version comes into force only after its acceptance run.

        components:
          - {kind: prompt, name: system, file: system.md}
          - {kind: model, name: main, value: {id: example-large-2, parameters: {seed: 7}}}

        bailiwick behaviour register lead-router behaviour.yaml --note "asks for the disclosure line"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    body = {"components": _components(file), "note": note}
    version = connect(server).post(place("agents", agent, "behaviours"), body)
    line = f"{agent} version {version['number']} is registered ({version['digest']})."
    show(version, as_json, line, "Test it: open a run with it and `acceptance`, then `bailiwick behaviour accept`.")


@app.command("list")
def list_versions(agent: AgentName, server: Server = "", as_json: Json = False) -> None:
    """List the versions of an agent, newest first.

    bailiwick behaviour list lead-router
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = list(connect(server).items(place("agents", agent, "behaviours")))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        [one["number"], one["status"], moment(one["registered_us"]), one["registered_by_name"], one["note"]]
        for one in found
    ]
    columns = ["version", "status", "registered", "by", "note"]
    print_table(columns, rows, "no version; `bailiwick behaviour register` registers one")


@app.command("show")
def show_version(version: Version, server: Server = "", as_json: Json = False) -> None:
    """Show one version: its components, its acceptance run, whether it is in force.

    bailiwick behaviour show lead-router@3
    """
    from bailiwick.cli.api_client import connect
    from bailiwick.cli.output import moment, print_fields, print_json, say

    one = _one(connect(server), version)
    if as_json:
        print_json(one)
        return
    say(f"{one['agent']} version {one['number']}: {one['status']}")
    print_fields({"digest": one["digest"], "note": one["note"], "registered": moment(one["registered_us"])})
    print_fields(one["components"])
    if one["acceptance"]:
        passed = "passed" if one["acceptance"]["passed"] else "did not pass"
        say(f"acceptance run {one['acceptance']['run']} {passed}")
        say(*(f"  {'ok' if check['passed'] else 'NOT ok'}: {check['name']}" for check in one["acceptance"]["checks"]))


@app.command("diff")
def diff(
    version: Version,
    other: Annotated[str | None, typer.Argument(metavar="OTHER", help="Against which; else the one in force.")] = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Show what a version changes: its texts line by line, and what its acceptance run did otherwise.

    bailiwick behaviour diff lead-router@3 lead-router@2
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, print_table, say

    client = connect(server)
    digest = _one(client, version)["digest"]
    query = {"to": _one(client, other)["digest"]} if other else {}
    found = client.get(place("behaviours", digest, "difference"), **query)
    if as_json:
        print_json(found)
        return
    marks = {"added": "+", "removed": "-", "same": " ", "gap": "…"}
    for change in found["components"]:
        say(f"{change['key']}: {change['change']}")
        say(*(f"  {marks[line['change']]} {line['text']}" for line in change["lines"]))
    rows = [[one["action"], one["what"], one["before"], one["after"]] for one in found["effects"]]
    print_table(["action", "what", "before", "after"], rows, found["untold"] or "both acceptance runs did the same")


@app.command("accept")
def accept(
    version: Version,
    run: Annotated[str, typer.Option("--run", help="The finished run that tested this version.")],
    check: Annotated[list[str], typer.Option("--check", help="`NAME=pass` or `NAME=fail`; once for each check.")],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Put the result of an acceptance run on the record. Exit status 0: accepted. 1: the version did not pass.

    bailiwick behaviour accept lead-router@3 --run run-… --check "every draft is disclosed=pass"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client = connect(server)
    body = {"run": run, "checks": [_check(text) for text in check]}
    one = client.post(place("behaviours", _one(client, version)["digest"], "acceptance"), body)
    result = one["acceptance"]
    reasons = [f"not passed: {item['name']}" for item in result["checks"] if not item["passed"]]
    reasons += [result["trouble"]] if result["trouble"] else []
    line = f"{one['agent']} version {one['number']} is {'accepted' if result['passed'] else 'rejected'}."
    show(one, as_json, line, *reasons)
    if not result["passed"]:
        raise typer.Exit(ExitCode.REFUSED)


@app.command("activate")
def activate(version: Version, note: Note, server: Server = "", as_json: Json = False) -> None:
    """Put an accepted version in force for every run opened from now on; an earlier one is the way back.

    bailiwick behaviour activate lead-router@2 --note "back to the wording of October"
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    client = connect(server)
    one = client.post(place("behaviours", _one(client, version)["digest"], "activate"), {"note": note})
    show(one, as_json, f"{one['agent']} runs with version {one['number']} from now on ({one['digest']}).")


def _one(client: Any, version: str) -> Any:
    """A version by digest, or by agent and number."""
    from bailiwick.cli.api_client import place

    if version.startswith("sha256:"):
        return client.get(place("behaviours", version))
    agent, _, number = version.rpartition("@")
    if not agent or not number.isdecimal():
        raise usage(f"`{version}` is no version: write AGENT@NUMBER or its digest")
    for one in client.items(place("agents", agent, "behaviours")):
        if one["number"] == int(number):
            return one
    raise CommandError(f"agent `{agent}` has no version {number}", ExitCode.REFUSED, tag="unknown")


def _check(text: str) -> dict[str, object]:
    name, _, result = text.rpartition("=")
    if not name or result not in ("pass", "fail"):
        raise usage(f"`{text}` is no check result: write NAME=pass or NAME=fail")
    return {"name": name, "passed": result == "pass"}


def _components(file: Path) -> list[dict[str, object]]:
    from bailiwick.flow.source import SourceError, read_source

    try:
        document = read_source(read_source_file(file)).document
    except SourceError as error:
        problems = [{"line": flaw.line, "column": flaw.column, "message": flaw.message} for flaw in error.problems]
        raise CommandError(f"`{file}` cannot be read", ExitCode.INVALID, tag="invalid", problems=problems) from None
    listed = document.get("components")
    if document.keys() != {"components"} or not isinstance(listed, list):
        raise CommandError(f"`{file}` must hold `components:`, a list", ExitCode.INVALID, tag="invalid")
    return [_component(item, file, at) for at, item in enumerate(listed)]


def _component(item: object, file: Path, at: int) -> dict[str, object]:
    if not isinstance(item, dict) or ("file" in item) == ("value" in item):
        sentence = f"component {at + 1} of `{file}` needs `kind`, `name`, and either `file` or `value`"
        raise CommandError(sentence, ExitCode.INVALID, tag="invalid")
    if "file" not in item:
        return item
    text = read_source_file(file.parent / str(item["file"]))
    kept = {key: value for key, value in item.items() if key != "file"}
    if Path(str(item["file"])).suffix == ".json":
        try:
            return {**kept, "value": json.loads(text)}
        except ValueError as error:
            raise CommandError(f"`{item['file']}` is no JSON: {error}", ExitCode.INVALID, tag="invalid") from None
    return {**kept, "value": text}

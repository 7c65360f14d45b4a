"""`bailiwick ask`: the five questions of the record, and searches that are kept."""

from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server

app = typer.Typer(
    no_args_is_help=True,
    help="Ask the record: who asked, which policy applied, what data was touched, which tool acted, what changed.",
)
Run = Annotated[str | None, typer.Option("--run", help="A run, with all that were started in it.")]
Agent = Annotated[str | None, typer.Option("--agent", help="What this agent did.")]
Person = Annotated[
    str | None, typer.Option("--person", help="An e-mail address: asked, consented or changed the rules.")
]
DataClass = Annotated[str | None, typer.Option("--class", help="A data class, such as `customer`.")]
Object = Annotated[str | None, typer.Option("--object", help="Kind and id of an object: `contact/4711`.")]
Tool = Annotated[str | None, typer.Option("--tool", help="An action, a connector, or `connector__tool`.")]
Since = Annotated[str | None, typer.Option("--since", help="From then on, as 2026-11-22T09:00:00Z.")]
Until = Annotated[str | None, typer.Option("--until", help="Before then.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]
Save = Annotated[str | None, typer.Option("--save", metavar="NAME", help="Keep the search under this name.")]


@app.command("who")
def who(
    run: Run = None,
    agent: Agent = None,
    person: Person = None,
    data_class: DataClass = None,
    thing: Object = None,
    tool: Tool = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    save: Save = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Who asked, for whom, and who consented; denied and waiting requests among them.

    bailiwick ask who --object contact/4711 --since 2026-10-01
    """
    _answer("who", locals())


@app.command("policy")
def policy(
    run: Run = None,
    agent: Agent = None,
    person: Person = None,
    data_class: DataClass = None,
    thing: Object = None,
    tool: Tool = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    save: Save = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Which charter version and which rules decided.

    bailiwick ask policy --run run-06dc3q1w0v8k5r2m9xyz
    """
    _answer("policy", locals())


@app.command("data")
def data(
    run: Run = None,
    agent: Agent = None,
    person: Person = None,
    data_class: DataClass = None,
    thing: Object = None,
    tool: Tool = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    save: Save = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """What data was touched, and what was asked for and denied.

    bailiwick ask data --class customer --agent lead-router --since 2026-11-01
    """
    _answer("data", locals())


@app.command("tool")
def tools(
    run: Run = None,
    agent: Agent = None,
    person: Person = None,
    data_class: DataClass = None,
    thing: Object = None,
    tool: Tool = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    save: Save = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Which tool acted, and how it ended.

    bailiwick ask tool --tool crm --limit 20
    """
    _answer("tool", locals())


@app.command("changed")
def changed(
    run: Run = None,
    agent: Agent = None,
    person: Person = None,
    data_class: DataClass = None,
    thing: Object = None,
    tool: Tool = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    save: Save = None,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """What changed: in the systems behind the connectors, and in the rules themselves.

    bailiwick ask changed --person ana@acme.example --since 2026-11-01
    """
    _answer("changed", locals())


@app.command("searches")
def searches(server: Server = "", as_json: Json = False) -> None:
    """List your saved searches.

    bailiwick ask searches
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    found = connect(server).get(place("searches"))
    if as_json:
        print_json(found)
        return
    rows = [
        [one["id"], one["name"], one["question"], _conditions(one["asked"]), moment(one["saved_us"])]
        for one in found["items"]
    ]
    print_table(["search", "name", "question", "about", "saved"], rows, "no search; `--save NAME` keeps one")


@app.command("again")
def again(
    search: Annotated[str, typer.Argument(metavar="SEARCH", help="The id of a saved search, `srch-…`.")],
    limit: Limit = 50,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Ask a saved search again, your own or one that somebody gave you.

    bailiwick ask again srch-06dc3q1w0v8k5r2m9xyz
    """
    from bailiwick.cli.api_client import connect, place

    client = connect(server)
    saved = client.get(place("searches", search))
    wanted = {name.removesuffix("_us"): value for name, value in saved["asked"].items()}
    _print(saved["question"], list(client.items(place("questions", saved["question"]), limit, **wanted)), as_json)


@app.command("forget")
def forget(
    search: Annotated[str, typer.Argument(metavar="SEARCH", help="The id of a search of yours.")],
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Delete a saved search.

    bailiwick ask forget srch-06dc3q1w0v8k5r2m9xyz
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    connect(server).delete(place("searches", search))
    show({"id": search, "deleted": True}, as_json, f"{search} is deleted; its link leads nowhere now.")


def _answer(question: str, given: dict[str, Any]) -> None:
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment_us, say

    client = connect(given["server"])
    names = ("run", "agent", "person", "data_class", "thing", "tool")
    asked = {name: given[name] for name in names if given[name]}
    times = {name: given[name] for name in ("since", "until") if given[name]}
    found = list(client.items(place("questions", question), given["limit"], **asked, **times))
    _print(question, found, given["as_json"])
    if given["save"]:
        kept = {f"{name}_us": moment_us(text) for name, text in times.items()}
        body = {"name": given["save"], "question": question, "asked": asked | kept}
        saved = client.post(place("searches"), body)
        if not given["as_json"]:
            say(f"Saved as {saved['id']}; `bailiwick ask again {saved['id']}` asks it again.")


def _print(question: str, found: list[dict[str, Any]], as_json: bool) -> None:
    from bailiwick.cli.output import moment, print_json, print_table

    if as_json:
        print_json({"items": found})
        return
    columns, told = _COLUMNS[question]
    rows = [[one["event"], moment(one["at_us"]), *told(one)] for one in found]
    print_table(["event", "when", *columns], rows, "nothing on the record answers that")


def _who(one: dict[str, Any]) -> list[object]:
    people = [link["name"] for link in one["chain"] if link["name"]]
    consents = ", ".join(f"{vote['name']} {vote['vote']}" for vote in one["consents"])
    intent = next((link["intent"] for link in one["chain"]), "")
    return [one["actor_name"], ", ".join(dict.fromkeys(people)), _what(one), one["verdict"], consents, intent]


def _policy(one: dict[str, Any]) -> list[object]:
    version = f"{one['charter_name']} v{one['charter_version']}" if one["charter_name"] else one["charter"]
    return [one["actor_name"], _what(one), one["verdict"], version, ", ".join(one["rules"]), one["sentence"]]


def _data(one: dict[str, Any]) -> list[object]:
    things = ", ".join(dict.fromkeys(f"{thing['kind']}/{thing['id']}" for thing in one["things"]))
    gone = " (some of it erased)" if one["erased"] else ""
    return [one["agent"], _what(one), ", ".join(one["reads"]), one["sends"], things + gone, one["state"]]


def _tool(one: dict[str, Any]) -> list[object]:
    return [f"{one['connector']}__{one['tool']}", _what(one), one["agent"], one["state"], one["evidence"], one["run"]]


def _changed(one: dict[str, Any]) -> list[object]:
    if one["action"] is None:
        names = ("name", "connector", "scope", "charter_name", "change", "tag", "version")
        return [one["actor_name"], one["type"], " ".join(str(one["data"][n]) for n in names if n in one["data"]), ""]
    things = ", ".join(dict.fromkeys(f"{thing['kind']}/{thing['id']}" for thing in one["things"]))
    altered = "; ".join(f"{each['path']}: {each['before']} → {each['after']}" for each in one["changes"])
    return [one["agent"], _what(one), things, f"{one['state']}  {altered}".strip()]


def _what(one: dict[str, Any]) -> str:
    if one["type"] == "action.denials_counted":
        return f"{one['data']['count']} more within a minute, refused and only counted"
    return str(one["says"] or one["name"] or one["tool"] or "")


def _conditions(asked: dict[str, Any]) -> str:
    from bailiwick.cli.output import moment

    return " ".join(
        f"{name.removesuffix('_us')}={moment(value) if name.endswith('_us') else value}"
        for name, value in asked.items()
    )


_COLUMNS = {
    "who": (["who", "for", "what", "verdict", "consent", "intent"], _who),
    "policy": (["who", "what", "verdict", "charter", "rules", "why"], _policy),
    "data": (["agent", "what", "reads", "sends", "objects", "outcome"], _data),
    "tool": (["tool", "what", "agent", "outcome", "evidence", "run"], _tool),
    "changed": (["who", "what", "objects", "outcome"], _changed),
}

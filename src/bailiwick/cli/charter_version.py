"""`bailiwick charter diff`, `versions`, `second`, `withdraw`, `rollback` and `tag`: one version after another."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bailiwick.cli.option import Json, Server
from bailiwick.cli.source_file import read_source_file
from bailiwick.cli.trouble import ExitCode

Name = Annotated[str, typer.Argument(metavar="NAME", help="The charter's name.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="Its number, a tag, or the start of its digest.")]
_SIDE = "A file, or NAME, NAME@3, NAME@tag, NAME@digest; `-` reads standard input."
Old = Annotated[str, typer.Argument(metavar="OLD", help=_SIDE)]
New = Annotated[str, typer.Argument(metavar="NEW", help=_SIDE)]


def diff(old: Old, new: New, server: Server = "", as_json: Json = False) -> None:
    """Compare two charters: for each action the same, narrower, wider or incomparable, with a call that shows it.

    Exact, over the catalogues of the server. Exit status 0: the same or narrower. 6: wider, incomparable, or a change
    of owner, workflow or prohibition, which both owners have to agree to.

        bailiwick charter diff lead-router lead-router.yaml

        bailiwick charter diff lead-router@2 lead-router@3
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import print_json, say

    found = connect(server).post(place("charters", "compare"), {"before": _side(old), "after": _side(new)})
    if as_json:
        print_json(found)
    else:
        say(*_lines(found))
    if found["needs_both"]:
        raise typer.Exit(ExitCode.WIDER)


def _side(text: str) -> dict[str, str]:
    path = Path(text)
    if text == "-" or path.suffix in (".yaml", ".yml", ".json") or path.is_file():
        return {"source": read_source_file(path)}
    return {"version": text}


def _lines(found: dict[str, Any]) -> list[str]:
    changed = [one for one in found["actions"] if one["relation"] != "same"]
    same = len(found["actions"]) - len(changed)
    lines = [f"{found['after']} is {_words(found['relation'])} {found['before']}."]
    for one in changed:
        lines += ["", f"{one['relation']:<12} {one['action']}  {one['says']}".rstrip()]
        for example in one["examples"]:
            beside = f" ({'; '.join(example['beside'])})" if example["beside"] else ""
            lines += [f"  {example['direction']}: {example['call']}{beside}", f"    {example['sentence']}"]
    for term in found["terms"]:
        now = term["after"] or "nothing"
        lines += ["", f"{term['name']}: {term['before'] or 'nothing'} becomes {now}"]
    if same:
        lines += ["", f"{same} action{'s are' if same > 1 else ' is'} the same."]
    if found["needs_both"]:
        lines += ["", "Both owners of the version in force have to agree to this."]
    return lines


def _words(relation: str) -> str:
    return {"same": "the same as", "incomparable": "wider and narrower than"}.get(relation, f"{relation} than")


def versions(name: Name, server: Server = "", as_json: Json = False) -> None:
    """List the versions of a charter, newest first, with its tags.

    bailiwick charter versions lead-router
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import moment, print_json, print_table

    client = connect(server)
    found = list(client.items(place("charters", name, "versions")))
    tags = client.get(place("charters", name, "tags"))["items"]
    if as_json:
        print_json({"items": found, "tags": tags})
        return
    named = {one["version"]: [tag["tag"] for tag in tags if tag["version"] == one["version"]] for one in found}
    rows = [
        [
            one["version"],
            one["status"],
            one["relation"],
            ", ".join(named[one["version"]]),
            one["note"],
            moment(one["at_us"]),
            one["digest"][:19],
        ]
        for one in found
    ]
    print_table(["version", "state", "is", "tags", "what it changes", "when", "digest"], rows, "no version")


def second(
    name: Name,
    digest: Annotated[str, typer.Option("--digest", help="Of the text you have read; default: what is proposed.")] = "",
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Agree, as an owner of the version in force, to the proposed one. It is published once both owners have.

    Read it first: `bailiwick charter diff NAME NAME@NUMBER`.

        bailiwick charter second lead-router
    """
    from bailiwick.cli.api_client import connect, place

    client = connect(server)
    if not digest:
        waiting = [one for one in client.items(place("charters", name, "versions"), 5) if one["status"] == "proposed"]
        digest = waiting[0]["digest"] if waiting else "sha256:" + "0" * 64
    tell(client.post(place("charters", name, "second"), {"digest": digest}), as_json)


def withdraw(name: Name, server: Server = "", as_json: Json = False) -> None:
    """Take back the proposed version of a charter; the one in force stays.

    bailiwick charter withdraw lead-router
    """
    from bailiwick.cli.api_client import connect, place

    tell(connect(server).post(place("charters", name, "withdraw")), as_json)


def rollback(name: Name, version: Version, server: Server = "", as_json: Json = False) -> None:
    """Publish an earlier version again. Where it is wider than the one in force, both owners have to agree.

    bailiwick charter rollback lead-router 2
    """
    from bailiwick.cli.api_client import connect, place

    tell(connect(server).post(place("charters", name, "rollback"), {"version": version}), as_json)


def tag(
    name: Name,
    tag_name: Annotated[str, typer.Argument(metavar="TAG", help="Such as `stable`.")],
    version: Version,
    server: Server = "",
    as_json: Json = False,
) -> None:
    """Point a tag at a published version; moving it is on the record.

    bailiwick charter tag lead-router stable 3
    """
    from bailiwick.cli.api_client import connect, place
    from bailiwick.cli.output import show

    row = connect(server).put(place("charters", name, "tags", tag_name), {"version": version})
    show(row, as_json, f"{name}@{row['tag']} is version {row['version']} ({row['digest']}).")


def tell(version: dict[str, Any], as_json: bool) -> None:
    """What became of a version, and who still has to agree to it."""
    from bailiwick.cli.output import show

    name, number = version["charter"], version["version"]
    more = []
    if version["status"] == "proposed":
        more = [
            f"It is {_words(version['relation'])} the version in force or changes who answers for it,",
            f"so both owners have to agree: `bailiwick charter diff {name} {name}@{number}`, then",
            f"`bailiwick charter second {name}`. {len(version['consents'])} of 2 have agreed.",
        ]
    show(version, as_json, f"{name} version {number} is {version['status']} ({version['digest']}).", *more)

"""Write docs/reference from the code, so that commands, events and forms cannot drift from their pages.

python -m tools.reference           write the pages
python -m tools.reference --check   write nothing; exit 1 and name the pages that differ
"""

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import typer.main

FOLDER = Path(__file__).resolve().parent.parent / "docs/reference"
_WORDS = {str: "text", int: "number", bool: "yes or no", list: "list"}
EVERYWHERE = ("--help", "--install-completion", "--show-completion")
NOTE = "<!-- Written by `make docs`; change the code instead. -->"


def room(name: str) -> ModuleType | None:
    """Import a module of the package, or None while there is no such room."""
    above = name.rpartition(".")[0]
    there = (not above or room(above)) and importlib.util.find_spec(name)
    return importlib.import_module(name) if there else None


def events() -> str:
    """The page of every event and the fields its leaf holds."""
    event = importlib.import_module("bailiwick.core.event")
    meanings = importlib.import_module("bailiwick.core.event_meaning").MEANINGS
    lines = [
        "# Events",
        "",
        NOTE,
        "",
        f"Every entry of the record is one of these (schema `{event.SCHEMA}`). A tag is forever; fields are only",
        "added. Readers keep tags and fields that they do not know.",
        "",
        "A field that is not there, is not listed, or has another type refuses the event, and with it the action.",
        "",
        "| event | what it means | fields |",
        "|---|---|---|",
    ]
    for kind in event.EventType:
        fields = event.EVENT_FIELDS.get(kind, {})
        told = ", ".join(f"`{name}` {_WORDS[wanted]}" for name, wanted in fields.items()) or "none"
        lines.append(f"| `{kind.value}` | {meanings[kind]} | {told} |")
    more = ", ".join(f"`{name}` {_WORDS[wanted]}" for name, wanted in event.MORE_FIELDS.items())
    lines += ["", f"Any event may add: {more}."]
    return "\n".join(lines) + "\n"


def commands() -> str | None:
    """The page of every command with its help, or None while there is no command line."""
    cli = room("bailiwick.cli.app") or room("bailiwick.cli")
    app = next((one for one in vars(cli).values() if isinstance(one, typer.Typer)), None) if cli else None
    if app is None:
        return None
    lines = ["# Commands", "", NOTE]
    for path, command in walk(typer.main.get_command(app), ("bailiwick",)):
        context = command.context_class(command, info_name=" ".join(path))
        usage = " ".join((*path, *command.collect_usage_pieces(context)))
        lines += ["", f"{'#' * min(len(path) + 1, 4)} {' '.join(path)}", "", (command.help or "").strip()]
        lines += ["", "```text", usage, "```"]
        records = [each.get_help_record(context) for each in command.get_params(context)]
        options = [record for record in records if record and record[0] not in EVERYWHERE]
        if options:
            lines += ["", "| option | meaning |", "|---|---|"]
            lines += [f"| `{cell(name)}` | {cell(meaning)} |" for name, meaning in options]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text that fits a table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield a command and those below it, depth first, without the hidden ones.

    Typed loosely: Typer carries a copy of click of its own, so its commands are not click's.
    """
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        if not child.hidden:
            yield from walk(child, (*path, name))


def schema(name: str) -> Callable[[], str]:
    """The writer of one document's JSON Schema."""

    def write() -> str:
        module = importlib.import_module(f"bailiwick.core.{name}_schema")
        return json.dumps(getattr(module, f"{name}_schema")(), indent=2) + "\n"

    return write


PAGES: dict[str, Callable[[], str | None]] = {
    "commands.md": commands,
    "events.md": events,
    "charter.schema.json": schema("charter"),
    "catalogue.schema.json": schema("catalogue"),
}


def main(arguments: list[str]) -> int:
    pages = {FOLDER / name: text for name, write in PAGES.items() if (text := write()) is not None}
    stale = [path for path, text in pages.items() if not path.is_file() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"reference: docs/reference/{path.name} differs from the code: run `make docs`")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(pages[path])
    print(f"reference: {len(pages)} pages in docs/reference, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What commands print: JSON for programs, tables and sentences for people, progress while they wait."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from bailiwick.cli.trouble import usage

WIDE = 240  # columns where nobody looks: a pipe should not cut an id in two


def print_json(document: object) -> None:
    """Exactly one JSON document on standard output."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def say(*lines: str) -> None:
    """Sentences on standard output."""
    for line in lines:
        print(plain(line))


def plain(value: object) -> str:
    """Text for a terminal: what agents and systems wrote must not move its cursor or colour it."""
    if value is None:
        return ""
    text = str(value)
    return (
        text
        if text.isprintable()
        else "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Rows under headings, or the sentence `empty`, which says how the first row comes about."""
    if not rows:
        print(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(value)) for value in row))
    console = Console() if sys.stdout.isatty() else Console(width=WIDE, color_system=None)
    console.print(table)


def print_fields(document: Mapping[str, object]) -> None:
    """Names and values, one a line; empty ones are left out."""
    shown = {name: value for name, value in document.items() if value not in (None, "", [], {})}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        print(f"{name:<{width}}  {plain(text)}")


def moment(us: object) -> str:
    """A time of the record, in the reader's own zone."""
    if type(us) is not int:
        return ""
    return datetime.fromtimestamp(us / 1_000_000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def moment_us(text: str) -> int:
    """A time as people write it, in microseconds; UTC where no offset is given."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise usage(f"`{text}` is no time; write 2026-11-22T09:00:00Z") from None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1_000_000)


class Progress(Protocol):
    """Hears how far it is; `total` 0 means that nobody knows the end."""

    def __call__(self, done: int, total: int = 0) -> None: ...


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar on standard error while something takes long; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda done, total=0: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def tell(done: int, total: int = 0) -> None:
            bar.update(task, completed=done, total=total or None)

        yield tell


def show(document: Any, as_json: bool, *lines: str) -> None:
    """The document for programs, or the sentences for people."""
    if as_json:
        print_json(document)
    else:
        say(*lines)

"""How the demo shows its rows: a table a scene on a terminal, documents for machines."""

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bailiwick.demo.play import Judged
from bailiwick.demo.script.step import NOTHING
from bailiwick.demo.witness import Effect

_WIDTH = 132  # where there is no terminal to ask


def console(*, quiet: bool = False) -> Console:
    """A console as wide as the table wants it when the output is no terminal."""
    found = Console(quiet=quiet)
    return found if found.is_terminal else Console(quiet=quiet, width=_WIDTH)


def tables(judged: Sequence[Judged]) -> list[Table]:
    """A table a scene, all with the same columns; only the first names them."""
    made: list[Table] = []
    for number, one in enumerate(judged, 1):
        if not made or made[-1].title != one.played.scene:
            made.append(_empty(one.played.scene, first=not made))
        made[-1].add_row(str(number), *_cells(one))
    return made


def _empty(scene: str, *, first: bool) -> Table:
    made = Table(title=scene, title_justify="left", title_style="bold", box=SIMPLE_HEAD, expand=True)
    made.show_header = first
    made.pad_edge = False
    made.add_column("#", justify="right", style="dim", width=2)
    made.add_column("who tries what", ratio=4, overflow="fold")
    made.add_column("expected", ratio=3, overflow="fold")
    made.add_column("actual", ratio=3, overflow="fold")
    made.add_column("", width=1)
    return made


def _cells(one: Judged) -> tuple[str, ...]:
    row = one.played.row
    mark = "[green]✓[/]" if one.holds else "[red]✗[/]"
    what = f"[bold]{escape(row.deed.who)}[/] {escape(row.situation)}\n[dim]{escape(row.deed.what)}[/]"
    expected = _outcome(row.expected, one.expected_effect)
    actual = _outcome(one.played.seen.phrase, one.played.effect)
    if row.on_record not in ("", NOTHING):
        actual += f"\n[dim]on record: {escape(one.recorded)}[/]"
    if not one.holds:
        actual = "[red]" + "; ".join(escape(difference) for difference in one.differences) + "[/]"
    return what, expected, actual, mark


def _outcome(phrase: str, effect: Effect) -> str:
    word, _, rest = phrase.partition(",")
    colour = {"allow": "green", "deny": "red", "refused": "red", "ask": "yellow"}.get(word.partition(":")[0], "cyan")
    shown = f"[{colour}]{escape(phrase)}[/]" if not rest else f"[{colour}]{escape(word)}[/],{escape(rest)}"
    return f"{shown} · {effect}" if str(effect) else shown


def document(one: Judged) -> dict[str, Any]:
    """One row as JSON."""
    row, played = one.played.row, one.played
    return {
        "row": row.name,
        "scene": played.scene,
        "situation": row.situation,
        "who": row.deed.who,
        "action": row.deed.what,
        "expected": {"seen": row.expected, "recorded": row.recorded, "effect": str(one.expected_effect)},
        "actual": {"seen": played.seen.phrase, "recorded": one.recorded, "effect": str(played.effect)},
        "action_id": played.seen.action or None,
        "holds": one.holds,
        "differences": list(one.differences),
    }

"""The demo as a command: everything up, the story played and judged, the record verified and decided again."""

import json
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from bailiwick.demo.caller import CallerError
from bailiwick.demo.cast import TroupeError
from bailiwick.demo.company.office import OfficeError
from bailiwick.demo.folder import DemoFolder, FolderError
from bailiwick.demo.house import HouseError
from bailiwick.demo.play import Judged, judge, play
from bailiwick.demo.premiere import AGENTS, open_house
from bailiwick.demo.proving import Proving, export, prove
from bailiwick.demo.recorded import RecordBook
from bailiwick.demo.script import DRAFTER, PENDING, Row, Scene, UnknownRowError, row_named, script
from bailiwick.demo.stage import StageError
from bailiwick.demo.stay import stay
from bailiwick.demo.table import document, tables

_TROUBLES: Final = (
    *(CallerError, FolderError, HouseError, OfficeError, StageError, TroupeError, UnknownRowError),
    OSError,
)
_KINDS: Final = {
    "allow": "allowed",
    "deny": "denied",
    "ask": "waiting for people",
    "refused": "turned away at a door",
}
_WIDTH: Final = 132  # where there is no terminal to ask
_NEXT: Final = """
Look further:
  bailiwick demo                 the same, and it stays open: console, sign-in links, a launch to approve
  bailiwick demo --once --json   these rows for programs
  README.md                      a tour; docs/guide/first-agent.md: your own agent and MCP server"""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`data` None means a folder that goes away, or `build/demo` when the demo stays up.

    `flip` names a row whose expectation is turned round: the demo must then fail, which a test checks.
    """

    once: bool = False
    as_json: bool = False
    data: Path | None = None
    port: int = 0
    flip: str = ""


def run_demo(options: DemoOptions) -> int:
    """Play the demo; 0 only if every row came out as expected and the whole record proves itself."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    out = _console(quiet=options.as_json)
    try:
        with DemoFolder(options.data, once=options.once) as folder, ExitStack() as stack:
            return _run(options, folder, stack, out)
    except KeyboardInterrupt:
        out.print("\nstopped: everything that the demo started has ended")
        return 130 if options.once else 0
    except _TROUBLES as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1


def _run(options: DemoOptions, folder: DemoFolder, stack: ExitStack, out: Console) -> int:
    with out.status("opening the company, the server and the agents") as status:
        show = open_house(folder, options.port, stack)
        scenes = _flipped(script(str(show.office.folder / "repository")), options.flip)
        played = play(scenes, show.stage, _follower(status, scenes))
        status.update("verifying the record and deciding everything again")
        show.troupe.close([name for name in AGENTS if options.once or name != DRAFTER])
        files = export(show.people["auditor"], folder.export)
        judged, proof = judge(played, RecordBook(files)), prove(files, show.house.log_key())
    if options.as_json:
        print(json.dumps(_document(judged, proof), indent=2))
    _print(out, judged, proof)
    wrong = [one for one in judged if not one.holds]
    if wrong or not proof.holds:
        folder.keep()
        _complain(wrong, proof, folder)
        return 1
    if options.once:
        out.print(_NEXT)
    else:
        stay(show, row_named(scenes, PENDING), out)
    return 0


def _console(*, quiet: bool) -> Console:
    """A console as wide as the tables want it when the output is no terminal."""
    found = Console(quiet=quiet, highlight=False)
    return found if found.is_terminal else Console(quiet=quiet, highlight=False, width=_WIDTH)


def _follower(status: Status, scenes: Sequence[Scene]) -> Callable[[Scene, Row], None]:
    total = sum(len(scene.rows) for scene in scenes)
    begun = 0

    def follow(scene: Scene, row: Row) -> None:
        nonlocal begun
        begun += 1
        status.update(f"{begun}/{total}  {escape(scene.title)}: {escape(row.situation)}")

    return follow


def _flipped(scenes: Sequence[Scene], name: str) -> tuple[Scene, ...]:
    """The script with one expectation turned round, so that the demo must fail."""
    if not name:
        return tuple(scenes)
    row_named(scenes, name)
    return tuple(
        replace(scene, rows=tuple(_turned(row) if row.name == name else row for row in scene.rows)) for scene in scenes
    )


def _turned(row: Row) -> Row:
    allowed = row.expected.startswith("allow")
    return replace(row, expected="deny: planted" if allowed else "allow, succeeded")


def _print(out: Console, judged: Sequence[Judged], proof: Proving) -> None:
    out.print("\n[bold]What Acme's agents tried, and what came of it[/]\n")
    for made in tables(judged):
        out.print(made)
    right = sum(one.holds for one in judged)
    colour = "green" if right == len(judged) else "red"
    words = Counter(one.played.row.expected.split(",")[0].split(":")[0] for one in judged)
    kinds = ", ".join(f"{words.pop(word, 0)} {kind}" for word, kind in _KINDS.items())
    kinds += f", {words.total()} done by people" if words else ""
    out.print(f"[bold {colour}]{right} of {len(judged)} came out as expected[/], as seen, recorded and done: {kinds}")
    colour = "green" if proof.holds else "red"
    out.print(
        f"[bold {colour}]record[/]: {proof.entries} entries in {proof.files} files verified offline, "
        f"{len(proof.findings)} findings\n"
        f"[bold {colour}]recheck[/]: {proof.identical} of {proof.decided} decisions in {proof.runs} runs "
        "decided again, identical"
    )


def _complain(wrong: Sequence[Judged], proof: Proving, folder: DemoFolder) -> None:
    for one in wrong:
        print(f"demo: row `{one.played.row.name}`: {'; '.join(one.differences)}", file=sys.stderr)
    for finding in proof.findings[:20]:
        print(f"demo: {finding}", file=sys.stderr)
    print(f"demo: it did not come out as expected; the logs and the export lie in `{folder.root}`", file=sys.stderr)


def _document(judged: Sequence[Judged], proof: Proving) -> dict[str, Any]:
    return {
        "rows": [document(one) for one in judged],
        "holding": sum(one.holds for one in judged),
        "record": {"entries": proof.entries, "files": proof.files, "findings": list(proof.findings)},
        "recheck": {"runs": proof.runs, "decided": proof.decided, "identical": proof.identical},
        "holds": proof.holds and all(one.holds for one in judged),
    }

"""What happens in the demo, scene by scene: data only; `stage` performs it and `play` judges it."""

from collections.abc import Sequence

from bailiwick.demo.script.door import DOORS
from bailiwick.demo.script.marketing import DRAFTER, DRAFTING, LAUNCHING, PENDING, ROUTER, ROUTING
from bailiwick.demo.script.operations import ANSWERING, DRILL, QA, RESPONDER, TRIAGE, TRIAGING, quality
from bailiwick.demo.script.step import Row, Scene

__all__ = [
    "DRAFTER",
    "DRILL",
    "PENDING",
    "QA",
    "RESPONDER",
    "ROUTER",
    "TRIAGE",
    "Row",
    "Scene",
    "UnknownRowError",
    "row_named",
    "script",
]


def script(repository: str) -> tuple[Scene, ...]:
    """All scenes in order; `repository` is the folder of the company's git repository."""
    return (DRAFTING, LAUNCHING, ROUTING, quality(repository), ANSWERING, TRIAGING, DOORS)


class UnknownRowError(LookupError):
    """No row of the script has that name."""


def row_named(scenes: Sequence[Scene], name: str) -> Row:
    """The row of that name."""
    for scene in scenes:
        for row in scene.rows:
            if row.name == name:
                return row
    raise UnknownRowError(f"there is no row `{name}`; `--json` names those there are")

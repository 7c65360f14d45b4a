"""What happens in the demo, scene by scene: data only; `stage` performs it and `play` judges it."""

from bailiwick.demo.script.door import DOORS
from bailiwick.demo.script.marketing import DRAFTER, DRAFTING, LAUNCHING, PENDING, ROUTER, ROUTING
from bailiwick.demo.script.operations import ANSWERING, DRILL, QA, RESPONDER, TRIAGE, TRIAGING, quality
from bailiwick.demo.script.step import Row, Scene

__all__ = ["DRAFTER", "DRILL", "PENDING", "QA", "RESPONDER", "ROUTER", "TRIAGE", "Row", "Scene", "script"]


def script(repository: str) -> tuple[Scene, ...]:
    """All scenes in order; `repository` is the folder of the company's git repository."""
    return (DRAFTING, LAUNCHING, ROUTING, quality(repository), ANSWERING, TRIAGING, DOORS)

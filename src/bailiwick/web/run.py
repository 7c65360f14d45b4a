"""Runs: the list, and one run as a summary, a tree and a waterfall."""

from dataclasses import dataclass

from bailiwick.web.approval import Alteration
from bailiwick.web.view import ONE_PAGE, Choice, Detail, Form, Pager, Phrase
from bailiwick.web.waterfall import Span, Waterfall, lay_out


@dataclass(frozen=True)
class RunRow:
    """A line of the list; `state` is running, waiting, finished, ended, failed or halted."""

    id: str
    agent: str
    intent: str
    state: str
    started_us: int
    took_us: int
    allowed: int
    asked: int
    denied: int


@dataclass(frozen=True)
class RunList:
    """Runs, newest first, narrowed by the filter."""

    form: Form
    agents: tuple[Choice, ...]
    states: tuple[Choice, ...]
    rows: tuple[RunRow, ...]
    pages: Pager = ONE_PAGE


@dataclass(frozen=True)
class TimelineRow:
    """One line of a run's timeline.

    `event` is the position on the record of the event the line stands for, and its anchor. `waiting` marks a
    step that only waits for a person: the run's clock stands still meanwhile. `icon` names the drawing,
    `settle` the page on which somebody says how an action of unknown outcome ended, `why` the one that takes its
    decision apart, `changes` what was altered in the system behind the connector.
    """

    event: int
    depth: int
    start_us: int
    end_us: int
    title: str
    note: str = ""
    icon: str = "play"
    tool: str = ""
    verdict: str = ""
    tier: str = ""
    outcome: str = ""
    reason: str = ""
    rules: tuple[str, ...] = ()
    waiting: bool = False
    arguments: str = ""
    href: str = ""
    settle: str = ""
    why: str = ""
    changes: tuple[Alteration, ...] = ()

    @property
    def anchor(self) -> str:
        """The fragment that links to this step."""
        return f"event-{self.event}"


@dataclass(frozen=True)
class RunScreen:
    """One run, its `summary` a sentence a line.

    `steps` are in record order, already narrowed to `shown` (all, denied or failed).
    """

    id: str
    agent: str
    intent: str
    state: str
    started_us: int
    took_us: int
    waited_us: int
    summary: tuple[tuple[Phrase, ...], ...]
    steps: tuple[TimelineRow, ...]
    details: tuple[Detail, ...]
    shown: str = "all"
    totals: tuple[tuple[str, int], ...] = ()

    @property
    def live(self) -> bool:
        """Whether the page still changes by itself."""
        return self.state in ("running", "waiting")

    @property
    def first_denial(self) -> str:
        """The anchor of the first denied step, or nothing."""
        return next((step.anchor for step in self.steps if step.verdict == "deny"), "")

    @property
    def chart(self) -> Waterfall:
        """A bar for each step, on one scale."""
        return lay_out([Span(step.start_us, step.end_us, step.waiting) for step in self.steps])

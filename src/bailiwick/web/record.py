"""The record: events filtered by who, what and when; one event with its proof; the answer of verify."""

from dataclasses import dataclass

from bailiwick.web.view import ONE_PAGE, Choice, Detail, Form, Pager


@dataclass(frozen=True)
class EventRow:
    """A line of the record; empty where an event has no agent, tool, verdict or run."""

    index: int
    at_us: int
    type: str
    text: str
    actor: str
    agent: str = ""
    tool: str = ""
    verdict: str = ""
    run: str = ""
    action: str = ""

    @property
    def why(self) -> str:
        """Where the decision is taken apart, on a line that is one."""
        return f"/why?action={self.action}" if self.action and self.verdict else ""


@dataclass(frozen=True)
class Head:
    """The newest signed checkpoint. `anchored` says who holds the first `anchored_size` events, empty when nobody does.

    `late` says what waits for a signature longer than it should.
    """

    size: int
    root: str
    signed_us: int
    key: str
    anchored: str = ""
    anchored_size: int = 0
    anchored_us: int = 0
    late: str = ""

    @property
    def unanchored(self) -> int:
        """How many signed events nobody else holds."""
        return max(self.size - self.anchored_size, 0)


@dataclass(frozen=True)
class RecordScreen:
    """Events, newest first. The filter is in the address, so a saved address is a saved search.

    `command` and `address` do the same from the command line and through the API.
    """

    form: Form
    agents: tuple[Choice, ...]
    types: tuple[Choice, ...]
    verdicts: tuple[Choice, ...]
    rows: tuple[EventRow, ...]
    head: Head
    command: str
    address: str
    query: str = ""
    pages: Pager = ONE_PAGE


@dataclass(frozen=True)
class Mistake:
    """One thing that verify found wrong, and in which part of the record."""

    where: str
    what: str


@dataclass(frozen=True)
class Verified:
    """What verify read and found; no mistakes means every leaf, hash, signature and payload was checked."""

    events: int
    payloads: int
    took_us: int
    at_us: int
    anchored: str = ""
    anchored_size: int = 0
    anchored_us: int = 0
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class Why:
    """A decision decoded: its reason, the rules that matched, and the facts that were read."""

    sentence: str
    rules: tuple[str, ...]
    code: str
    facts: tuple[Detail, ...]


@dataclass(frozen=True)
class EventScreen:
    """One event. `leaf` is the exact stored JSON; `payload` is None when erased, empty when there is none."""

    row: EventRow
    leaf: str
    payload: str | None
    details: tuple[Detail, ...]
    proof: tuple[str, ...]
    head: Head
    command: str
    why: Why | None = None
    leaf_hash: str = ""

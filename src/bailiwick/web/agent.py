"""Agents: the list, and one agent with its charter in plain sentences beside the YAML."""

from dataclasses import dataclass

from bailiwick.web.run import RunRow
from bailiwick.web.view import ONE_PAGE, Detail, HaltNotice, Pager


@dataclass(frozen=True)
class AgentRow:
    """A line of the list; `state` is active, halted or revoked. The three figures are of today."""

    name: str
    purpose: str
    workflow: str
    owner: str
    state: str
    last_us: int
    allowed: int
    asked: int
    denied: int


@dataclass(frozen=True)
class AgentList:
    """Everybody who may act."""

    rows: tuple[AgentRow, ...]
    pages: Pager = ONE_PAGE


@dataclass(frozen=True)
class Sentence:
    """One promise of a charter in plain words, with the YAML line that makes it (0 when no one line does)."""

    text: str
    conditions: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Promises:
    """The sentences of one kind: `kind` is low, medium, high or never; `title` finishes "This agent ..."."""

    kind: str
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class KeyRow:
    """An enrolled public key, by its thumbprint (RFC 7638)."""

    thumbprint: str
    enrolled_us: int
    by: str


@dataclass(frozen=True)
class SumUse:
    """How much of a limit that adds up is used; `note` says how much of it goes without asking."""

    says: str
    words: str
    share: int
    note: str = ""


@dataclass(frozen=True)
class UndoRow:
    """What can be done about an action afterwards; `by` is the action that makes up for it."""

    says: str
    tier: str
    undo: str
    by: str = ""


@dataclass(frozen=True)
class Use:
    """What an open run has used of what one run may use; shares are in hundredths."""

    run: str
    intent: str
    waiting: bool
    calls: int
    most_calls: int
    time: str
    most_time: str
    calls_share: int
    time_share: int
    sums: tuple[SumUse, ...] = ()


@dataclass(frozen=True)
class AgentScreen:
    """One agent. `charter` is the name of its charter, `yaml` its text, `version` its digest, `number` its count.

    `today` are the sums of this UTC day. `proposed` is a version that awaits a second person, 0 when there is none.
    """

    name: str
    purpose: str
    state: str
    owner: tuple[Detail, ...]
    promises: tuple[Promises, ...]
    bounds: tuple[str, ...]
    uses: tuple[Use, ...]
    yaml: str
    charter: str
    version: str
    number: int
    published_us: int
    keys: tuple[KeyRow, ...]
    runs: tuple[RunRow, ...]
    halts: tuple[HaltNotice, ...] = ()
    proposed: int = 0
    today: tuple[SumUse, ...] = ()
    undo: tuple[UndoRow, ...] = ()

"""The words a script is written in: what somebody does, and what must come of it.

An expectation is one phrase, compared with what the actor saw and with what the record says:

    allow, succeeded        allow, failed (not-sent)      allow, unknown (no-answer)
    deny: data-ceiling      ask: marketing-director + it-change
    refused: 401            turned away before any decision; the record then says `nothing`
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

NOTHING: Final = "nothing"
"""What the record says of something that it never saw."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An agent calls one tool through Bailiwick."""

    agent: str
    tool: str
    arguments: Mapping[str, Any]
    about: str

    @property
    def who(self) -> str:
        return self.agent

    @property
    def what(self) -> str:
        return f"{self.tool} {self.about}".strip()


@dataclass(frozen=True, slots=True)
class Await:
    """An agent waits for people to decide on what the row `asked` opened."""

    agent: str
    asked: str
    seconds: int = 10

    @property
    def who(self) -> str:
        return self.agent

    @property
    def what(self) -> str:
        return "await_approval"


@dataclass(frozen=True, slots=True)
class Listing:
    """An agent asks for something other than tools, such as `resources/list`."""

    agent: str
    methods: tuple[str, ...]

    @property
    def who(self) -> str:
        return self.agent

    @property
    def what(self) -> str:
        return ", ".join(self.methods)


@dataclass(frozen=True, slots=True)
class ExpiredToken:
    """An agent calls with a token of its own that is past its expiry."""

    agent: str
    tool: str
    arguments: Mapping[str, Any]

    @property
    def who(self) -> str:
        return self.agent

    @property
    def what(self) -> str:
        return f"{self.tool} with an expired token"


@dataclass(frozen=True, slots=True)
class Straight:
    """An agent goes round Bailiwick to an upstream: with nothing, then with every token that it holds."""

    agent: str
    upstream: str

    @property
    def who(self) -> str:
        return self.agent

    @property
    def what(self) -> str:
        return f"{self.upstream}: bare, then with each token it holds"


@dataclass(frozen=True, slots=True)
class AgentAtConsole:
    """An agent shows its token where people sign in."""

    agent: str
    path: str

    @property
    def who(self) -> str:
        return self.agent

    @property
    def what(self) -> str:
        return f"GET {self.path} with its run token"


@dataclass(frozen=True, slots=True)
class PersonAsAgent:
    """A person's own token is used at the agents' door."""

    person: str
    tool: str
    arguments: Mapping[str, Any]

    @property
    def who(self) -> str:
        return self.person

    @property
    def what(self) -> str:
        return f"{self.tool} with a person's token"


@dataclass(frozen=True, slots=True)
class Consent:
    """People approve, one after the other, what the row `asked` opened; the phrase is the last answer."""

    people: tuple[str, ...]
    asked: str

    @property
    def who(self) -> str:
        return " + ".join(self.people)

    @property
    def what(self) -> str:
        return "approve what the agent asked for"


@dataclass(frozen=True, slots=True)
class Stopping:
    """A person stops a scope."""

    person: str
    scope: str

    @property
    def who(self) -> str:
        return self.person

    @property
    def what(self) -> str:
        return f"halt {self.scope}"


@dataclass(frozen=True, slots=True)
class Resuming:
    """A person lets a scope act again."""

    person: str
    scope: str

    @property
    def who(self) -> str:
        return self.person

    @property
    def what(self) -> str:
        return f"resume {self.scope}"


@dataclass(frozen=True, slots=True)
class Breakage:
    """A system of the company starts to misbehave, see `company.fault.FaultKind`."""

    upstream: str
    tool: str
    kind: str


@dataclass(frozen=True, slots=True)
class Crash:
    """A system of the company dies."""

    upstream: str


@dataclass(frozen=True, slots=True)
class Recover:
    """A system that died comes back."""

    upstream: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """Time passes until the consent given to the row `asked` counts no more."""

    asked: str


Deed = (
    Attempt | Await | Listing | ExpiredToken | Straight | AgentAtConsole | PersonAsAgent | Consent | Stopping | Resuming
)
"""What a row is about: somebody (`who`) tries something (`what`)."""
Direction = Deed | Breakage | Crash | Recover | Lapse
"""What may happen between rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `changes`, `mails` and `micros` are what the upstreams themselves must show of it."""

    name: str
    situation: str
    deed: Deed
    expected: str
    on_record: str = ""
    changes: int = 0
    mails: int = 0
    micros: int = 0
    before: tuple[Direction, ...] = field(default=())

    @property
    def recorded(self) -> str:
        """What the record must say; the same as the actor saw unless the row says otherwise."""
        return self.on_record or self.expected


@dataclass(frozen=True, slots=True)
class Scene:
    """Rows that belong together, under one heading."""

    title: str
    rows: tuple[Row, ...]

"""Asking why: a question about a recorded or a made-up request, and its answer rule by rule."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Choice, Detail, Form


@dataclass(frozen=True)
class ChoiceGroup:
    """Options that belong together in a select."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class AskedRule:
    """One rule in the order of asking; `state` is passed, objected, asked or unreached."""

    state: str
    says: str
    found: str
    rule: str
    line: int = 0


@dataclass(frozen=True)
class WhyAnswer:
    """What is decided, and on what. `was` is what the record says, where a recorded action was asked about.

    `address` leads to this question again; it is empty where the question holds a text that was pasted.
    """

    verdict: str
    tier: str
    sentence: str
    title: str
    details: tuple[Detail, ...]
    rules: tuple[AskedRule, ...]
    yaml: str
    facts: str
    assumed: tuple[str, ...] = ()
    was: str = ""
    was_sentence: str = ""
    event: int = 0
    same: bool = True
    address: str = ""

    @property
    def reached(self) -> int:
        """How many rules were looked at."""
        return sum(rule.state != "unreached" for rule in self.rules)

    @property
    def marked(self) -> tuple[int, ...]:
        """The lines of the rule that answered."""
        return tuple(rule.line for rule in self.rules if rule.state in ("objected", "asked") and rule.line)


@dataclass(frozen=True)
class PickRow:
    """A decision on the record to ask about."""

    action: str
    at_us: int
    agent: str
    title: str
    verdict: str


@dataclass(frozen=True)
class SumField:
    """A number that the decision read, which can be assumed to be another; `now` is what it was."""

    name: str
    label: str
    now: str


@dataclass(frozen=True)
class WhyBlanks:
    """What each select says when nothing is chosen: what stays as it is."""

    what: str = "Choose what is asked"
    agent: str = "Choose an agent"
    charter: str = "The agent's own"
    day: str = "Now"


@dataclass(frozen=True)
class WhyScreen:
    """The page: the form with all it can offer, and an answer once something is asked."""

    whats: tuple[ChoiceGroup, ...]
    agents: tuple[Choice, ...]
    charters: tuple[Choice, ...]
    zones: tuple[Choice, ...]
    form: Form = BLANK
    blanks: WhyBlanks = WhyBlanks()
    sums: tuple[SumField, ...] = ()
    answer: WhyAnswer | None = None
    latest: tuple[PickRow, ...] = ()
    command: str = "bailiwick charter explain --action act-…"

    @property
    def changed(self) -> bool:
        """Whether anything is asked beyond who, what and under which charter."""
        return any(self.form.values.get(name) for name in ("day", "fresh", *(field.name for field in self.sums)))

"""Two versions of a charter side by side, and what may be done with the newer one."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Form


@dataclass(frozen=True)
class ExampleRow:
    """A call that tells the two apart; `beside` is what stands beside it, `before` and `after` are (tone, sentence)."""

    direction: str
    call: str
    beside: tuple[str, ...]
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True)
class ComparedRow:
    """One action that changes."""

    action: str
    says: str
    relation: str
    examples: tuple[ExampleRow, ...]


@dataclass(frozen=True)
class TermRow:
    """Something that changes besides decisions."""

    label: str
    before: str
    after: str
    weighty: bool


@dataclass(frozen=True)
class VoiceRow:
    """One owner of the version in force; `by` is who has agreed, empty while nobody has."""

    address: str
    by: str
    stands_in: bool


@dataclass(frozen=True)
class VersionOption:
    """A version to pick, with what it changes."""

    number: int
    label: str


@dataclass(frozen=True)
class CompareScreen:
    """`after` beside `before`; `state` is that of the newer one: in-force, published or proposed.

    `voices` are there while it waits for the owners; `may_agree`, `may_withdraw`, `may_return` and `may_tag` say
    what the person may do.
    """

    name: str
    before: int
    after: int
    state: str
    note: str
    relation: str
    needs_both: bool
    actions: tuple[ComparedRow, ...]
    same: tuple[tuple[str, str], ...]
    terms: tuple[TermRow, ...]
    lines: tuple[tuple[str, str], ...]
    options: tuple[VersionOption, ...]
    digest: str
    tags: tuple[str, ...] = ()
    voices: tuple[VoiceRow, ...] = ()
    may_agree: bool = False
    may_withdraw: bool = False
    may_return: bool = False
    may_tag: bool = False
    form: Form = BLANK

    @property
    def counts(self) -> dict[str, int]:
        """How many actions there are of each relation that changes something."""
        relations = [row.relation for row in self.actions]
        return {relation: relations.count(relation) for relation in dict.fromkeys(relations)}

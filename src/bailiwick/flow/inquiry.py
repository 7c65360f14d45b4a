"""The five questions, and what they can be asked about: a run, an agent, a person, data, a tool, a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, cast

from bailiwick.core.posting import Aspect, Noun, place
from bailiwick.core.refusal import Refusal
from bailiwick.core.touch import Thing
from bailiwick.ports.reader import Reader, Sought

QuestionName = Literal["who", "policy", "data", "tool", "changed"]
QUESTIONS: Final[Mapping[QuestionName, str]] = {
    "who": "Who asked?",
    "policy": "Which policy applied?",
    "data": "What data was touched?",
    "tool": "Which tool acted?",
    "changed": "What changed?",
}
ASPECTS: Final[Mapping[QuestionName, Aspect]] = {
    "who": Aspect.ASKED,
    "policy": Aspect.ASKED,
    "data": Aspect.TOUCHED,
    "tool": Aspect.ACTED,
    "changed": Aspect.CHANGED,
}
"""What an entry must be to answer: a denial was asked for and judged, but no tool acted and nothing changed."""
_END: Final = "g"  # sorts behind every place


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question and what it is about; every condition narrows. Times in UTC microseconds, `until_us` excluded.

    `run` means the run with all that were started in it. `person` is an id: whoever it was for, consented, or changed
    the rules. `tool` is an action, a connector, or both as `connector__tool`. `thing` is an object.
    """

    question: QuestionName
    run: str | None = None
    agent: str | None = None
    person: str | None = None
    data_class: str | None = None
    thing: Thing | None = None
    tool: str | None = None
    since_us: int | None = None
    until_us: int | None = None

    def about(self) -> Iterator[tuple[Noun, str]]:
        """The terms it names, the rarest kind first."""
        if self.thing:
            yield "object", f"{self.thing.kind}/{self.thing.id}"
        for noun, name in (("run", self.run), ("person", self.person), ("tool", self.tool)):
            if name:
                yield cast(Noun, noun), name
        if self.data_class:
            yield "class", self.data_class
        if self.agent:
            yield "agent", self.agent

    def sought(self, terms: tuple[str, ...], before: str | None) -> Sought:
        """The query of one page that ends at the place `before`, which is excluded."""
        first = place(self.since_us) if self.since_us is not None else ""
        end = place(self.until_us) if self.until_us is not None else _END
        return Sought(terms, int(ASPECTS[self.question]), first, min(end, before) if before else end)

    def asked(self) -> dict[str, str | int]:
        """The conditions as flat values, as addresses and saved searches hold them."""
        found: dict[str, str | int] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name != "question" and value is not None:
                found[one.name] = f"{value.kind}/{value.id}" if isinstance(value, Thing) else value
        return found


def read_question(name: str) -> QuestionName:
    """One of the five; raises `Refusal`."""
    if name not in QUESTIONS:
        raise Refusal("unknown", f"`{name}` is not one of the questions {', '.join(QUESTIONS)}")
    return cast(QuestionName, name)


def read_inquiry(reader: Reader, question: QuestionName, asked: Mapping[str, Any]) -> Inquiry:
    """The question that these flat values ask; raises `Refusal` for what cannot be meant."""
    return Inquiry(
        question,
        run=asked.get("run") or None,
        agent=asked.get("agent") or None,
        person=read_person(reader, asked.get("person")),
        data_class=asked.get("data_class") or None,
        thing=read_thing(asked.get("thing")),
        tool=asked.get("tool") or None,
        since_us=asked.get("since_us"),
        until_us=asked.get("until_us"),
    )


def read_thing(text: str | None) -> Thing | None:
    """An object as people write it: `contact/4711`."""
    if not text:
        return None
    kind, slash, name = text.strip().partition("/")
    if not (slash and kind.strip() and name.strip()):
        raise Refusal("invalid", f"`{text}` is no object; write its kind and id, such as `contact/4711`")
    return Thing(kind.strip(), name.strip())


def read_person(reader: Reader, text: str | None) -> str | None:
    """The id of the person who is meant by an id or an e-mail address."""
    if not text:
        return None
    address = reader.row("email", text.strip().lower())
    if address:
        return str(address["person"])
    if reader.row("person", text.strip()):
        return text.strip()
    raise Refusal("invalid", f"nobody here is known as `{text}`; write an e-mail address, or the id `per-…`")

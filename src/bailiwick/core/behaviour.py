"""What makes an agent behave as it does, as versions: prompts, models, workflows and data, named by their content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading, did_you_mean, kind_of

MOST_COMPONENTS: Final = 100


class ComponentKind(StrEnum):
    """What a component is. A dataset or a workflow that lies elsewhere is a value with its own digest in it."""

    PROMPT = "prompt"
    INSTRUCTION = "instruction"
    MODEL = "model"
    WORKFLOW = "workflow"
    DATASET = "dataset"
    TOOLS = "tools"


@dataclass(frozen=True, slots=True)
class Component:
    """One versioned part of a behaviour; `value` is a text or any JSON value, such as a model's parameters."""

    kind: ComponentKind
    name: str
    value: object

    @property
    def key(self) -> str:
        """`prompt/system`: where it stands in the behaviour."""
        return f"{self.kind.value}/{self.name}"

    def document(self) -> dict[str, object]:
        """The component as JSON values; its version is the digest of their canonical bytes."""
        return {"kind": self.kind.value, "name": self.name, "value": self.value}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Component":
        """Inverse of `document`."""
        return cls(ComponentKind(document["kind"]), document["name"], document["value"])


def behaviour_document(agent: str, digests: Mapping[str, str]) -> dict[str, object]:
    """The set as JSON values: component digests by key, so that equal sets of one agent have one digest."""
    return {"agent": agent, "components": dict(sorted(digests.items()))}


def read_components(reading: Reading, value: object, place: Place = ("components",)) -> tuple[Component, ...]:
    """`[{kind: prompt, name: system, value: ...}, ...]`: at least one, each key once."""
    items = reading.list(value, place)
    if not items:
        reading.wrong(place, "is empty: name at least one prompt, model, workflow or dataset")
    if len(items) > MOST_COMPONENTS:
        reading.wrong(place, f"has {len(items)} components; the most is {MOST_COMPONENTS}")
        return ()
    found = tuple(_read_component(reading, item, (*place, at)) for at, item in enumerate(items))
    reading.distinct([component.key for component in found], place)
    return found


def _read_component(reading: Reading, value: object, place: Place) -> Component:
    keys = ("kind", "name", "value")
    item = reading.mapping(value, place, keys, need=keys)
    word = reading.text(item.get("kind", "prompt"), (*place, "kind"))
    known = [kind.value for kind in ComponentKind]
    if word and word not in known:
        hint = did_you_mean(word, known) or f": known are {', '.join(known)}"
        reading.wrong((*place, "kind"), f"unknown kind `{word}`{hint}")
    kind = ComponentKind(word) if word in known else ComponentKind.PROMPT
    name = reading.name(item.get("name", "x"), (*place, "name"))
    content = item.get("value", "x")
    if kind in {ComponentKind.PROMPT, ComponentKind.INSTRUCTION} and not isinstance(content, str):
        reading.wrong((*place, "value"), f"a {kind.value} is text, found {kind_of(content)}")
    if kind is ComponentKind.MODEL and not (isinstance(content, Mapping) and isinstance(content.get("id"), str)):
        reading.wrong((*place, "value"), "a model is a mapping with its `id`, as in `{id: example-large-2}`")
    if content in ("", None, {}, []):
        reading.wrong((*place, "value"), "is empty: write what it holds")
    return Component(kind, name, content)


@dataclass(frozen=True, slots=True)
class AcceptanceCheck:
    """One thing an acceptance run was held against, and whether it held."""

    name: str
    passed: bool
    note: str = ""

    def document(self) -> dict[str, object]:
        """The check as JSON values."""
        return {"name": self.name, "passed": self.passed, "note": self.note}


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What became of one component: `added`, `removed`, `changed` or `same`; digests before and after."""

    key: str
    change: str
    before: str | None
    after: str | None


def compare_sets(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[KeyChange, ...]:
    """Every component of either set by key, in order."""
    return tuple(
        KeyChange(key, _change(before.get(key), after.get(key)), before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
    )


def _change(before: str | None, after: str | None) -> str:
    if before == after:
        return "same"
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


@dataclass(frozen=True, slots=True)
class ActionUse:
    """How often a run did one action, and how much of each measure, such as 5,000 recipients."""

    action: str
    allowed: int
    asked: int
    denied: int
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EffectChange:
    """One number of two runs that differs: `allowed`, `asked`, `denied` or a measure of an action."""

    action: str
    what: str
    before: int
    after: int


def compare_effects(before: Sequence[ActionUse], after: Sequence[ActionUse]) -> tuple[EffectChange, ...]:
    """What the second run did otherwise than the first, action by action."""
    first, second = _numbers(before), _numbers(after)
    return tuple(
        EffectChange(action, what, first.get((action, what), 0), second.get((action, what), 0))
        for action, what in sorted(first.keys() | second.keys())
        if first.get((action, what), 0) != second.get((action, what), 0)
    )


def _numbers(effects: Sequence[ActionUse]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for effect in effects:
        counts = {"allowed": effect.allowed, "asked": effect.asked, "denied": effect.denied, **effect.sizes}
        found |= {(effect.action, what): number for what, number in counts.items()}
    return found

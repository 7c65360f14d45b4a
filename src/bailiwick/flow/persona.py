"""Charters to start from, one a role, as they ship with the product."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from bailiwick.flow.source import read_charter

TEST: Final = "_test."
"""Marks the file beside a template that says what it must allow and refuse."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A template: its charter's name and purpose, and the whole text."""

    name: str
    purpose: str
    source: str


@cache
def personas() -> tuple[Persona, ...]:
    """Every template, by name."""
    folder = files("bailiwick") / "persona"
    charters = [entry for entry in folder.iterdir() if entry.name.endswith(".yaml") and TEST not in entry.name]
    texts = [entry.read_text(encoding="utf-8") for entry in charters]
    found = []
    for text in texts:
        charter = read_charter(text)[0]
        found.append(Persona(charter.name, charter.purpose, text))
    return tuple(sorted(found, key=lambda persona: persona.name))


def persona(name: str) -> Persona | None:
    """The template of that name."""
    return next((found for found in personas() if found.name == name), None)

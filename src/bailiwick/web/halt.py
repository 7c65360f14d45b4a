"""Halts: what is stopped now, stopping a scope, and resuming it."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Form, HaltNotice


@dataclass(frozen=True)
class HaltScope:
    """Something that can be stopped; `value` goes into the address, `name` is what has to be typed."""

    value: str
    name: str
    label: str
    effect: str


@dataclass(frozen=True)
class ScopeGroup:
    """Scopes of one kind, under a heading."""

    title: str
    scopes: tuple[HaltScope, ...]


@dataclass(frozen=True)
class HaltScreen:
    """The halts in force, and what can be stopped."""

    halts: tuple[HaltNotice, ...]
    groups: tuple[ScopeGroup, ...]


@dataclass(frozen=True)
class HaltConfirm:
    """Before stopping: what exactly stops, line by line."""

    scope: HaltScope
    stops: tuple[str, ...]
    form: Form = BLANK


@dataclass(frozen=True)
class ResumeConfirm:
    """Before resuming; `barred` says why this person may not."""

    halt: HaltNotice
    name: str
    barred: str = ""
    form: Form = BLANK

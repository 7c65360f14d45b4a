"""How long payloads are kept: the rules, changing one, and what the next round would remove."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Form


@dataclass(frozen=True)
class RetentionRow:
    """A rule; `most_days` 0 means for ever."""

    data_class: str
    keep_days: int
    most_days: int


@dataclass(frozen=True)
class RetentionScreen:
    """The page; `barred` says why this person may not change a rule, `due` what is past its time now."""

    rows: tuple[RetentionRow, ...]
    due: tuple[str, ...] = ()
    barred: str = ""
    form: Form = BLANK

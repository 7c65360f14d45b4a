"""One action: what was asked, what the record says of it, and the form that settles an unknown outcome."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Detail, Form


@dataclass(frozen=True)
class ActionEvent:
    """What the record says of the action, an event a line; `note` is what a person wrote."""

    index: int
    at_us: int
    text: str
    note: str = ""


@dataclass(frozen=True)
class ActionScreen:
    """One action. `outcome` is a word of the chips, empty where nothing was sent.

    While it is unknown the page has the form, or in `barred` why this person cannot use it; `held` says that the
    identical call is refused meanwhile.
    """

    id: str
    title: str
    run: str
    intent: str
    verdict: str
    outcome: str
    details: tuple[Detail, ...]
    events: tuple[ActionEvent, ...]
    arguments: str
    trouble: str = ""
    held: bool = True
    barred: str = ""
    form: Form = BLANK

    @property
    def unknown(self) -> bool:
        """Whether somebody has yet to say how it ended."""
        return self.outcome == "unknown"

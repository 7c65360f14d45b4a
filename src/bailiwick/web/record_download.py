"""The record in other formats: what can be downloaded, and what of it."""

from dataclasses import dataclass

from bailiwick.web.view import Choice, Form


@dataclass(frozen=True)
class DownloadScreen:
    """The formats, and the search that narrows them. `barred` says why this person may not; empty when they may.

    `narrowed` are the fields of the search, to be sent on with the format.
    """

    form: Form
    formats: tuple[Choice, ...]
    narrowed: tuple[Choice, ...]
    command: str
    address: str
    barred: str = ""

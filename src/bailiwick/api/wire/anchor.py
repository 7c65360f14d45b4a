"""Anchors: places that hold heads of the record, and what they gave."""

from typing import Annotated, Literal

from pydantic import Field

from bailiwick.api.wire.base import Incoming, Micros, Outgoing

Kind = Literal["witness", "timestamp", "git", "folder"]
Setting = Annotated[str, Field(max_length=65_536)]


class AnchorSettings(Incoming):
    """Where to anchor. `settings` by kind: witness `policy` (the text of a C2SP witness policy); timestamp `url` and
    `certificates` (PEM); git `url` and `branch`; folder `path` on the server. A `secret` goes to the vault.
    """

    kind: Kind = Field(examples=["folder"])
    settings: dict[Annotated[str, Field(max_length=40)], Setting] = Field(max_length=5)
    secret: str | None = Field(
        None, min_length=1, max_length=4096, description="A bearer token that the place asks for"
    )


class AnchorPlaceBody(Outgoing):
    """A place; `alarm` says that it holds what this record contradicts."""

    name: str
    kind: Kind
    settings: dict[str, str]
    state: Literal["new", "ok", "late", "alarm"]
    trouble: str
    size: int = Field(description="Up to how many events it holds the record")
    anchored_us: Micros | None
    due_us: Micros
    added_us: Micros
    added_by: str
    added_by_name: str


class AnchorBody(Outgoing):
    """One anchor: since `at_us`, `place` holds the head of the first `size` events."""

    id: str
    place: str
    kind: Kind
    size: int
    root: str
    at_us: Micros

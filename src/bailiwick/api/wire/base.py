"""What every body has in common: strict types in, named fields only, times as microseconds since 1970 UTC."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

ItemT = TypeVar("ItemT")

Micros = Annotated[int, Field(description="Microseconds since 1970-01-01T00:00:00Z", examples=[1795342800000000])]
Digest = Annotated[str, Field(description="`sha256:` and 64 hex digits", examples=["sha256:" + "0" * 64])]


def _whole(value: object) -> object:
    """JSON has one kind of number: 90.0 is 90."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Written last: bounds before it stand in the published schema as well, as `Annotated[int, Field(ge=1), WHOLE]`."""
Whole = Annotated[int, WHOLE]


class Outgoing(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(from_attributes=True)


class Incoming(BaseModel):
    """A body that comes in: unknown fields are refused, and no value is bent into another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(Outgoing, Generic[ItemT]):
    """One page of a list; `next` goes into `cursor` to get the page after it."""

    items: list[ItemT]
    next: str | None


class ProblemBody(Outgoing):
    """One flaw in a text or a body. Lines and columns count from 1; 0 where there is no text."""

    line: int
    column: int
    message: str
    severity: str


class TextLineBody(Outgoing):
    """A line of the difference between two texts; `gap` stands for lines that are the same and left out."""

    change: Literal["added", "removed", "same", "gap"]
    text: str


class FaultNote(Outgoing):
    """What went wrong: a stable code for programs, a sentence for people."""

    code: str = Field(examples=["unknown"])
    message: str = Field(examples=["there is no agent `lead-routr`"])
    problems: list[ProblemBody] | None = None


class FaultBody(Outgoing):
    """The one shape of every error."""

    error: FaultNote

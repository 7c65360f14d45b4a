"""Where a list goes on, and how much of it is wanted."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from bailiwick.core.refusal import Refusal

Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most")]
Cursor = Annotated[str | None, Query(min_length=1, max_length=200, description="`next` of the page before this one")]
When = Annotated[
    str | None,
    Query(
        max_length=40,
        description="ISO 8601 (UTC where no offset is given), or microseconds since 1970",
        examples=["2026-11-22T09:00:00Z"],
    ),
]


def moment_us(text: str | None, name: str) -> int | None:
    """A time as a person or a program writes it, in microseconds; raises `Refusal`."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"`{name}` is no time; write 2026-11-22T09:00:00Z, or microseconds since 1970"
        raise Refusal("invalid", message) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return int(moment.timestamp() * 1_000_000)
    except (OverflowError, ValueError):
        raise Refusal("invalid", f"`{name}` lies outside the years 1 to 9999") from None

"""Denials: recorded one by one up to a rate, then only counted, so that a stubborn agent cannot flood the record."""

from typing import Final

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.ports.store import Row, Shelf

DENIALS_A_MINUTE: Final = 60
"""Denials of one agent that are recorded singly in a minute; further ones are counted in one event."""
MINUTE_US: Final = 60_000_000


def recorded_singly(shelf: Shelf, agent: str) -> bool:
    """Count one more denial of this minute (after `sum_up`); whether it still gets an event of its own."""
    row = shelf.get("denial", agent) or {"id": agent, "minute_us": _minute(shelf), "count": 0}
    row["count"] += 1
    shelf.put("denial", row)
    return bool(row["count"] <= DENIALS_A_MINUTE)


def sum_up(shelf: Shelf, agent: str) -> None:
    """Record how many denials of an earlier minute got no event of their own, once."""
    row = shelf.get("denial", agent)
    if row is not None and row["minute_us"] != _minute(shelf):
        close_minute(shelf, row)


def close_minute(shelf: Shelf, row: Row) -> None:
    """Record the surplus of a counted minute and forget it."""
    over = row["count"] - DENIALS_A_MINUTE
    if over > 0:
        data = {"count": over, "minute_us": row["minute_us"]}
        shelf.append(Event(EventType.ACTION_DENIALS_COUNTED, Actor("agent", row["id"]), data))
    shelf.drop("denial", row["id"])


def _minute(shelf: Shelf) -> int:
    return shelf.now_us - shelf.now_us % MINUTE_US

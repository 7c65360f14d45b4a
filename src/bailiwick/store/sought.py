"""The one query behind every question about the record: terms of the index, met at the same place."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, FromClause, Select, func, literal, select

from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.core.posting import TERM_CHARS
from bailiwick.ports.reader import FoundEntry, Sought
from bailiwick.store.schema import log_entry, posting

OUTCOMES: Final = tuple(
    kind.value
    for kind in (
        EventType.ACTION_SUCCEEDED,
        EventType.ACTION_FAILED,
        EventType.ACTION_UNKNOWN,
        EventType.ACTION_RECONCILED,
    )
)


def sought_query(wanted: Sought, limit: int) -> Select[Any]:
    """Rows of place, entry and last outcome, newest first.

    The first term's postings are walked between the two places, every other term is a look into the same index at the
    place found; the log is opened only for what remains.
    """
    first, *others = wanted.terms
    walked = posting.alias("walked")
    joined: FromClause = walked
    for number, term in enumerate(others):
        also = posting.alias(f"also_{number}")
        joined = joined.join(also, also.c.id == literal(term) + func.substr(walked.c.id, TERM_CHARS + 1))
    entry, outcome, last = log_entry.alias("entry"), log_entry.alias("outcome"), log_entry.alias("last")
    newest = (
        select(func.max(last.c.seq))
        .where(last.c.action == entry.c.action, last.c.type.in_(OUTCOMES))
        .correlate(entry)
        .scalar_subquery()
    )
    joined = joined.join(entry, entry.c.seq == walked.c.seq).outerjoin(outcome, outcome.c.seq == newest)
    conditions: list[ColumnElement[bool]] = [
        walked.c.id >= first + wanted.first,
        walked.c.id < first + wanted.end,
        walked.c.aspects.op("&")(wanted.aspects) != 0,
    ]
    columns = (
        walked.c.id.label("place"),
        entry.c.seq,
        entry.c.body,
        outcome.c.seq.label("outcome_seq"),
        outcome.c.body.label("outcome_body"),
    )
    return select(*columns).select_from(joined).where(*conditions).order_by(walked.c.id.desc()).limit(limit)


def found_of(row: Mapping[str, Any]) -> FoundEntry:
    """A row of the query as the port gives it."""
    outcome = None
    if row["outcome_seq"] is not None:
        outcome = RecordedEvent(row["outcome_seq"], row["outcome_body"], orjson.loads(row["outcome_body"]))
    event = RecordedEvent(row["seq"], row["body"], orjson.loads(row["body"]))
    return FoundEntry(row["place"][TERM_CHARS:], event, outcome)

"""Which events of the record are wanted, as query parameters of every operation that lists or exports them."""

from typing import Annotated

from fastapi import Depends, Query

from bailiwick.api.paging import When, moment_us
from bailiwick.core.event import EventType
from bailiwick.ports.reader import EventFilter

Word = Annotated[str | None, Query(max_length=200)]


def wanted_events(
    type: EventType | None = None,  # noqa: A002  # the field's name on the record
    actor: Annotated[str | None, Query(max_length=200, description="`person:per-…`, `agent:NAME`")] = None,
    agent: Word = None,
    run: Word = None,
    action: Word = None,
    tool: Annotated[str | None, Query(max_length=200, description="An action's name, or a tool's")] = None,
    verdict: Annotated[str | None, Query(pattern="^(allow|ask|deny)$")] = None,
    since: When = None,
    until: When = None,
) -> EventFilter:
    """Every filter narrows; `until` itself is left out."""
    first, end = moment_us(since, "since"), moment_us(until, "until")
    return EventFilter(type.value if type else None, actor, agent, run, action, tool, verdict, first, end)


Wanted = Annotated[EventFilter, Depends(wanted_events)]

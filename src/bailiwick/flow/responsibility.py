"""Who answers for a connector, and until when: what is missing keeps its actions from being granted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from bailiwick.core.charter import Charter
from bailiwick.core.problem import Problem
from bailiwick.ports.store import Row, Shelf

_SAID = (("vendor", "who makes it"), ("responsible", "who answers for it"), ("data_terms", "what was agreed on data"))


def read_date(text: str) -> date | None:
    """The day that a text such as 2027-02-01 names."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None


def day_of(now_us: int) -> date:
    """The UTC day of a moment."""
    return datetime.fromtimestamp(now_us / 1_000_000, UTC).date()


def ungrantable(connector: Row, today: date) -> str | None:
    """Why nothing of a connector may be granted, as a sentence with the way out; None when everything is said."""
    name = connector["id"]
    missing = [what for key, what in _SAID if not connector[key].strip()]
    if missing:
        return f"nobody has said of `{name}` {' nor '.join(missing)}: add it (`bailiwick connector add {name}`)"
    due, fix = read_date(connector["review_by"]), f"`bailiwick connector review {name} --next DATE`"
    if due is None:
        return f"nobody has said when `{name}` is reviewed next, so nothing of it can be granted: {fix}"
    if due < today:
        return f"the review of `{name}` was due on {due.isoformat()}, so nothing of it can be granted: {fix}"
    return None


def grant_problems(charter: Charter, connectors: Mapping[str, Row], today: date) -> Iterator[Problem]:
    """An error for every grant of a connector of which nothing may be granted."""
    for at, grant in enumerate(charter.grants):
        row = connectors.get(grant.action.partition(".")[0])
        trouble = ungrantable(row, today) if row else None
        if trouble:
            yield Problem(("can", at, "do"), trouble)


def granted_connectors(shelf: Shelf, charter: Charter) -> dict[str, Row]:
    """The connectors that a charter grants anything of, as the writer sees them."""
    names = {grant.action.partition(".")[0] for grant in charter.grants}
    return {name: row for name in names if (row := shelf.get("connector", name))}

"""What needs a person now, the most pressing first; every item says what it is about, never where a page lies."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

import orjson

from bailiwick.flow.fact import DAY_US
from bailiwick.flow.lateness import lateness
from bailiwick.flow.people import People
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

AttentionKind = Literal[
    "halt", "approval", "unknown", "quarantine", "secret", "catalogue", "proposal", "review", "anchor", "record"
]
"""What the subject is: a scope, an approval, an action, a connector (quarantine, secret, catalogue), a charter, either
of the last two (review), a place that holds the record, or the record itself."""
SOON_US: Final = 7 * DAY_US
REVIEW_SOON: Final = timedelta(days=14)
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing a person should look at: its kind, the id of what it is about, a sentence, and since when."""

    kind: AttentionKind
    subject: str
    text: str
    since_us: int


def attention(reader: Reader, now_us: int) -> tuple[Attention, ...]:
    """Halts, waiting approvals, unknown outcomes, credentials and reviews that are due; the oldest first in each."""
    people = People.read(reader)
    found = [
        *_halts(reader, people),
        *_record(reader, now_us),
        *_approvals(reader, now_us),
        *_unknown(reader),
        *_quarantine(reader),
        *_connectors(reader, now_us),
        *_proposals(reader, people),
        *_reviews(reader, now_us),
    ]
    return tuple(found)


def open_approvals(reader: Reader, now_us: int) -> int:
    """How many approvals wait for a vote: the number that stands in the navigation."""
    return len(_open(reader, now_us))


def _record(reader: Reader, now_us: int) -> list[Attention]:
    late = lateness(reader, now_us)
    found = [Attention("record", "record", late.sentence, late.since_us)] if late else []
    for row in reader.rows("anchor_place", {"state": ["alarm", "late"]}, limit=MOST):
        told = "contradicts the record" if row["state"] == "alarm" else "does not take checkpoints"
        since = row["anchored_us"] or row["added_us"]
        found.append(Attention("anchor", row["id"], f"the place `{row['id']}` {told}: {row['trouble']}", since))
    return found


def _halts(reader: Reader, people: People) -> list[Attention]:
    rows = sorted(reader.rows("halt", limit=MOST), key=lambda row: row["set_us"])
    return [
        Attention(
            "halt",
            row["id"],
            f"`{row['id']}` is halted by {people.name(row['set_by'])}: {row['reason']}",
            row["set_us"],
        )
        for row in rows
    ]


def _open(reader: Reader, now_us: int) -> list[Row]:
    rows = reader.rows("approval", {"status": "open"}, limit=1000, ascending=True)
    return [row for row in rows if row["expires_us"] > now_us]


def _approvals(reader: Reader, now_us: int) -> list[Attention]:
    return [
        Attention("approval", row["id"], f"{row['agent']} asks for `{row['name']}`", row["opened_us"])
        for row in _open(reader, now_us)[:MOST]
    ]


def _unknown(reader: Reader) -> list[Attention]:
    rows = reader.rows("action", {"state": "unknown"}, limit=MOST, ascending=True)
    text = "nobody knows whether `{name}` of {agent} happened; look, then reconcile it"
    return [
        Attention("unknown", row["id"], text.format(name=row["name"], agent=row["agent"]), row["at_us"]) for row in rows
    ]


def _quarantine(reader: Reader) -> list[Attention]:
    """A reviewed tool each, whose grants are suspended; of new ones, which nobody can use anyway, only how many."""
    found, new = [], dict[str, list[Row]]()
    for row in sorted(reader.rows("quarantine", limit=10_000), key=lambda row: row["since_us"]):
        if row["change"] == "appeared":
            new.setdefault(row["connector"], []).append(row)
        else:
            text = f"{row['sentence']}; its grants are suspended until somebody has reviewed it"
            found.append(Attention("quarantine", row["connector"], text, row["since_us"]))
    for connector, rows in new.items():
        count = f"{len(rows)} new tools" if len(rows) > 1 else "a new tool"
        text = f"`{connector}` offers {count}, hidden until somebody has reviewed {'them' if len(rows) > 1 else 'it'}"
        found.append(Attention("quarantine", connector, text, rows[0]["since_us"]))
    return found[:MOST]


def _connectors(reader: Reader, now_us: int) -> list[Attention]:
    found = []
    for row in reader.rows("connector", limit=MOST, ascending=True):
        name = row["id"]
        if row["secret_set_us"] is not None:
            end = row["secret_set_us"] + row["secret_max_age_days"] * DAY_US
            if end <= now_us:
                text = f"the credential of `{name}` is too old, so its actions are refused; set a new one"
                found.append(Attention("secret", name, text, end))
            elif end - now_us <= SOON_US:
                days = (end - now_us) // DAY_US
                text = f"the credential of `{name}` has to be renewed within {days + 1} days"
                found.append(Attention("secret", name, text, row["secret_set_us"]))
        if not row["catalogue"]:
            text = f"no tool of `{name}` is reviewed, so none can be used; import its catalogue"
            found.append(Attention("catalogue", name, text, row["added_us"]))
    return found


def _proposals(reader: Reader, people: People) -> list[Attention]:
    rows = reader.rows("charter_version", {"status": "proposed"}, limit=MOST, ascending=True)
    heads = {row["id"]: row for row in reader.rows("charter", limit=1000, ascending=True)}
    found = []
    for row in rows:
        head = heads.get(row["charter"])
        if head is None or row["version"] > head["version"]:
            who = people.name(row["proposed_by"])
            text = f"{who} wants charter `{row['charter']}` to allow more or other things; both owners have to agree"
            found.append(Attention("proposal", row["charter"], text, row["at_us"]))
    return found


def _reviews(reader: Reader, now_us: int) -> list[Attention]:
    today = datetime.fromtimestamp(now_us / 1_000_000, UTC).date()
    found = []
    for row in reader.rows("connector", limit=MOST, ascending=True):
        found += _review(f"connector `{row['id']}`", row["id"], row["review_by"], row["added_us"], today)
    for head in reader.rows("charter", limit=MOST, ascending=True):
        body = reader.document(head["digest"])
        due = orjson.loads(body)["owner"]["review_by"] if body else ""
        found += _review(f"charter `{head['id']}`", head["id"], due, head["published_us"], today)
    return found


def _review(what: str, subject: str, review_by: str, since_us: int, today: date) -> list[Attention]:
    due = _date(review_by)
    if due is None or due - REVIEW_SOON > today:
        return []
    word = "was due" if due < today else "is due"
    return [Attention("review", subject, f"the review of {what} {word} on {due.isoformat()}", since_us)]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

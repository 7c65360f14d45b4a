"""Events as CloudEvents 1.0 (structured mode, JSON). Pure: the same event gives the same bytes.

`data.leaf` is the leaf as it stands on the record; written as canonical JSON it has the hash in `leafhash`, so whoever
gets the event can look it up in the log and check it. `sequence` is the CNCF extension of that name.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bailiwick.flow.export_event import ExportEvent
from bailiwick.ledger.merkle import leaf_hash

PREFIX: Final = "bailiwick."
SCHEMA_NAME: Final = "urn:bailiwick:event:1"
_WIDTH: Final = 16
_SECOND_US: Final = 1_000_000

About = Callable[[Mapping[str, Any]], Any]


def _named(*names: str) -> About:
    """The first of these that the leaf has, at its top or in its data."""
    return lambda leaf: next((found for name in names if (found := leaf.get(name) or leaf["data"].get(name))), None)


ABOUT: Final[Mapping[str, About]] = {
    "installation": lambda _: "installation",
    "person": _named("person"),
    "connector": _named("connector"),
    "catalogue": _named("connector"),
    "tool": lambda leaf: f"{leaf['data']['connector']}__{leaf['data']['tool']}",
    "charter": _named("name"),
    "trial": _named("name"),
    "agent": _named("name"),
    "token": _named("agent", "person"),
    "behaviour": _named("behaviour"),
    "run": _named("run"),
    "action": _named("action", "agent"),
    "approval": _named("approval"),
    "halt": _named("scope"),
    "server": _named("server"),
    "anchor": _named("place"),
    "retention": _named("class"),
    "subject": _named("subject"),
    "record": _named("place", "manifest", "class"),
}
"""What an event is about, by its noun; without one, or where it names nothing, about whoever acted."""


def cloud_event(told: ExportEvent) -> dict[str, Any]:
    """One event. Its payload, where it was asked for, stands beside the leaf in `data`."""
    leaf = told.event.leaf
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": leaf["id"],
        "source": f"//{told.origin}",
        "type": PREFIX + leaf["type"],
        "subject": subject_of(leaf),
        "time": moment_text(leaf["at_us"]),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA_NAME,
        "sequence": f"{told.event.index:0{_WIDTH}d}",
        "leafhash": leaf_hash(told.event.body).hex(),
        "data": {"leaf": leaf},
    }
    if told.payload is not None:
        document["data"]["payload"] = told.payload
    if told.erased:
        document["data"]["erased"] = True
    return document


def subject_of(leaf: Mapping[str, Any]) -> str:
    """What the event is about: an action, a run, a person, a connector's tool."""
    noun = str(leaf["type"]).partition(".")[0]
    about = ABOUT.get(noun)
    found = about(leaf) if about else None
    return str(found or f"{leaf['actor']['kind']}:{leaf['actor']['id']}")


def moment_text(at_us: int) -> str:
    """RFC 3339, in UTC, to the microsecond."""
    seconds, rest = divmod(at_us, _SECOND_US)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"

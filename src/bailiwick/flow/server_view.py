"""The servers of an installation as people see them."""

from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.flow.server import LIVE, TABLE
from bailiwick.ports.reader import Reader

ServerState = Literal["live", "silent", "stopped", "lost"]
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ServerView:
    """One `bailiwick up`. Silent is one that gave no sign of life for a lease and is not settled yet.

    `open_actions` are those it is carrying out now; `answered` says that it is the one that answers here.
    """

    id: str
    address: str
    version: str
    state: ServerState
    started_us: int
    beat_us: int
    ended_us: int | None
    open_actions: int
    answered: bool


def servers(reader: Reader, me: str, lease_us: int, now_us: int) -> tuple[ServerView, ...]:
    """Those that serve first, then those that served lately; the newest first in each. Blocks."""
    found = []
    for row in reader.rows(TABLE, limit=MOST):
        live = row["state"] == LIVE
        state: ServerState = "silent" if live and row["beat_us"] < now_us - lease_us else row["state"]
        under_way = reader.count("action", {"state": "open", "server": row["id"]}) if live else 0
        shown = {name: row[name] for name in ("id", "address", "version", "started_us", "beat_us", "ended_us")}
        found.append(ServerView(**shown, state=state, open_actions=under_way, answered=row["id"] == me))
    return tuple(sorted(found, key=lambda view: view.state in ("stopped", "lost")))

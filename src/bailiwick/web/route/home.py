"""The first page: what needs attention, how today went, what waits for this person."""

from collections.abc import Mapping
from statistics import median_low
from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.flow.attention import Attention, attention
from bailiwick.flow.fact import DAY_US
from bailiwick.flow.run_view import read_runs
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.web import wording
from bailiwick.web.home import AttentionRow, Figure, HomeScreen
from bailiwick.web.page import render
from bailiwick.web.route.approval import waiting_for
from bailiwick.web.route.run import run_row
from bailiwick.web.visit import Visit, visit_of

MOST_COUNTED: Final = 3_000
"""Events of today that are counted; a busier day shows a figure with a plus."""
_MARKS: Final[Mapping[str, tuple[str, str, str]]] = {
    "halt": ("bad", "stop", "Halted"),
    "approval": ("warn", "approvals", "Approval"),
    "unknown": ("odd", "question", "Unknown"),
    "quarantine": ("odd", "alert", "Quarantined"),
    "secret": ("warn", "key", "Credential"),
    "catalogue": ("odd", "connectors", "Not reviewed"),
    "proposal": ("warn", "agents", "Proposal"),
    "review": ("busy", "clock", "Review"),
    "anchor": ("bad", "alert", "Anchor"),
    "record": ("warn", "clock", "Unsigned"),
}


async def show(request: Request) -> Response:
    """GET /"""
    return render(request, "home.html", await run_sync(_screen, visit_of(request)))


def _screen(visit: Visit) -> HomeScreen:
    here = visit.here
    runs = read_runs(here.reader, here.policies, visit.now_us).page(limit=8)
    rows = tuple(_row(item, here.reader) for item in attention(here.reader, visit.now_us))
    mine, _ = waiting_for(visit)
    return HomeScreen(rows, _figures(here.reader, visit.now_us), mine[:3], tuple(run_row(line) for line in runs.items))


def _row(item: Attention, reader: Reader) -> AttentionRow:
    tone, icon, word = _MARKS[item.kind]
    text = item.text if item.kind == "approval" else item.text[:1].upper() + item.text[1:]
    return AttentionRow(tone, icon, word, text, _address(item, reader), item.since_us)


def _address(item: Attention, reader: Reader) -> str:
    match item.kind:
        case "halt":
            return "/halt"
        case "approval":
            return f"/approvals/{item.subject}"
        case "unknown":
            return f"/actions/{item.subject}"
        case "quarantine":
            return f"/connectors/{item.subject}/review"
        case "secret" | "catalogue":
            return f"/connectors/{item.subject}"
    if item.kind in ("anchor", "record"):
        return "/record/anchors" if item.kind == "anchor" else "/record"
    if item.kind == "review" and reader.row("connector", item.subject):
        return f"/connectors/{item.subject}"
    agents = reader.rows("agent", {"charter": item.subject}, limit=1)
    return f"/agents/{agents[0]['id']}" if agents else "/agents"


def _figures(reader: Reader, now_us: int) -> tuple[Figure, ...]:
    counts, cut = _today(reader, now_us)
    total, plus = sum(counts.values()), "+" if cut else ""
    denied = counts["deny"]
    share = f"{100 * denied / total:.1f}% of them" if total else ""
    running = reader.count("run", {"status": "open"})
    waits = _waits(reader, now_us)
    return (
        Figure("Actions today", f"{total:,}{plus}", "since midnight UTC", "/record"),
        Figure("Denied", f"{denied:,}{plus}", share, "/record?verdict=deny"),
        Figure("Asked", f"{counts['ask']:,}{plus}", "for a person's consent", "/record?verdict=ask"),
        Figure("Median wait for a person", wording.span(median_low(waits)) if waits else "–", "in the last week"),
        Figure("Runs in progress", str(running), "", "/runs?state=open"),
    )


def _today(reader: Reader, now_us: int) -> tuple[dict[str, int], bool]:
    """Verdicts since midnight UTC, and whether there were more events than are counted."""
    midnight, counts = now_us - now_us % DAY_US, {"allow": 0, "ask": 0, "deny": 0}
    before: int | None = None
    seen = 0
    while seen < MOST_COUNTED:
        events = reader.events(EventFilter(), before=before, limit=500)
        for event in events:
            if event.leaf["at_us"] < midnight:
                return counts, False
            verdict = event.leaf["data"].get("verdict")
            if verdict in counts:
                counts[verdict] += 1
        seen += len(events)
        if len(events) < 500:
            return counts, False
        before = events[-1].index
    return counts, True


def _waits(reader: Reader, now_us: int) -> list[int]:
    """How long the requests of the last week waited for their last vote."""
    rows = reader.rows("approval", limit=200)
    recent = [row for row in rows if row["votes"] and row["opened_us"] > now_us - 7 * DAY_US]
    return [row["votes"][-1][4] - row["opened_us"] for row in recent]


ROUTES = [Route("/", show)]

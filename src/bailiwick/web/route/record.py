"""The record: searched, verified, and one event with its proof and its reasons."""

import asyncio
from datetime import UTC, datetime
from shlex import quote
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.flow.anchored import Anchored, anchored, check_kept
from bailiwick.flow.export import export_files
from bailiwick.flow.installation import Installation
from bailiwick.flow.lateness import freshen, lateness
from bailiwick.flow.people import People
from bailiwick.flow.proof import Prover
from bailiwick.flow.record_tree import RecordTree
from bailiwick.ledger import bundle
from bailiwick.ports.reader import EventFilter
from bailiwick.web.page import render, wants_fragment
from bailiwick.web.record import EventRow, EventScreen, Head, Mistake, RecordScreen, Verified, Why
from bailiwick.web.route.sentence import Teller
from bailiwick.web.view import Choice, Detail, Form, Pager
from bailiwick.web.visit import Visit, visit_of
from bailiwick.web.wording import counted

PAGE: Final = 50
FIELDS: Final = ("actor", "agent", "tool", "verdict", "type", "run", "since", "until")
_VERDICTS: Final = (Choice("allow", "Allowed"), Choice("ask", "Asked"), Choice("deny", "Denied"))


async def search(request: Request) -> Response:
    """GET /record: the filter is in the address."""
    visit, query = visit_of(request), request.query_params
    asked = {name: query.get(name, "").strip() for name in FIELDS}
    at = (_index(query.get("before")), _index(query.get("after")))
    screen = await run_sync(_search, visit, asked, at)
    return render(request, "record.html", screen, status=422 if screen.form.errors else 200)


async def verify(request: Request) -> Response:
    """POST /record/verify: sign the record as it stands, export it, and check every byte of that."""
    here = visit_of(request).here
    async with request.app.state.verifying:
        await freshen(here.store)
        screen = await run_sync(_verify, here)
    return render(request, "verified.html" if wants_fragment(request) else "verify.html", screen)


async def verify_page(_: Request) -> Response:
    """GET /record/verify: the address that a form without script leaves behind."""
    return Response(status_code=303, headers={"location": "/record"})


async def show(request: Request) -> Response:
    """GET /record/{index}"""
    visit, index = visit_of(request), _index(request.path_params["index"])
    if index is None:
        raise HTTPException(404)
    head = await run_sync(visit.here.reader.head)
    if head is None or head.size <= index:
        await freshen(visit.here.store)
    return render(request, "event.html", await run_sync(_event, visit, request.app.state.prover, index))


def _index(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def _search(visit: Visit, asked: dict[str, str], at: tuple[int | None, int | None]) -> RecordScreen:
    here = visit.here
    people = People.read(here.reader)
    errors: dict[str, str] = {}
    wanted = event_filter(here, people, asked, errors)
    query = urlencode({name: value for name, value in asked.items() if value})
    events, pages = ([], Pager()) if errors else _page(here, wanted, at, query)
    teller = Teller(here.reader, here.policies, people)
    agents = here.reader.rows("agent", limit=500, ascending=True)
    narrowed = {name: value for name in FIELDS if (value := asked[name])}
    if wanted.actor:
        narrowed["actor"] = wanted.actor
    return RecordScreen(
        form=Form(asked, errors),
        agents=tuple(Choice(row["id"], row["id"]) for row in agents),
        types=tuple(Choice(kind.value, kind.value) for kind in sorted(EventType)),
        verdicts=_VERDICTS,
        rows=tuple(event_row(teller, event) for event in events),
        head=_head(here),
        command=" ".join(("bailiwick record list", *(f"--{name} {quote(value)}" for name, value in narrowed.items()))),
        address="GET /v1/record/events" + (f"?{urlencode(narrowed)}" if narrowed else ""),
        query=query,
        pages=pages,
    )


def event_filter(here: Installation, people: People, asked: dict[str, str], errors: dict[str, str]) -> EventFilter:
    """What the fields of a search mean; a field that means nothing is told in `errors`."""
    return EventFilter(
        type=asked["type"] or None,
        actor=_actor(here, people, asked["actor"], errors),
        agent=asked["agent"] or None,
        run=asked["run"] or None,
        tool=asked["tool"].rpartition("__")[2] or None,
        verdict=asked["verdict"] or None,
        since_us=_moment(asked, "since", errors),
        until_us=_moment(asked, "until", errors),
    )


def _page(
    here: Installation, wanted: EventFilter, at: tuple[int | None, int | None], query: str
) -> tuple[list[RecordedEvent], Pager]:
    """Newest first, with one more event than is shown to see whether there is a next page."""
    before, after = at
    if after is not None:
        events = here.reader.events(wanted, before=after, limit=PAGE + 1, ascending=True)[::-1]
        newer, older, events = len(events) > PAGE, True, events[-PAGE:]
    else:
        events = here.reader.events(wanted, before=before, limit=PAGE + 1)
        newer, older, events = before is not None, len(events) > PAGE, events[:PAGE]
    if not events:
        return [], Pager()
    kept = f"&{query}" if query else ""
    return events, Pager(
        f"/record?after={events[0].index}{kept}" if newer else "",
        f"/record?before={events[-1].index}{kept}" if older else "",
    )


def _actor(here: Installation, people: People, text: str, errors: dict[str, str]) -> str | None:
    """Who is meant by a name, an address or an id."""
    if not text or ":" in text:
        return text or None
    named = [row["id"] for row in people.rows.values() if row["name"].casefold() == text.casefold()]
    known = people.by_email(text.lower()) or people.rows.get(text)
    if known or named:
        return f"person:{known['id'] if known else named[0]}"
    if here.reader.row("agent", text):
        return f"agent:{text}"
    if text.casefold() in ("bailiwick", "system"):
        return "system:bailiwick"
    errors["actor"] = f"nobody here is called `{text}`; write an agent's name, or a person's name or address"
    return None


def _moment(asked: dict[str, str], name: str, errors: dict[str, str]) -> int | None:
    text = asked[name]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        errors[name] = f"`{text}` is no time; write 2026-11-22T09:00"
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def event_row(teller: Teller, event: RecordedEvent) -> EventRow:
    """A line of the record, with what happened as a sentence."""
    leaf, data = event.leaf, event.leaf["data"]
    agent = leaf["actor"]["id"] if leaf["actor"]["kind"] == "agent" else data.get("agent", "")
    return EventRow(
        index=event.index,
        at_us=leaf["at_us"],
        type=leaf["type"],
        text=teller.tell(event),
        actor=teller.actor(leaf),
        agent=str(agent),
        tool=str(data.get("name") or data.get("tool") or ""),
        verdict=str(data.get("verdict", "")),
        run=str(leaf.get("run", "")),
        action=str(leaf.get("action") or ""),
    )


def _head(here: Installation) -> Head:
    head, key = here.reader.head(), here.log_key
    late, held = lateness(here.reader, here.clock.now_us()), anchored(here.reader)
    told = late.sentence if late else ""
    if late and (why := here.signing_trouble()):
        told += f": {why}"
    by_others = (held.words, held.size, _since(held), told)
    if head is None:
        return Head(0, "", 0, key, *by_others)
    return Head(head.size, f"sha256:{head.root.hex()}", head.at_us, key, *by_others)


def _since(held: Anchored) -> int:
    return max((one.at_us for one in held.newest if one.size == held.size), default=0)


def _verify(here: Installation) -> Verified:
    start = here.clock.now_us()
    files = export_files(here.reader, here.log_key)
    findings = bundle.verify(files, here.log_key)
    findings += check_kept(here.reader, RecordTree(here.reader), here.anchoring.kinds)
    held = anchored(here.reader)
    end = here.clock.now_us()
    head = here.reader.head()
    return Verified(
        events=head.size if head else 0,
        payloads=sum(name.startswith("payload/") for name in files),
        took_us=end - start,
        at_us=end,
        anchored=held.words,
        anchored_size=held.size,
        anchored_us=_since(held),
        mistakes=tuple(Mistake(finding.file, finding.what) for finding in findings[:100]),
    )


def _event(visit: Visit, prover: Prover, index: int) -> EventScreen:
    here = visit.here
    found = here.reader.events(EventFilter(), before=index + 1, limit=1)
    if not found or found[0].index != index:
        raise HTTPException(404)
    event, leaf = found[0], found[0].leaf
    teller = Teller(here.reader, here.policies, People.read(here.reader))
    payload = teller.payload(event) if leaf.get("payload") else {}
    proof = prover.prove(index)
    return EventScreen(
        row=event_row(teller, event),
        leaf=event.body.decode(),
        payload=None if payload is None else _pretty(payload),
        details=_details(teller, event),
        proof=tuple(f"sha256:{name}" for name in proof.hashes) if proof else (),
        head=_head(here),
        command=f"bailiwick record list --action {leaf['action']}" if leaf.get("action") else _like(leaf["type"]),
        why=_why(payload) if payload and "verdict" in payload else None,
        leaf_hash=f"sha256:{proof.leaf_hash}" if proof else "",
    )


def _like(kind: str) -> str:
    return f"bailiwick record list --type {kind}"


def _pretty(payload: Any) -> str:
    return orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode() if payload else ""


def _details(teller: Teller, event: RecordedEvent) -> tuple[Detail, ...]:
    leaf, data = event.leaf, event.leaf["data"]
    found = [
        Detail("Time", leaf["at_us"], "time"),
        Detail("Actor", teller.actor(leaf)),
        Detail("Event", leaf["id"], "code"),
    ]
    if leaf.get("action"):
        found.append(Detail("Action", leaf["action"], "code"))
    if data.get("approval"):
        found.append(Detail("Approval", data["approval"], "code", f"/approvals/{data['approval']}"))
    for name, label in (("charter", "Charter version"), ("catalogue", "Catalogue version")):
        if str(data.get(name, "")).startswith("sha256:"):
            found.append(Detail(label, data[name], "digest"))
    return tuple(found)


def _why(payload: Any) -> Why:
    """The decision as it was made: what was asked, which rules matched, and every fact that was read."""
    verdict, facts, request = payload["verdict"], payload["facts"], payload["request"]
    run = facts["run"]
    shown = [
        Detail("Asked", f"{request['connector']}__{request['tool']}", "code"),
        Detail("Action digest", request["digest"], "digest"),
        Detail("Run", f"{run[0]}, {counted(run[1], 'call')} before, {run[3]} of them the same"),
        Detail("Halts that covered it", ", ".join(halt[0] for halt in facts["halts"]) or "none"),
        Detail("Identical call still open", facts["twin"][0] if facts["twin"] else "none"),
        Detail("Consent", f"{facts['approval'][0]}, {facts['approval'][1]}" if facts["approval"] else "none"),
    ]
    shown += [Detail(f"Sum {name}", f"{total:,}") for name, total in facts["totals"].items()]
    for name, label in (("revoked", "Agent"), ("connector_stop", "Connector"), ("schema_error", "Arguments")):
        if facts[name]:
            shown.append(Detail(label, facts[name]))
    shown.append(Detail("Decided by", facts["decider"], "code"))
    return Why(verdict["sentence"], tuple(verdict["rules"]), str(verdict.get("code", "")), tuple(shown))


def one_at_a_time() -> asyncio.Semaphore:
    """Verifying reads everything: one is enough."""
    return asyncio.Semaphore(1)


ROUTES = [
    Route("/record", search),
    Route("/record/verify", verify_page),
    Route("/record/verify", verify, methods=["POST"]),
    Route("/record/{index}", show),
]

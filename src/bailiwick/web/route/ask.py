"""Ask the record: the question and its conditions are in the address; a saved search is a short address for them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from shlex import quote
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.answer import AnswerPage, ask
from bailiwick.flow.inquiry import Inquiry, QuestionName, read_inquiry, read_question
from bailiwick.flow.installation import Installation
from bailiwick.flow.people import People
from bailiwick.flow.saved_search import DropSearch, SavedSearch, SaveSearch, inquiry_of, saved_search, searches_of
from bailiwick.web.ask import AskScreen, QuestionCard, SearchRow
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.route.answer_row import answer_row
from bailiwick.web.view import Choice, Form, Pager
from bailiwick.web.visit import Visit, back_to, visit_of

PAGE: Final = 50
FIELDS: Final = ("run", "agent", "person", "data_class", "thing", "tool", "since", "until", "zone")
CARDS: Final = (
    QuestionCard("who", "Who asked?", "The agent, the person it worked for, and whoever consented.", "people"),
    QuestionCard("policy", "Which policy applied?", "The charter version, the rules, and the reason.", "charters"),
    QuestionCard("data", "What data was touched?", "Data classes and objects, read, sent or denied.", "record"),
    QuestionCard("tool", "Which tool acted?", "The tool, how it ended, and what shows that.", "connectors"),
    QuestionCard("changed", "What changed?", "In the systems behind the connectors, and in the rules.", "arrow"),
)
COLUMNS: Final[Mapping[QuestionName, tuple[str, ...]]] = {
    "who": ("When", "Who asked", "What", "Answer", "Consent", "Event"),
    "policy": ("When", "What", "Answer", "Charter", "Rules and reason", "Event"),
    "data": ("When", "What", "Data classes", "Objects", "Outcome", "Event"),
    "tool": ("When", "Tool", "What", "Outcome", "Event"),
    "changed": ("When", "Who", "What", "Objects", "Outcome", "Event"),
}
ZONES: Final = ("UTC", "Europe/Madrid", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo")


async def show(request: Request) -> Response:
    """GET /ask"""
    visit, query = visit_of(request), request.query_params
    asked = {name: query.get(name, "").strip() for name in FIELDS}
    question, before = query.get("question", ""), query.get("before") or None
    await visit.here.index.catch_up()
    screen = await run_sync(_screen, visit, question, asked, before)
    return render(request, "ask.html", screen, status=422 if screen.form.errors else 200)


async def save(request: Request) -> Response:
    """POST /ask/searches"""
    visit = visit_of(request)
    asked, name, question = visit.sent.values(*FIELDS), visit.sent.one("name"), visit.sent.one("question")
    try:
        inquiry, errors = await run_sync(_inquiry, visit.here, read_question(question), asked)
        if inquiry is None:
            raise Refusal("invalid", next(iter(errors.values())))
        row = await visit.here.store.commit(SaveSearch(visit.who["id"], name, inquiry))
    except Refusal as error:
        screen = await run_sync(_screen, visit, question, {**asked, "name": name}, None)
        form = Form(screen.form.values, {**screen.form.errors, "name": sentence(error)})
        shown = AskScreen(**{**_values(screen), "form": form})
        return render(request, "ask.html", shown, status=STATUS[error.code])
    return back_to(f"/ask/searches/{row['id']}", "search-saved")


async def follow(request: Request) -> Response:
    """GET /ask/searches/{id}: the answers to a saved search, whoever saved it."""
    visit = visit_of(request)
    found = await run_sync(saved_search, visit.here.reader, request.path_params["id"])
    await visit.here.index.catch_up()
    screen = await run_sync(_saved, visit, found)
    return render(request, "ask.html", screen)


async def drop(request: Request) -> Response:
    """POST /ask/searches/{id}/delete"""
    visit = visit_of(request)
    await visit.here.store.commit(DropSearch(request.path_params["id"], visit.who["id"]))
    return back_to("/ask", "search-deleted")


def _values(screen: AskScreen) -> dict[str, Any]:
    return {name: getattr(screen, name) for name in screen.__dataclass_fields__}


def _saved(visit: Visit, found: SavedSearch) -> AskScreen:
    inquiry = inquiry_of(visit.here.reader, found)
    asked = dict.fromkeys(FIELDS, "")
    for name, value in inquiry.asked().items():
        asked[name.removesuffix("_us")] = _local(value, UTC) if isinstance(value, int) else str(value)
    screen = _screen(visit, found.question, asked, None)
    return AskScreen(**{**_values(screen), "title": found.name, "saved": found.id})


def _screen(visit: Visit, question: str, asked: Mapping[str, str], before: str | None) -> AskScreen:
    here = visit.here
    searches = tuple(_search(one) for one in searches_of(here.reader, visit.who["id"]))
    if not question:
        return AskScreen(CARDS, searches=searches)
    chosen = read_question(question)
    inquiry, errors = _inquiry(here, chosen, asked)
    people = People.read(here.reader)
    page = AnswerPage((), None)
    if inquiry is not None:
        try:
            page = ask(here.index, inquiry, before=before, limit=PAGE, people=people)
        except Refusal as error:
            errors["since"] = sentence(error)
    zone = _zone(asked["zone"]) or UTC
    query = urlencode({name: value for name, value in asked.items() if value and name in FIELDS})
    kept = f"&{query}" if query else ""
    at = f"/ask?question={chosen}{kept}"
    return AskScreen(
        questions=CARDS,
        question=chosen,
        title=next(card.title for card in CARDS if card.name == chosen),
        form=Form(dict(asked), errors),
        agents=tuple(Choice(row["id"], row["id"]) for row in here.reader.rows("agent", limit=500, ascending=True)),
        classes=tuple(Choice(name, name) for name in _classes(here)),
        zones=ZONES,
        columns=COLUMNS[chosen],
        rows=tuple(answer_row(line, zone) for line in page.items),
        searches=searches,
        pages=Pager(at if before else "", f"{at}&before={page.next}" if page.next else ""),
        query=query,
        narrowed=any(asked[name] for name in FIELDS if name != "zone"),
        command=_command(chosen, inquiry),
        address=_address(chosen, inquiry),
    )


def _inquiry(
    here: Installation, question: QuestionName, asked: Mapping[str, str]
) -> tuple[Inquiry | None, dict[str, str]]:
    """What is asked, or what is wrong with it field by field."""
    errors: dict[str, str] = {}
    found: dict[str, Any] = {name: asked.get(name) for name in ("run", "agent", "data_class", "tool")}
    zone = _zone(asked["zone"])
    if zone is None:
        errors["zone"] = f"`{asked['zone']}` is no time zone; write one such as Europe/Madrid"
    for name in ("since", "until"):
        try:
            found[f"{name}_us"] = _moment(asked[name], zone or UTC)
        except (ValueError, OverflowError):
            errors[name] = f"`{asked[name]}` is no time; write 2026-11-22T09:00"
    for name, text in (("thing", asked["thing"]), ("person", _address_of(here, asked["person"]))):
        try:
            read_inquiry(here.reader, question, {name: text})
            found[name] = text
        except Refusal as error:
            errors[name] = sentence(error)
    return (None if errors else read_inquiry(here.reader, question, found)), errors


def _address_of(here: Installation, text: str) -> str:
    """A person may be meant by name, too."""
    people = People.read(here.reader).rows.values() if text and "@" not in text else ()
    return next((str(row["id"]) for row in people if row["name"].casefold() == text.casefold()), text)


def _zone(text: str) -> Any:
    if not text:
        return UTC
    return ZoneInfo(text) if text in available_timezones() else None


def _moment(text: str, zone: Any) -> int | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1_000_000)


def _local(us: int, zone: Any) -> str:
    return datetime.fromtimestamp(us / 1_000_000, zone).strftime("%Y-%m-%dT%H:%M:%S")


def _classes(here: Installation) -> list[str]:
    """Every data class that a catalogue in force names."""
    found = {"unclassified"}
    for connector in here.policies.connectors():
        for entry in here.policies.tools(here.policies.catalogue_in_force(connector)).catalogue.actions:
            found |= {name for name in (entry.sends, entry.reads and entry.reads.constant) if name}
            found |= set(entry.reads.classes.values()) if entry.reads else set()
    return sorted(found)


def _flat(inquiry: Inquiry | None) -> dict[str, str]:
    asked = inquiry.asked() if inquiry else {}
    return {
        name.removesuffix("_us"): f"{_local(value, UTC)}Z" if isinstance(value, int) else value
        for name, value in asked.items()
    }


def _command(question: str, inquiry: Inquiry | None) -> str:
    options = {"data_class": "class", "thing": "object"}
    told = (f"--{options.get(name, name)} {quote(value)}" for name, value in _flat(inquiry).items())
    return " ".join((f"bailiwick ask {question}", *told))


def _address(question: str, inquiry: Inquiry | None) -> str:
    flat = _flat(inquiry)
    return f"GET /v1/questions/{question}" + (f"?{urlencode(flat)}" if flat else "")


def _search(saved: SavedSearch) -> SearchRow:
    title = next((card.title for card in CARDS if card.name == saved.question), saved.question)
    about = ", ".join(
        f"{name.removesuffix('_us').replace('_', ' ')} {_local(value, UTC) if isinstance(value, int) else value}"
        for name, value in saved.asked.items()
    )
    return SearchRow(saved.id, saved.name, title, about or "everything")


ROUTES = [
    Route("/ask", show),
    Route("/ask/searches", save, methods=["POST"]),
    Route("/ask/searches/{id}", follow),
    Route("/ask/searches/{id}/delete", drop, methods=["POST"]),
]

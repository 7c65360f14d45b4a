"""Two versions of a charter compared, and the owners' agreement, going back and tags."""

from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.charter_change import ChangedTerm
from bailiwick.core.compare import ActionComparison, Example, Relation
from bailiwick.core.example_words import answer_words, call_words, facts_words
from bailiwick.core.refusal import Refusal
from bailiwick.core.verdict import verdict_word
from bailiwick.flow.charter_owner import demand_charter, owner_voices
from bailiwick.flow.charter_version import compare_texts, find_version, tags_of
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.publishing import move_tag, roll_back, second_version, withdraw_version
from bailiwick.flow.source import SourceError
from bailiwick.ports.store import Row
from bailiwick.web.charter_version import ComparedRow, CompareScreen, ExampleRow, TermRow, VersionOption, VoiceRow
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.view import BLANK, Form
from bailiwick.web.visit import Visit, back_to, visit_of

MOST_VERSIONS: Final = 100
_TERMS: Final = {
    "owner": "Who answers for it",
    "workflow": "Workflow",
    "cannot": "Prohibition",
    "sla": "Service level",
    "evaluation": "Evaluation suite",
    "purpose": "Purpose",
    "review_by": "Review by",
}


async def show(request: Request) -> Response:
    """GET /charters/{name}/compare, with ?before= and ?after= two versions."""
    query = request.query_params
    name = request.path_params["name"]
    screen = await run_sync(_screen, visit_of(request), name, query.get("before", ""), query.get("after", ""), BLANK)
    return render(request, "charter_compare.html", screen)


async def act(request: Request) -> Response:
    """POST /charters/{name}/compare"""
    visit, name = visit_of(request), request.path_params["name"]
    sent = visit.sent
    before, after = sent.one("before"), sent.one("after")
    try:
        said, path = await _act(visit, name, after)
    except SourceError as error:
        form, status = Form(problem=f"It cannot be published now. {error.problems[0]}"), 422
    except Refusal as error:
        form, status = Form(sent.values("tag"), problem=sentence(error)), STATUS[error.code]
    else:
        return back_to(path, said)
    screen = await run_sync(_screen, visit, name, before, after, form)
    return render(request, "charter_compare.html", screen, status=status)


async def _act(visit: Visit, name: str, after: str) -> tuple[str, str]:
    what, sent, page = visit.sent.one("do"), visit.sent, f"/charters/{name}"
    if what == "agree":
        row = await second_version(visit.here, visit.who, name, sent.one("digest"))
        waits = row["status"] == "proposed"
        return ("agreed", f"{page}/compare") if waits else ("charter-published", page)
    if what == "withdraw":
        await withdraw_version(visit.here, visit.who, name)
        return "charter-withdrawn", page
    if what == "return":
        row = await roll_back(visit.here, visit.who, name, after)
        waits = row["status"] == "proposed"
        return ("charter-proposed", f"{page}/compare") if waits else ("charter-published", page)
    if what == "tag":
        await move_tag(visit.here, visit.who, name, sent.one("tag"), after)
        return "charter-tagged", f"{page}/compare?before={sent.one('before')}&after={after}"
    raise Refusal("invalid", "say what to do: agree, take it back, go back to it, or tag it")


def _screen(visit: Visit, name: str, before: str, after: str, form: Form) -> CompareScreen:
    reader = visit.here.reader
    head = reader.row("charter", name)
    rows = reader.rows("charter_version", {"charter": name}, limit=MOST_VERSIONS)
    if head is None or not rows:
        raise HTTPException(404)
    newer = _version(visit, name, after) if after else rows[0]
    older = _version(visit, name, before) if before else _usual(visit, name, head, newer)
    sides = [(f"version {row['version']}", row["source"]) for row in (older, newer)]
    pair = compare_texts(sides[0], sides[1], visit.here.policies, visit.now_us)
    says = {e.name: e.sentence for c in catalogues_in_force(visit.here.policies).values() for e in c.actions}
    waits = newer["status"] == "proposed" and newer["version"] == head["version"] + 1
    voices = owner_voices(reader, name, newer["consents"], visit.who["id"]) if waits else ()
    may = _may(visit, name)
    actions = pair.change.comparison.actions
    return CompareScreen(
        name=name,
        before=older["version"],
        after=newer["version"],
        state="in-force" if newer["version"] == head["version"] else newer["status"],
        note=newer["note"],
        relation=pair.change.relation.value,
        needs_both=pair.change.needs_both,
        actions=tuple(_row(one, says) for one in actions if one.relation is not Relation.SAME),
        same=tuple((one.action, says.get(one.action, "")) for one in actions if one.relation is Relation.SAME),
        terms=tuple(map(_term, pair.change.terms)),
        lines=tuple((line.change, line.text) for line in pair.lines),
        options=tuple(VersionOption(row["version"], f"{row['version']}: {row['note']}") for row in rows),
        digest=newer["digest"],
        tags=tuple(tag["tag"] for tag in tags_of(reader, name) if tag["version"] == newer["version"]),
        voices=tuple(VoiceRow(voice.address, voice.agreed_by, voice.stands_in) for voice in voices),
        may_agree=any(voice.open_to_viewer for voice in voices),
        may_withdraw=waits and may,
        may_return=newer["status"] == "published" and newer["version"] < head["version"] and may,
        may_tag=newer["status"] == "published" and may,
        form=form,
    )


def _version(visit: Visit, name: str, version: str) -> Row:
    try:
        return find_version(visit.here.reader, name, version)
    except Refusal as error:
        raise HTTPException(404) from error


def _usual(visit: Visit, name: str, head: Row, newer: Row) -> Row:
    """What a version is best compared with: the one in force, or the one before it."""
    number = head["version"] if newer["version"] != head["version"] else max(1, head["version"] - 1)
    return visit.here.reader.row("charter_version", f"{name}@{number:06}") or newer


def _may(visit: Visit, name: str) -> bool:
    try:
        demand_charter(visit.here.reader, visit.who, name)
    except Refusal:
        return False
    return True


def _row(one: ActionComparison, says: dict[str, str]) -> ComparedRow:
    examples = tuple(map(_example, one.examples))
    return ComparedRow(one.action, says.get(one.action, ""), one.relation.value, examples)


def _example(example: Example) -> ExampleRow:
    return ExampleRow(
        example.direction,
        call_words(example),
        facts_words(example),
        (verdict_word(example.before), answer_words(example.before)),
        (verdict_word(example.after), answer_words(example.after)),
    )


def _term(term: ChangedTerm) -> TermRow:
    return TermRow(_TERMS[term.name], term.before, term.after, term.weighty)


ROUTES = [
    Route("/charters/{name}/compare", show, methods=["GET"]),
    Route("/charters/{name}/compare", act, methods=["POST"]),
]

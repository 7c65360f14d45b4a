"""Asking why: what was decided, or would be, rule by rule; as another agent, charter, time, or with other sums."""

import shlex
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.explain import Explanation, explain
from bailiwick.flow.run_view import read_runs
from bailiwick.flow.source import SourceError
from bailiwick.web.page import render, wants_fragment
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.route.asked import Asked, AskedError, read_asked
from bailiwick.web.route.why_form import offered, sum_fields, typed_sums
from bailiwick.web.view import Detail, Form
from bailiwick.web.visit import Visit, visit_of
from bailiwick.web.why import AskedRule, PickRow, WhyAnswer, WhyBlanks, WhyScreen
from bailiwick.web.wording import pretty

LATEST: Final = 12
_BASIS: Final = {
    "recorded": "as they are recorded",
    "standing": "as they stand now",
    "fresh": "of an agent that did nothing yet",
}
_OPTIONS: Final = {"calls": "--calls", "seconds": "--elapsed", "repeats": "--repeats", "failures": "--failures"}
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


async def show(request: Request) -> Response:
    """GET /why: the address is the question."""
    sent = {name: value.strip() for name, value in request.query_params.items()}
    screen, status = await run_sync(_screen, visit_of(request), sent)
    return render(request, "why.html", screen, status=status)


async def ask(request: Request) -> Response:
    """POST /why: as GET, and a charter's text may be pasted."""
    visit = visit_of(request)
    sent = {name: values[0].strip() for name, values in visit.sent.fields.items() if name != "csrf" and values}
    screen, status = await run_sync(_screen, visit, sent)
    answer = render(request, "why.html", screen, status=status)
    if wants_fragment(request) and screen.answer and screen.answer.address:
        answer.headers["HX-Replace-Url"] = screen.answer.address
    return answer


def _screen(visit: Visit, sent: dict[str, str]) -> tuple[WhyScreen, int]:
    here, empty = visit.here, replace(offered(visit.here), blanks=_blanks(visit, sent))
    try:
        asked = read_asked(sent, here.reader, here.policies)
        if asked.question is None:
            return replace(empty, form=Form(asked.values), latest=_latest(visit)), 200
        told = explain(asked.question, asked.stated, here.reader, here.policies, visit.now_us)
    except AskedError as error:
        return replace(empty, form=Form(error.values, error.errors), sums=typed_sums(error.values)), 422
    except SourceError as error:
        flaw = error.problems[0]
        errors = {"source": f"line {flaw.line}: {flaw.message}"}
        return replace(empty, form=Form(sent, errors), sums=typed_sums(sent)), 422
    except Refusal as error:
        form = Form(sent, problem=sentence(error))
        return replace(empty, form=form, sums=typed_sums(sent), latest=_latest(visit)), STATUS[error.code]
    answer = _answer(asked, told)
    screen = replace(empty, form=Form(asked.values), sums=sum_fields(told), answer=answer, command=_command(asked))
    return screen, 200


def _answer(asked: Asked, told: Explanation) -> WhyAnswer:
    was = told.recorded
    return WhyAnswer(
        verdict=told.verdict,
        tier=told.tier or "",
        sentence=f"{told.sentence[:1].upper()}{told.sentence[1:]}",
        title=f"{told.agent or 'Somebody'} wants to {told.says or 'use a tool that nothing lists'}",
        details=_details(told),
        rules=tuple(AskedRule(one.state, one.says, one.found, one.rule, one.line) for one in told.steps),
        yaml=told.source,
        facts=pretty(dict(told.facts)),
        assumed=told.assumed,
        was=was.verdict if was else "",
        was_sentence=was.sentence if was else "",
        event=was.index if was else 0,
        same=was.same if was else True,
        address=_address(asked),
    )


def _details(told: Explanation) -> tuple[Detail, ...]:
    which = f"{told.charter}, version {told.version}" if told.version else f"{told.charter}, a text not published"
    link = f"/charters/{told.charter}" if told.version else ""
    found = [
        Detail("Tool", f"{told.connector}__{told.tool}", "code"),
        Detail("Charter", which, href=f"{link}?version={told.version}" if link else ""),
        Detail("Facts", _BASIS[told.basis]),
        Detail("Time", told.facts["at_us"], "time"),
    ]
    found += [Detail(f"Time in {zone}", _clock(when)) for zone, when in told.facts["local"].items()]
    return tuple(found)


def _clock(when: list[int]) -> str:
    return f"{_DAYS[when[0]]} {when[1] // 60:02}:{when[1] % 60:02}"


def _address(asked: Asked) -> str:
    if asked.values.get("source"):
        return ""
    kept = {name: value for name, value in asked.values.items() if value and name != "filled"}
    return f"/why?{urlencode(kept)}" if kept else "/why"


def _command(asked: Asked) -> str:
    """The same question on the command line."""
    values, words = asked.values, ["bailiwick charter explain"]
    if values.get("what"):
        words += [values["what"], shlex.quote(" ".join(values.get("arguments", "").split()))]
    words += [f"--action {asked.action}"] if asked.action else []
    words += [f"--agent {values['agent']}"] if values.get("agent") else []
    name, _, version = values.get("charter", "").partition("@")
    words += [f"--charter {name}"] if name else []
    words += [f"--version {version}"] if version else []
    words += ["--file charter.yaml"] if values.get("source") else []
    words += ["--fresh"] if values.get("fresh") else []
    if values.get("day"):
        time = f"{values['day']} {values.get('time') or '12:00'} {values.get('zone') or 'UTC'}"
        words.append(f"--at {shlex.quote(time)}")
    for field, option in _OPTIONS.items():
        words += [f"{option} {values[field]}"] if values.get(field) else []
    for field, value in values.items():
        option, _, key = field.partition(".")
        words += [f"--{option} {key}={value}"] if option in ("total", "spent") and value else []
    return " ".join(words)


def _blanks(visit: Visit, sent: dict[str, str]) -> WhyBlanks:
    row = visit.here.reader.row("action", sent["action"]) if sent.get("action") else None
    if row is None:
        return WhyBlanks()
    named = row["name"] or f"{row['connector']}__{row['tool']}"
    return WhyBlanks(f"As recorded: {named}", f"As recorded: {row['agent']}", "As recorded", "As recorded")


def _latest(visit: Visit) -> tuple[PickRow, ...]:
    here = visit.here
    runs = read_runs(here.reader, here.policies, visit.now_us)
    rows = here.reader.rows("action", limit=LATEST)
    views = [(row["agent"], runs.action(row, [])) for row in rows]
    return tuple(
        PickRow(view.id, view.at_us, agent, _title(view.says, view.name), view.verdict) for agent, view in views
    )


def _title(says: str, name: str | None) -> str:
    return f"{says[:1].upper()}{says[1:]}" if name else "A call that nothing lists"


ROUTES = [Route("/why", show), Route("/why", ask, methods=["POST"])]

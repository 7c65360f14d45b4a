"""Samples of asking the record."""

from bailiwick.web import ask
from bailiwick.web.approval import Alteration
from bailiwick.web.route.ask import CARDS, COLUMNS, ZONES
from bailiwick.web.view import BLANK, Choice, Form, Pager
from tests.web.sample_shell import ANY, NOW, S

ROWS = (
    ask.AnswerRow(
        10_407,
        NOW - 900 * S,
        "22 Nov 2026, 13:45:00 CET",
        "read contacts",
        "lead-router",
        "Ana Ortega",
        "route the leads of the day",
        "run-01jd8k2m7q",
        "allow",
        "succeeded",
        "low",
        (),
        "lead-router",
        3,
        ("grant[1]",),
        "/why?action=act-1",
        "`crm.contact.read` is granted",
        ("customer", "internal"),
        "",
        tuple(f"contact/{4711 + n}" for n in range(6)),
        44,
        "crm__query",
        "reply",
        10_409,
    ),
    ask.AnswerRow(
        10_398,
        NOW - 1_900 * S,
        "22 Nov 2026, 13:28:20 CET",
        "change the daily budget of a paid campaign",
        "campaign-drafter",
        "Dee Director",
        "launch the spring campaign",
        "run-01jd8k2m7q",
        "allow",
        "unknown",
        "high",
        ("Dee Director: yes", "Chi Okafor: yes"),
        "campaign-drafter",
        2,
        ("grant[4]", "approve"),
        "/why?action=act-2",
        "",
        (),
        "public",
        ("campaign/cmp-7",),
        0,
        "ads__set_budget",
        "no-answer",
        10_399,
        '{\n  "daily_budget_micros": 180000000\n}',
        (Alteration("campaigns.0.daily_budget_micros", "120000000", "180000000"),),
        True,
    ),
    ask.AnswerRow(
        10_390,
        NOW - 2_900 * S,
        "22 Nov 2026, 13:11:40 CET",
        "charter published `lead-router` version 3",
        "Ada Admin",
        change='{\n  "name": "lead-router"\n}',
    ),
)
SEARCHES = (ask.SearchRow("srch-1", "Contact 4711 this autumn", "Who asked?", "thing contact/4711"),)


def _screen(question: str, rows: tuple[ask.AnswerRow, ...] = ROWS, form: Form = BLANK) -> tuple[str, object]:
    title = next(card.title for card in CARDS if card.name == question)
    command, address = f"bailiwick ask {question} --object contact/4711", f"GET /v1/questions/{question}"
    shown = ask.AskScreen(
        *(CARDS, question, title, form, ANY, (Choice("customer", "customer"),), ZONES, COLUMNS[question]),  # type: ignore[index]
        *(rows, SEARCHES, Pager("", "/ask?before=1"), "thing=contact%2F4711", True, "", command, address),
    )
    return "ask.html", shown


SAMPLES: dict[str, tuple[str, object]] = {
    "ask": ("ask.html", ask.AskScreen(CARDS, searches=SEARCHES)),
    "ask-first": ("ask.html", ask.AskScreen(CARDS)),
    **{f"ask-{card.name}": _screen(card.name) for card in CARDS},
    "ask-none": _screen("data", (), Form({"thing": "4711"}, {"thing": "`4711` is no object; write its kind and id"})),
}

"""Samples of the page that asks why: nothing asked yet, an answer from the record, one that came out otherwise."""

from dataclasses import replace

from bailiwick.web import why
from bailiwick.web.view import Choice, Detail, Form
from tests.web.sample_shell import ANY, DIGEST, NOW, S
from tests.web.sample_who import CHARTER

OFFERED = why.WhyScreen(
    whats=(
        why.ChoiceGroup("ads", (Choice("ads.campaign.update", "change a campaign (ads.campaign.update)"),)),
        why.ChoiceGroup("crm", (Choice("crm.contact.read", "read contacts (crm.contact.read)"),)),
    ),
    agents=ANY,
    charters=(Choice("campaign-drafter@3", "campaign-drafter, version 3"),),
    zones=(Choice("Europe/Madrid", "Europe/Madrid"), Choice("UTC", "UTC")),
)
ANSWER = why.WhyAnswer(
    verdict="deny",
    tier="",
    sentence="`rows` is over the limit of 500",
    title="campaign-drafter wants to read contacts",
    details=(Detail("Tool", "crm__query", "code"), Detail("Time", NOW - 60 * S, "time")),
    rules=(
        why.AskedRule("passed", "Nothing that covers it is halted.", "", "halt"),
        why.AskedRule("passed", "The charter lists `crm.contact.read`.", "", "can[crm.contact.read]", 11),
        why.AskedRule(
            "objected",
            "`rows`: at most 500.",
            "`rows` is over the limit of 500",
            "can[crm.contact.read].limits.rows.max",
            13,
        ),
        why.AskedRule("unreached", "At most 40 calls in a run.", "", "run.calls", 18),
    ),
    yaml=CHARTER,
    facts='{"at_us": 1}',
    was="deny",
    was_sentence="`rows` is over the limit of 500",
    event=1204,
    address="/why?action=act-1",
)
ASKED = replace(
    ANSWER,
    verdict="ask",
    tier="high",
    rules=(
        *ANSWER.rules[:2],
        why.AskedRule("asked", "It-change must say yes within 4 hours.", "not asked yet", "approve", 16),
    ),
    same=False,
    assumed=("day.records",),
    address="",
)
SUMS = (
    why.SumField("calls", "Calls the run has made", "12"),
    why.SumField("total.day.records", "Records on this day (UTC), before this", "40"),
)
WRONG = Form(
    {"agent": "campaign-drafter", "what": "crm.contact.read", "arguments": "{", "day": "sat", "calls": "x"},
    {
        "arguments": "this is no JSON",
        "time": "`25:00` is no time of day",
        "calls": "`x` is no whole number",
        "agent": "choose who asks",
    },
)
LATEST = (
    why.PickRow("act-1", NOW - 60 * S, "campaign-drafter", "Read contacts", "deny"),
    why.PickRow("act-2", NOW - 90 * S, "lead-router", "A call that nothing lists", "deny"),
)

SAMPLES: dict[str, tuple[str, object]] = {
    "why": ("why.html", replace(OFFERED, latest=LATEST)),
    "why-empty": ("why.html", OFFERED),
    "why-recorded": (
        "why.html",
        replace(
            OFFERED,
            answer=ANSWER,
            sums=SUMS,
            form=Form({"action": "act-1", "arguments": '{"rows": 900}'}),
            command="bailiwick charter explain --action act-1",
        ),
    ),
    "why-otherwise": (
        "why.html",
        replace(OFFERED, answer=ASKED, sums=SUMS, form=Form({"action": "act-1", "source": f"charter: x # {DIGEST}"})),
    ),
    "why-wrong": ("why.html", replace(OFFERED, sums=SUMS, form=WRONG)),
}

"""Samples of the first page, approvals and runs."""

import json

from bailiwick.web import action, approval, home, run
from bailiwick.web.view import Choice, Detail, Form, Pager, Phrase
from tests.web.sample_shell import ANY, DIGEST, NOW, ROOT, S

OPEN = approval.ApprovalCard(
    id="apr-01jd8k2m7q",
    title="Raise the daily budget of “Spring launch” from €120 to €180",
    tier="high",
    state="open",
    agent="campaign-drafter",
    run="run-01jd8k2m7q",
    intent="Prepare the spring launch",
    reason="A daily budget above €120.00 needs a marketing director and IT change.",
    rules=("ads.campaign.update step 2",),
    asked_us=NOW - 14 * 60 * S,
    expires_us=NOW + 226 * 60 * S,
    digest=DIGEST,
    changes=(
        approval.Alteration("daily_budget", "€120.00", "€180.00"),
        approval.Alteration("status", "draft", "active"),
        approval.Alteration("note", None, "agreed in the Monday round"),
    ),
    touches=(Detail("Money", "+ €60.00 a day"), Detail("Campaigns", 1), Detail("People reached", "about 18,200")),
    seats=(
        approval.Seat("marketing-director", "Dora Klein", "approved", "Within the plan.", NOW - 6 * 60 * S),
        approval.Seat("it-change"),
    ),
    arguments=json.dumps({"campaign": "spring-launch", "daily_budget": 180_000_000, "status": "active"}, indent=2),
    binds=(
        Detail("Action", DIGEST, "digest"),
        Detail("Tool definition", ROOT, "digest"),
        Detail("Charter version", DIGEST, "digest"),
        Detail("Undo", "compensable with ads.campaign.update"),
    ),
)
BARRED = approval.ApprovalCard(
    id="apr-01jd8k2m80",
    title="Send “Nov win-back” to 18,204 contacts",
    tier="high",
    state="open",
    agent="newsletter-scheduler",
    run="run-01jd8k2m80",
    intent="Schedule the win-back newsletter",
    reason="Sending to more than 50 people needs a marketing director.",
    rules=("email.campaign.schedule",),
    asked_us=NOW - 2 * 60 * S,
    expires_us=NOW + 58 * 60 * S,
    digest=ROOT,
    changes=(approval.Alteration("status", "draft", "scheduled 2026-11-24T09:00Z"),),
    seats=(approval.Seat("marketing-director"),),
    binds=(Detail("Action", ROOT, "digest"),),
    barred="You own newsletter-scheduler, so somebody else has to decide.",
)
PROBLEM = Form(
    {"comment": "fine by me"},
    {},
    "This request changed while you were reading it. Your vote was not counted.",
)


def card(**changed: object) -> approval.ApprovalCard:
    return approval.ApprovalCard(**{**OPEN.__dict__, **changed})  # type: ignore[arg-type]


RUNS = (
    run.RunRow(
        "run-01jd8k2m7q",
        "campaign-drafter",
        "Prepare the spring launch",
        "waiting",
        NOW - 15 * 60 * S,
        4_230_000,
        9,
        1,
        2,
    ),
    run.RunRow(
        "run-01jd8k2m6a",
        "lead-router",
        "Route the leads of this morning",
        "finished",
        NOW - 3900 * S,
        61_000_000,
        31,
        0,
        0,
    ),
    run.RunRow(
        "run-01jd8k2m5b",
        "incident-triage",
        "Sort the overnight incidents",
        "failed",
        NOW - 7300 * S,
        830_000,
        4,
        0,
        1,
    ),
    run.RunRow("run-01jd8k2m4c", "kb-responder", "undeclared", "halted", NOW - 90_000 * S, 120_000, 0, 0, 0),
)
T0 = NOW - 15 * 60 * S
STEPS = (
    run.TimelineRow(
        10_402,
        0,
        T0,
        T0 + 2_000,
        "Run opened by campaign-drafter",
        icon="play",
        note="Intent: prepare the spring launch",
    ),
    run.TimelineRow(
        10_404,
        1,
        T0 + 40_000,
        T0 + 420_000,
        "Read 120 contacts: segment, language",
        tool="crm__query",
        verdict="allow",
        tier="low",
        outcome="succeeded",
        rules=("crm.contact.read",),
        icon="search",
        arguments='{\n  "object_type": "contacts",\n  "rows": 120\n}',
    ),
    run.TimelineRow(
        10_407,
        1,
        T0 + 900_000,
        T0 + 912_000,
        "Read the field email of 120 contacts",
        tool="crm__query",
        verdict="deny",
        tier="low",
        reason="The field email is customer data; this agent may read public and internal data.",
        rules=("data.may_read", "crm.contact.read fields only"),
        icon="ban",
    ),
    run.TimelineRow(
        10_409,
        1,
        T0 + 1_400_000,
        T0 + 3_100_000,
        "Draft the campaign “Spring launch”",
        tool="ads__manage_campaign",
        verdict="allow",
        tier="medium",
        outcome="succeeded",
        rules=("ads.campaign.update step 1",),
        icon="play",
    ),
    run.TimelineRow(
        10_412,
        1,
        T0 + 3_300_000,
        T0 + 3_320_000,
        "Raise its daily budget to €180",
        tool="ads__manage_campaign",
        verdict="ask",
        tier="high",
        reason="A daily budget above €120.00 needs a marketing director and IT change.",
        rules=("ads.campaign.update step 2",),
        icon="clock",
    ),
    run.TimelineRow(
        10_413,
        2,
        T0 + 3_320_000,
        T0 + 840_000_000,
        "Waited for marketing-director and it-change",
        note="Dora Klein approved: “Within the plan.” Chi Okafor approved.",
        waiting=True,
        icon="people",
    ),
    run.TimelineRow(
        10_421,
        1,
        T0 + 842_000_000,
        T0 + 844_100_000,
        "Raise its daily budget to €180, as approved",
        tool="ads__manage_campaign",
        verdict="allow",
        tier="high",
        outcome="unknown",
        reason="The upstream did not answer in time after it was sent the call.",
        settle="/actions/act-01jd8k2m7q",
        rules=("ads.campaign.update step 2", "apr-01jd8k2m7q"),
        icon="play",
    ),
)
RUN = run.RunScreen(
    id="run-01jd8k2m7q",
    agent="campaign-drafter",
    intent="Prepare the spring launch",
    state="running",
    started_us=T0,
    took_us=5_230_000,
    waited_us=836_680_000,
    summary=(
        (Phrase("campaign-drafter set out to: prepare the spring launch. "), Phrase("10402", "#event-10402")),
        (Phrase("1 call was refused: `email` is customer data. "), Phrase("10407", "#event-10407")),
        (Phrase("Outcome unknown: raise its budget; it is not repeated. "), Phrase("10421", "#event-10421")),
    ),
    steps=STEPS,
    details=(
        Detail("Agent", "campaign-drafter", href="/agents/campaign-drafter"),
        Detail("Run", "run-01jd8k2m7q", "code"),
        Detail("Started", T0, "time"),
        Detail("Asked for by", "ana@acme.example"),
        Detail("Charter version", DIGEST, "digest"),
    ),
    totals=(("all", 7), ("denied", 1), ("failed", 1)),
)

LOST = action.ActionScreen(
    id="act-01jd8k2m7q",
    title="Raise the daily budget of a campaign",
    run=RUN.id,
    intent=RUN.intent,
    verdict="allow",
    outcome="unknown",
    details=(
        Detail("Agent", "campaign-drafter", href="/agents/campaign-drafter"),
        Detail("Tool", "ads__manage_campaign", "code", "/connectors/ads"),
        Detail("Decided", T0 + 842_000_000, "time"),
        Detail("Action digest", DIGEST, "digest"),
    ),
    events=(
        action.ActionEvent(
            10_421, T0 + 842_000_000, "campaign-drafter was allowed to raise the daily budget of a campaign"
        ),
        action.ActionEvent(10_422, T0 + 844_100_000, "Outcome unknown for campaign-drafter: no answer within 20 s"),
    ),
    arguments=OPEN.arguments,
    trouble="no answer within 20 s",
)
FOUND_OUT = action.ActionEvent(
    10_430,
    NOW - 60 * S,
    "Chi Okafor settled `ads.campaign.update` of campaign-drafter as succeeded",
    "The ads console shows €180.",
)
ATTENTION = (
    home.AttentionRow(
        "bad",
        "stop",
        "Halted",
        "kb-responder is stopped: “Answered with last year's prices”",
        "/halt",
        NOW - 3 * 3600 * S,
    ),
    home.AttentionRow(
        "warn",
        "approvals",
        "Approval",
        "2 requests wait for you; the oldest for 14 minutes",
        "/approvals",
        NOW - 14 * 60 * S,
    ),
    home.AttentionRow(
        "odd",
        "question",
        "Unknown",
        "1 action has an unknown outcome and waits for somebody who looks",
        "/actions/act-01jd8k2m7q",
        NOW - 60 * S,
    ),
    home.AttentionRow("bad", "connectors", "Unreachable", "ads does not answer", "/connectors/ads", NOW - 600 * S),
)
FIGURES = (
    home.Figure("Actions today", "1,842"),
    home.Figure("Denied", "37", "2.0%", "/record?verdict=deny"),
    home.Figure("Median wait for a person", "4m 12s"),
    home.Figure("Runs in progress", "1", href="/runs?state=running"),
)

SAMPLES: dict[str, tuple[str, object]] = {
    "home": ("home.html", home.HomeScreen(ATTENTION, FIGURES, (OPEN,), RUNS)),
    "home-quiet": ("home.html", home.HomeScreen((), FIGURES, (), ())),
    "approvals": (
        "approvals.html",
        approval.ApprovalInbox(
            (OPEN, card(id="apr-2", form=PROBLEM, tier="medium", changes=())),
            (BARRED,),
            (
                approval.ApprovalRow(
                    "apr-0", "Merge 212 duplicate contacts", "lead-router", "used", "Dora Klein", NOW - 7200 * S
                ),
                approval.ApprovalRow(
                    "apr-00", "Publish the price list", "kb-responder", "expired", "", NOW - 90_000 * S
                ),
            ),
            Pager("", "/approvals?before=apr-00"),
        ),
    ),
    "approvals-empty": ("approvals.html", approval.ApprovalInbox((), (), ())),
    "approval": ("approval.html", approval.ApprovalScreen(OPEN)),
    "approval-note": ("approval.html", approval.ApprovalScreen(card(state="stale", note="the charter has changed"))),
    "approval-fragment": ("approval_card.html", approval.ApprovalScreen(card(state="approved"), 1)),
    "runs": (
        "runs.html",
        run.RunList(
            Form({"state": "waiting"}),
            ANY,
            (Choice("waiting", "Waiting for a person"),),
            RUNS,
            Pager("/runs?after=1", "/runs?before=4"),
        ),
    ),
    "runs-empty": ("runs.html", run.RunList(Form(), ANY, (), ())),
    "run": ("run.html", RUN),
    "action-unknown": ("action.html", LOST),
    "action-barred": (
        "action.html",
        action.ActionScreen(
            **{
                **LOST.__dict__,
                "barred": "Only administrator or it-change may reconcile actions; ask one of them.",
            }
        ),
    ),
    "action-settled": (
        "action.html",
        action.ActionScreen(
            **{
                **LOST.__dict__,
                "outcome": "succeeded",
                "events": (*LOST.events, FOUND_OUT),
                "form": Form({"note": "gone"}, problem="Action `act-01jd8k2m7q` is succeeded."),
            }
        ),
    ),
    "run-denied-none": (
        "run.html",
        run.RunScreen(**{**RUN.__dict__, "steps": (), "shown": "denied", "state": "finished"}),
    ),
}

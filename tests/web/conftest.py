"""Values for every template: a day at Acme, as the console shows it."""

import json
import time
from collections.abc import Mapping

import pytest

from bailiwick.web import account, agent, approval, connector, fault, halt, home, person, record, run
from bailiwick.web.view import Choice, Fact, Form, HaltNotice, Notice, Pager, Phrase, Shell, Signed

S = 1_000_000
NOW = int(time.time()) * S
DIGEST = "sha256:9f2c" + "0a1b2c3d4e5f" * 5
ROOT = "sha256:41aa" + "7f6e5d4c3b2a" * 5
ANY = (Choice("campaign-drafter", "campaign-drafter"), Choice("lead-router", "lead-router"))

CHARTER = """\
charter: campaign-drafter
purpose: Draft campaigns and keep their budgets within what marketing agreed.
workflow: campaign-setup
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-02-01}
data: {may_read: [public, internal], may_send_out: [public]}
can:
  - do: ads.campaign.update
    # its own campaigns only
    tier: {by: daily_budget, steps: [{max: 120000000, is: medium}, {max: 500000000, is: high}], else: never}
    limits: {campaign: {one_of: [spring-launch, beta-list]}}
  - do: crm.contact.read
    tier: low
    limits: {fields: {only: [segment, language]}, rows: {max: 500}}
  - do: email.campaign.schedule
    tier: high
    approve: {all_of: [{role: marketing-director}, {role: it-change}], within: 4h}
cannot: [billing.*, hr.*, access.*]
run: {calls: 40, seconds: 600, repeats: 3, retries: 2}
"""

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
        approval.Change("daily_budget", "€120.00", "€180.00"),
        approval.Change("status", "draft", "active"),
        approval.Change("note", None, "agreed in the Monday round"),
    ),
    touches=(Fact("Money", "+ €60.00 a day"), Fact("Campaigns", 1), Fact("People reached", "about 18,200")),
    seats=(
        approval.Seat("marketing-director", "Dora Klein", "approved", "Within the plan.", NOW - 6 * 60 * S),
        approval.Seat("it-change"),
    ),
    arguments=json.dumps({"campaign": "spring-launch", "daily_budget": 180_000_000, "status": "active"}, indent=2),
    binds=(
        Fact("Action", DIGEST, "digest"),
        Fact("Tool definition", ROOT, "digest"),
        Fact("Charter version", DIGEST, "digest"),
        Fact("Undo", "compensable with ads.campaign.update"),
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
    changes=(approval.Change("status", "draft", "scheduled 2026-11-24T09:00Z"),),
    seats=(approval.Seat("marketing-director"),),
    binds=(Fact("Action", ROOT, "digest"),),
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
    run.Step(
        10_402,
        0,
        T0,
        T0 + 2_000,
        "Run opened by campaign-drafter",
        icon="play",
        note="Intent: prepare the spring launch",
    ),
    run.Step(
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
    run.Step(
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
    run.Step(
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
    run.Step(
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
    run.Step(
        10_413,
        2,
        T0 + 3_320_000,
        T0 + 840_000_000,
        "Waited for marketing-director and it-change",
        note="Dora Klein approved: “Within the plan.” Chi Okafor approved.",
        waiting=True,
        icon="people",
    ),
    run.Step(
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
        rules=("ads.campaign.update step 2", "apr-01jd8k2m7q"),
        icon="play",
    ),
)
RUN = run.RunPage(
    id="run-01jd8k2m7q",
    agent="campaign-drafter",
    intent="Prepare the spring launch",
    state="running",
    started_us=T0,
    took_us=5_230_000,
    waited_us=836_680_000,
    summary=(
        Phrase("campaign-drafter read 120 contacts, was "),
        Phrase("stopped from reading their e-mail addresses", "#event-10407"),
        Phrase(", drafted the campaign, and "),
        Phrase("asked to raise its budget to €180", "#event-10412"),
        Phrase(". Two people agreed after 14 minutes. "),
        Phrase("Whether the raise took effect is unknown", "#event-10421"),
        Phrase(": the ads account did not answer. It is being reconciled and will not be tried again blindly."),
    ),
    steps=STEPS,
    facts=(
        Fact("Agent", "campaign-drafter", href="/agents/campaign-drafter"),
        Fact("Run", "run-01jd8k2m7q", "code"),
        Fact("Started", T0, "time"),
        Fact("Asked for by", "ana@acme.example"),
        Fact("Charter version", DIGEST, "digest"),
    ),
    totals=(("all", 7), ("denied", 1), ("failed", 1)),
)
EVENTS = (
    record.EventRow(
        10_421,
        NOW - 60 * S,
        "action.settled",
        "Raise the daily budget of “Spring launch”: outcome unknown",
        "campaign-drafter",
        "campaign-drafter",
        "ads__manage_campaign",
        "allow",
        "run-01jd8k2m7q",
    ),
    record.EventRow(
        10_420, NOW - 70 * S, "approval.voted", "Chi Okafor approved apr-01jd8k2m7q", "change@acme.example"
    ),
    record.EventRow(
        10_407,
        NOW - 900 * S,
        "action.denied",
        "Read the field email of 120 contacts",
        "campaign-drafter",
        "campaign-drafter",
        "crm__query",
        "deny",
        "run-01jd8k2m7q",
    ),
)
HEAD = record.Head(10_422, ROOT, NOW - 2 * S, "acme.example/log+3f2a91c0")
MISTAKES = (
    record.Mistake("tile/0/x001/163", "the hash at position 12 is not the hash of its entry"),
    record.Mistake("payload/9f2c…", "does not open the commitment of event 10404"),
)
SCOPE = halt.HaltScope(
    "agent:campaign-drafter",
    "campaign-drafter",
    "the agent campaign-drafter",
    "1 run in progress, 1 request waiting for a person",
)
HALT = HaltNotice(
    "hlt-01jd8k", "The agent kb-responder", "Answered with last year's prices", "Ana Ruiz", NOW - 3 * 3600 * S
)
SHELL = Shell(
    NOW,
    Signed("Ana Ruiz", "ana@acme.example", ("administrator", "marketing-director")),
    {"approvals": 2, "runs": 1, "connectors": 1},
    csrf="token",
)
ROLES = (
    Choice("administrator", "Administrator: people, connectors, settings"),
    Choice("marketing-director", "Marketing director"),
    Choice("it-change", "IT change"),
    Choice("auditor", "Auditor: sees everything, changes nothing"),
)
PEOPLE = (
    person.PersonRow(
        "Ana Ruiz",
        "ana@acme.example",
        ("administrator", "marketing-director"),
        "active",
        ("campaign-drafter", "lead-router"),
        NOW - 20 * S,
    ),
    person.PersonRow("Chi Okafor", "change@acme.example", ("it-change",), "invited"),
    person.PersonRow("Old Account", "old@acme.example", (), "disabled", (), NOW - 40 * 86_400 * S),
)
CRM = connector.ConnectorRow(
    "crm", "HTTP, https://crm.acme.example/mcp", "it-ops@acme.example", "up", 2, 1, seen_us=NOW - 4 * S
)
ADS = connector.ConnectorRow(
    "ads",
    "stdio, one process a run",
    "it-ops@acme.example",
    "down",
    3,
    0,
    "Connection refused since 09:12. Its actions fail without being sent.",
    NOW - 600 * S,
)
AGENT = agent.AgentPage(
    name="campaign-drafter",
    purpose="Draft campaigns and keep their budgets within what marketing agreed.",
    state="active",
    owner=(
        Fact("Accountable", "ana@acme.example"),
        Fact("Backup", "it-ops@acme.example"),
        Fact("Review by", "1 Feb 2027"),
        Fact("Workflow", "campaign-setup"),
    ),
    promises=(
        agent.Promises(
            "low",
            "It may do this alone",
            (
                agent.Sentence(
                    "May read fields of contacts",
                    ("only the fields segment and language", "at most 500 rows at a time"),
                    11,
                ),
            ),
        ),
        agent.Promises(
            "medium",
            "It may do this, and people are told",
            (
                agent.Sentence(
                    "May change a campaign while its daily budget is at most €120.00",
                    ("only the campaigns spring-launch and beta-list",),
                    9,
                ),
            ),
        ),
        agent.Promises(
            "high",
            "It must ask first",
            (
                agent.Sentence(
                    "May change a campaign while its daily budget is at most €500.00",
                    ("only the campaigns spring-launch and beta-list",),
                    9,
                ),
                agent.Sentence(
                    "May schedule a campaign by e-mail",
                    ("a marketing-director and an it-change must both agree within 4 hours",),
                    14,
                ),
            ),
        ),
        agent.Promises(
            "never",
            "It must never do this",
            (
                agent.Sentence("Must not change a campaign to a daily budget above €500.00", (), 9),
                agent.Sentence("Must not touch billing, HR or access", (), 17),
            ),
        ),
    ),
    limits=(
        Fact("Actions", 40),
        Fact("Time", "10 minutes"),
        Fact("Same call again", "3 times"),
        Fact("Data it may read", "public, internal"),
        Fact("Data it may send out", "public"),
    ),
    yaml=CHARTER,
    version=DIGEST,
    published_us=NOW - 5 * 86_400 * S,
    keys=(agent.KeyRow("sha256:" + "c0ffee42" * 8, NOW - 5 * 86_400 * S, "it-ops@acme.example"),),
    runs=RUNS[:2],
)
AGENTS = (
    agent.AgentRow(
        "campaign-drafter",
        AGENT.purpose,
        "campaign-setup",
        "ana@acme.example",
        "active",
        NOW - 60 * S,
        41,
        2,
        3,
    ),
    agent.AgentRow(
        "kb-responder",
        "Answer customers from the knowledge base.",
        "support",
        "it-ops@acme.example",
        "halted",
        NOW - 3 * 3600 * S,
        12,
        0,
        0,
    ),
    agent.AgentRow(
        "content-qa",
        "Check every draft before it is published.",
        "publishing",
        "ana@acme.example",
        "idle",
        0,
        0,
        0,
        0,
    ),
)
ATTENTION = (
    home.Attention(
        "bad",
        "stop",
        "Halted",
        "kb-responder is stopped: “Answered with last year's prices”",
        "/halt",
        NOW - 3 * 3600 * S,
    ),
    home.Attention(
        "warn",
        "approvals",
        "Approval",
        "2 requests wait for you; the oldest for 14 minutes",
        "/approvals",
        NOW - 14 * 60 * S,
    ),
    home.Attention(
        "odd",
        "question",
        "Unknown",
        "1 action has an unknown outcome and is being reconciled",
        "/record?type=action.settled&verdict=allow",
        NOW - 60 * S,
    ),
    home.Attention("bad", "connectors", "Unreachable", "ads does not answer", "/connectors/ads", NOW - 600 * S),
)
FIGURES = (
    home.Figure("Actions today", "1,842"),
    home.Figure("Denied", "37", "2.0%", "/record?verdict=deny"),
    home.Figure("Median wait for a person", "4m 12s"),
    home.Figure("Runs in progress", "1", href="/runs?state=running"),
)

SAMPLES: Mapping[str, tuple[str, object]] = {
    "home": ("home.html", home.HomePage(ATTENTION, FIGURES, (OPEN,), RUNS)),
    "home-quiet": ("home.html", home.HomePage((), FIGURES, (), ())),
    "approvals": ("approvals.html", approval.ApprovalInbox((OPEN, card(id="apr-2", form=PROBLEM, tier="medium", changes=())), (BARRED,), (approval.ApprovalRow("apr-0", "Merge 212 duplicate contacts", "lead-router", "used", "Dora Klein", NOW - 7200 * S), approval.ApprovalRow("apr-00", "Publish the price list", "kb-responder", "expired", "", NOW - 90_000 * S)), Pager("", "/approvals?before=apr-00"))),
    "approvals-empty": ("approvals.html", approval.ApprovalInbox((), (), ())),
    "approval": ("approval.html", approval.ApprovalPage(OPEN)),
    "approval-fragment": ("approval_card.html", approval.ApprovalPage(card(state="approved"))),
    "agents": ("agents.html", agent.AgentList(AGENTS)),
    "agents-empty": ("agents.html", agent.AgentList(())),
    "agent": ("agent.html", AGENT),
    "runs": ("runs.html", run.RunList(Form({"state": "waiting"}), ANY, (Choice("waiting", "Waiting for a person"),), RUNS, Pager("/runs?after=1", "/runs?before=4"))),
    "runs-empty": ("runs.html", run.RunList(Form(), ANY, (), ())),
    "run": ("run.html", RUN),
    "run-denied-none": ("run.html", run.RunPage(**{**RUN.__dict__, "steps": (), "shown": "denied", "state": "finished"})),
    "record": ("record.html", record.RecordPage(Form({"agent": "campaign-drafter"}), ANY, (Choice("action.denied", "action.denied"),), (Choice("deny", "Denied"),), EVENTS, HEAD, "agent=campaign-drafter", Pager("", "/record?before=10407"))),
    "record-none": ("record.html", record.RecordPage(Form({"tool": "nothing"}), ANY, (), (), (), HEAD, "tool=nothing")),
    "verify-good": ("verify.html", record.Verified(10_422, 812, 940_000, NOW)),
    "verify-bad": ("verify.html", record.Verified(10_422, 812, 940_000, NOW, "", MISTAKES)),
    "event": ("event.html", record.EventPage(EVENTS[0], '{"agent":"campaign-drafter","outcome":"unknown","type":"action.settled"}', '{"daily_budget": 180000000}', (Fact("Position", 10_421), Fact("Time", NOW, "time"), Fact("Actor", "campaign-drafter"), Fact("Action digest", DIGEST, "digest")), (DIGEST, ROOT), HEAD)),
    "event-erased": ("event.html", record.EventPage(EVENTS[1], "{}", None, (Fact("Position", 10_420),), (), HEAD)),
    "halt": ("halt.html", halt.HaltPage((HALT,), (halt.HaltScope("everything", "everything", "Every agent", "5 agents, 1 run in progress"), SCOPE))),
    "halt-confirm": ("halt_confirm.html", halt.HaltConfirm(SCOPE, ("every new action of campaign-drafter, at once", "the run “Prepare the spring launch”", "1 request waiting for approval: it can no longer be used"), Form({"reason": "Budget looks wrong", "typed": "campaign"}, {"typed": "type `campaign-drafter`, exactly"}))),
    "resume": ("resume.html", halt.ResumeConfirm(HALT, "kb-responder")),
    "resume-barred": ("resume.html", halt.ResumeConfirm(HALT, "kb-responder", "You stopped it yourself, so a second person has to resume it.")),
    "people": ("people.html", person.PersonList(PEOPLE, ROLES, True, Form({"role": "auditor"}, {"email": "`chi@` is not an e-mail address"}), person.Invitation("Chi Okafor", "https://bailiwick.acme.example/welcome#3kd9fj2m1", NOW + 86_400 * S))),
    "people-seen": ("people.html", person.PersonList(PEOPLE, ROLES, False)),
    "connectors": ("connectors.html", connector.ConnectorList((CRM, ADS))),
    "connectors-empty": ("connectors.html", connector.ConnectorList(())),
    "connector": ("connector.html", connector.ConnectorPage(ADS, (Fact("Transport", "stdio, one process a run"), Fact("Responsible", "it-ops@acme.example"), Fact("Catalogue", DIGEST, "digest")), (connector.ToolCard("ads__manage_campaign", "reviewed", "Create or change a campaign.", DIGEST, (connector.ActionLine("ads.campaign.update", "change a campaign", "medium", "spend", "compensable"),)), connector.ToolCard("ads__delete_account", "quarantined", "Delete the whole account.", ROOT, ())))),
    "account": ("account.html", account.AccountPage((Fact("Name", "Ana Ruiz"), Fact("E-mail", "ana@acme.example")), True, Form({}, {"again": "the two new passwords differ"}))),
    "account-new": ("account.html", account.AccountPage((Fact("Name", "Ana Ruiz"),), False)),
    "sign-in": ("sign_in.html", account.SignInPage(Form({"email": "ana@acme.example"}, {}, "That e-mail and password do not belong together."), "/approvals")),
    "welcome": ("welcome.html", account.WelcomePage("Ana Ruiz", "ana@acme.example", "one-time", NOW + 3600 * S)),
    "fault-403": ("fault.html", fault.forbidden("Only an administrator may add people.")),
    "fault-404": ("fault.html", fault.missing("/agents/nobody")),
    "fault-409": ("fault.html", fault.stale("apr-01jd8k2m7q")),
    "fault-500": ("fault.html", fault.broken("err-5f02c1")),
}  # fmt: skip
SIGNED_OUT = {"sign-in", "welcome"}


def shell_for(name: str) -> Shell:
    """Signed out where the page is, everything at once on the first page, plain elsewhere."""
    if name in SIGNED_OUT:
        return Shell(NOW, csrf="token")
    if name == "home":
        return Shell(
            **{
                **SHELL.__dict__,
                "halts": (HALT,),
                "solo": True,
                "notice": Notice("ok", "Your vote was counted."),
            }
        )
    return SHELL


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "sample" in metafunc.fixturenames:
        metafunc.parametrize("sample", SAMPLES)


@pytest.fixture
def samples() -> Mapping[str, tuple[str, object, Shell]]:
    return {name: (template, view, shell_for(name)) for name, (template, view) in SAMPLES.items()}

"""Samples of agents, people, connectors, accounts and errors."""

from bailiwick.web import account, agent, connector, fault, person
from bailiwick.web.view import Choice, Detail, Form
from tests.web.sample_shell import DIGEST, HALT, NOW, ROOT, S
from tests.web.sample_work import RUNS

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

SERVERS = (
    connector.ServerRow("east-1:8700", "live", "0.1.0", NOW - 7200 * S, NOW - 2 * S, 3, True),
    connector.ServerRow("west-1:8700", "silent", "0.1.0", NOW - 7200 * S, NOW - 20 * S, 1),
    connector.ServerRow("west-2:8700", "stopped", "0.1.0", NOW - 9000 * S, NOW - 8000 * S, 0),
    connector.ServerRow("west-3:8700", "lost", "0.1.0", NOW - 9000 * S, NOW - 8000 * S, 0),
)

ROLES = (
    Choice("administrator", "Administrator: people, connectors, settings"),
    Choice("marketing-director", "Marketing director"),
    Choice("it-change", "IT change"),
    Choice("auditor", "Auditor: sees everything, changes nothing"),
)
PEOPLE = (
    person.PersonRow(
        "per-1",
        "Ana Ruiz",
        "ana@acme.example",
        ("administrator", "marketing-director"),
        "active",
        ("campaign-drafter", "lead-router"),
        NOW - 20 * S,
    ),
    person.PersonRow("per-2", "Chi Okafor", "change@acme.example", ("it-change",), "invited"),
    person.PersonRow("per-3", "Old Account", "old@acme.example", (), "disabled", (), NOW - 40 * 86_400 * S),
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
AGENT = agent.AgentScreen(
    name="campaign-drafter",
    purpose="Draft campaigns and keep their budgets within what marketing agreed.",
    state="active",
    owner=(
        Detail("Accountable", "ana@acme.example"),
        Detail("Backup", "it-ops@acme.example"),
        Detail("Review by", "1 Feb 2027"),
        Detail("Workflow", "campaign-setup"),
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
    bounds=(
        "It may read public and internal data and send out public data.",
        "In one run: at most 40 calls in 10 minutes, the same call at most 3 times, after a failure 2 times more.",
    ),
    uses=(
        agent.Use(
            "run-01jd8k2m7q",
            "Prepare the spring launch",
            True,
            34,
            40,
            "4.2 s",
            "10m",
            85,
            1,
            (agent.SumUse("All its actions: usd", "1.20 USD of 2.00 USD", 60),),
        ),
    ),
    yaml=CHARTER,
    charter="campaign-drafter",
    version=DIGEST,
    number=3,
    proposed=4,
    published_us=NOW - 5 * 86_400 * S,
    keys=(agent.KeyRow("sha256:" + "c0ffee42" * 8, NOW - 5 * 86_400 * S, "it-ops@acme.example"),),
    runs=RUNS[:2],
    halts=(HALT,),
    today=(agent.SumUse("Update fields of contacts: records", "46 of 500 records", 9, "asks above 50"),),
    undo=(
        agent.UndoRow("launch a paid campaign", "high", "compensable", "ads.campaign.pause"),
        agent.UndoRow("read contacts", "low", "none"),
        agent.UndoRow("send e-mail messages", "medium", "irreversible"),
        agent.UndoRow("edit campaigns", "medium", "reversible"),
    ),
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
        "revoked",
        0,
        0,
        0,
        0,
    ),
)

SAMPLES: dict[str, tuple[str, object]] = {
    "agents": ("agents.html", agent.AgentList(AGENTS)),
    "agents-empty": ("agents.html", agent.AgentList(())),
    "agent": ("agent.html", AGENT),
    "people": (
        "people.html",
        person.PersonList(
            PEOPLE,
            ROLES,
            True,
            Form({"role": "auditor"}, {"email": "`chi@` is not an e-mail address"}),
            person.OneTimeLink("Chi Okafor", "https://bailiwick.acme.example/sign-in/link/3kd9fj2m1", NOW + 86_400 * S),
        ),
    ),
    "person": ("person.html", person.PersonScreen(PEOPLE[0], NOW, ROLES, True, Form({"role": "administrator"}))),
    "person-link": (
        "person.html",
        person.PersonScreen(
            PEOPLE[1], NOW, ROLES, True, invitation=person.OneTimeLink("Chi Okafor", "https://x.example/l", NOW)
        ),
    ),
    "person-seen": ("person.html", person.PersonScreen(PEOPLE[2], NOW, ROLES, False)),
    "people-seen": ("people.html", person.PersonList(PEOPLE, ROLES, False)),
    "connectors": ("connectors.html", connector.ConnectorList((CRM, ADS), servers=SERVERS)),
    "connectors-empty": ("connectors.html", connector.ConnectorList(())),
    "connector": (
        "connector.html",
        connector.ConnectorScreen(
            ADS,
            (
                Detail("Transport", "stdio, one process a run"),
                Detail("Responsible", "it-ops@acme.example"),
                Detail("Catalogue", DIGEST, "digest"),
            ),
            (
                connector.ToolCard(
                    "ads__manage_campaign",
                    "reviewed",
                    "Create or change a campaign.",
                    DIGEST,
                    (
                        connector.ActionRow(
                            "ads.campaign.update", "change a campaign", "medium", "spend", "compensable"
                        ),
                    ),
                ),
                connector.ToolCard("ads__delete_account", "quarantined", "Delete the whole account.", ROOT, ()),
            ),
        ),
    ),
    "account": (
        "account.html",
        account.AccountScreen(
            (Detail("Name", "Ana Ruiz"), Detail("E-mail", "ana@acme.example")),
            True,
            Form({}, {"again": "the two new passwords differ"}),
        ),
    ),
    "account-new": ("account.html", account.AccountScreen((Detail("Name", "Ana Ruiz"),), False)),
    "sign-in": (
        "sign_in.html",
        account.SignInScreen(
            Form({"email": "ana@acme.example"}, {}, "That e-mail and password do not belong together."), "/approvals"
        ),
    ),
    "welcome": ("welcome.html", account.WelcomeScreen("Ana Ruiz", "ana@acme.example", "one-time", NOW + 3600 * S)),
    "fault-403": ("fault.html", fault.forbidden("Only an administrator may add people.")),
    "fault-404": ("fault.html", fault.missing("/agents/nobody")),
    "fault-409": ("fault.html", fault.refused(409, "`agent:lead-router` is halted already")),
    "fault-note": ("fault_note.html", fault.unproven("this form was sent from another site")),
    "fault-500": ("fault.html", fault.broken("err-5f02c1")),
}

"""Samples of grants: the table of roles and actions, what nobody uses, and a charter without it."""

from dataclasses import replace

from bailiwick.web import grant
from bailiwick.web.view import BLANK, Choice, Form
from tests.web.sample_shell import ANY, NOW, S

DAY = 86_400 * S
GROUPS = (
    grant.ColumnGroup(
        "ads",
        (
            grant.ColumnHead("ads.campaign.launch", "campaign.launch", "launch a paid campaign", "high", "spend"),
            grant.ColumnHead("ads.campaign.read", "campaign.read", "look at paid campaigns", "low", "read"),
        ),
    ),
    grant.ColumnGroup("crm", (grant.ColumnHead("crm.contact.read", "contact.read", "read contacts", "low", "read"),)),
)
WHY = "/why?agent=campaign-drafter&what=ads.campaign.launch"
LINES = (
    grant.MatrixLine(
        "campaign-drafter",
        ("campaign-drafter",),
        (
            grant.CellView("high", "high", "May launch a paid campaign, but must ask first every time.", WHY),
            grant.CellView("low", "never", "May look at paid campaigns, up to 5 at a time; above that never.", WHY),
            grant.CellView("medium", "medium", "May read contacts; the owner is told.", WHY),
        ),
    ),
    grant.MatrixLine(
        "kb-responder",
        (),
        (
            grant.CellView("never", "never", "May not launch a paid campaign: `ads.*` is prohibited.", WHY),
            grant.CellView("unlisted", "unlisted", "Does not list it.", WHY),
            grant.CellView("low", "low", "May read contacts.", WHY),
        ),
    ),
)
MATRIX = grant.MatrixScreen(Form({}), (Choice("crm", "crm"),), ANY, GROUPS, LINES)
NEVER = grant.GrantRow("crm.campaign.read", "May read campaigns.", "low", 15, "unused", NOW - 60 * DAY, 0, 0)
ROWS = (
    NEVER,
    replace(NEVER, action="crm.contact.read", state="used", last_us=NOW - 2 * DAY, tier="medium"),
    replace(NEVER, action="crm.lead.assign", last_us=NOW - 50 * DAY, refused_us=NOW - DAY, tier="high"),
    replace(NEVER, action="crm.note.add", state="new", since_us=NOW - DAY),
)
UNUSED = grant.UnusedScreen(
    Form({"days": "30", "show": "all"}),
    30,
    (grant.CharterUse("campaign-drafter", ROWS, 2, 4), grant.CharterUse("kb-responder", ROWS[1:2], 0, 1)),
    (grant.ToolUse("crm", "export_contacts", (("export whole contact lists", "high"),), True),),
    5,
    1,
)
TRIM = grant.TrimScreen(
    "campaign-drafter",
    3,
    ("crm.campaign.read", "crm.lead.assign"),
    "charter: campaign-drafter\n",
    ("May read campaigns.", "May assign a lead; the owner is told."),
    (("gap", ""), ("same", "can:"), ("removed", "  - do: crm.campaign.read"), ("added", "x"), ("same", "")),
)

SAMPLES: dict[str, tuple[str, object]] = {
    "matrix": ("matrix.html", MATRIX),
    "matrix-empty": ("matrix.html", replace(MATRIX, groups=(), lines=())),
    "matrix-narrowed": ("matrix.html", replace(MATRIX, groups=(), form=Form({"connector": "git"}))),
    "unused": ("unused.html", UNUSED),
    "unused-none": ("unused.html", replace(UNUSED, charters=(), tools=(), form=Form({}, {"days": "`x` is no number"}))),
    "trim": ("trim.html", TRIM),
    "trim-barred": ("trim.html", replace(TRIM, barred="Only administrator may publish charters.", form=BLANK)),
    "trim-problem": (
        "trim.html",
        replace(TRIM, problems=((7, "nobody can approve as `it-change`"),), form=Form({}, problem="It changed.")),
    ),
}

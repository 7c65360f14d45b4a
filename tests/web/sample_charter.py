"""Samples of charters: the list, a version in force, a proposed one."""

from dataclasses import replace

from bailiwick.web import charter, charter_edit
from bailiwick.web.view import Detail, Form
from tests.web.sample_shell import DIGEST, NOW, ROOT, S
from tests.web.sample_who import AGENT, CHARTER

DAY = 86_400 * S
ROWS = (
    charter.CharterRow(
        "campaign-drafter",
        AGENT.purpose,
        "campaign-setup",
        "ana@acme.example",
        3,
        NOW - 5 * DAY,
        ("campaign-drafter",),
        (("low", 4), ("medium", 3), ("high", 2)),
        4,
    ),
    charter.CharterRow(
        "kb-responder", "Answer customers.", "support", "it-ops@acme.example", 1, NOW - 40 * DAY, (), (("low", 2),)
    ),
)
SCREEN = charter.CharterScreen(
    name="campaign-drafter",
    purpose=AGENT.purpose,
    scope="For campaign-setup, campaign-drafter may on its own read contacts. It may read public data.",
    number=3,
    in_force=True,
    proposed=4,
    details=(Detail("Accountable", "ana@acme.example"), Detail("Review by", "2027-02-01")),
    promises=AGENT.promises,
    bounds=AGENT.bounds,
    yaml=CHARTER,
    digest=DIGEST,
    published_us=NOW - 5 * DAY,
    by="Ana Ruiz",
    agents=("campaign-drafter", "drafter-two"),
    versions=(
        charter.VersionRow(4, "proposed", "may also pause campaigns", "Ana Ruiz", NOW - DAY, ROOT),
        charter.VersionRow(3, "in-force", "the spring launch", "Ana Ruiz", NOW - 5 * DAY, DIGEST),
        charter.VersionRow(2, "published", "a smaller budget", "Ada Admin", NOW - 30 * DAY, ROOT),
    ),
    warnings=((14, "`email.campaign.schedule` can be high, and only one person holds `it-change`"),),
)

LOOKED = charter_edit.LookedAt(
    "wider", True, (("wider", "read contacts"), ("incomparable", "send")), AGENT.promises, AGENT.bounds
)
EDIT = charter_edit.EditScreen("campaign-drafter", 3, Form({"source": CHARTER}))

SAMPLES: dict[str, tuple[str, object]] = {
    "charters": ("charters.html", charter.CharterList(ROWS)),
    "charters-empty": ("charters.html", charter.CharterList(())),
    "charter": ("charter.html", SCREEN),
    "charter-edit": ("charter_edit.html", EDIT),
    "charter-edit-looked": (
        "charter_edit.html",
        replace(EDIT, looked=LOOKED, flaws=((14, "`it-change` is held by one person", "warning"),)),
    ),
    "charter-edit-wrong": (
        "charter_edit.html",
        replace(EDIT, form=Form({}, problem="Say why."), flaws=((1, "`porpoise`?", "error"),), barred="Only owners."),
    ),
    "charter-proposed": ("charter.html", replace(SCREEN, number=4, in_force=False, agents=(), warnings=())),
    "charter-earlier": ("charter.html", replace(SCREEN, number=2, in_force=False, proposed=0)),
}

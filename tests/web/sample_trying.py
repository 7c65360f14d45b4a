"""Samples of the pages on which a charter is tried."""

from bailiwick.web import trying
from bailiwick.web.view import Detail, Form, Pager
from tests.web.sample_shell import DIGEST, NOW, ROOT, S
from tests.web.sample_who import CHARTER

CHANGED = trying.ChangedRow(
    1204,
    "act-01jd8k2m7q",
    "run-01jd8k2m7q",
    "crm.contact.read",
    NOW - 7200 * S,
    "allow",
    "deny",
    "",
    "`crm.contact.read` is low risk within the charter's limits",
    "`limit` is over the limit of 200",
    ("totals.day.records",),
)
ASKS = trying.ChangedRow(
    1260,
    "act-01jd8k2m80",
    "run-01jd8k2m7q",
    "email.campaign.schedule",
    NOW - 3600 * S,
    "ask",
    "ask",
    "other people are asked",
    "`email.campaign.schedule` is high risk",
    "`email.campaign.schedule` is high risk: it needs the consent of it-change within 4 h",
    (),
)
UNTOLD = trying.UntoldRow(
    1190, "crm.contact.update", NOW - 9000 * S, "allow", "its request was erased, so it cannot be decided again"
)
OUTCOME = trying.Outcome(
    8_412,
    1,
    1,
    1,
    12,
    (
        trying.CountRow("crm.contact.read", 8_100, (("allow → deny", 1),), 0),
        trying.CountRow("crm.contact.update", 312, (), 1),
    ),
    (CHANGED, ASKS),
    (UNTOLD,),
    Pager("/whatifs/whf-1", "/whatifs/whf-1?after=50"),
)
NOTHING = trying.Outcome(0, 0, 0, 0, 0, (), (), ())
TRIAL = trying.TrialScreen(
    name="campaign-drafter",
    kind="canary",
    state="running",
    percent=10,
    overtaken=False,
    note="Half the contacts a day",
    details=(
        Detail("Version on trial", DIGEST, "digest"),
        Detail("Beside", ROOT, "digest"),
        Detail("Share", "10 % of the runs opened now"),
        Detail("Since", NOW - 7200 * S, "time"),
    ),
    sides=(trying.SideRow("old", 410, 12, 3), trying.SideRow("new", 40, 2, 1)),
    yaml=CHARTER,
    outcome=OUTCOME,
    may_change=True,
    form=Form({"percent": "10"}),
)
WHATIF = trying.WhatIfScreen("whf-1", "campaign-drafter", DIGEST, NOW - 30 * 86_400 * S, False, 100, "", OUTCOME)
SAMPLES: dict[str, tuple[str, object]] = {
    "try": (
        "try.html",
        trying.TryScreen("campaign-drafter", Form({"source": CHARTER, "days": "30", "percent": "10"}), may_start=True),
    ),
    "try-flawed": (
        "try.html",
        trying.TryScreen(
            "campaign-drafter",
            Form({"source": "charter: x"}, problem="Write the days as a whole number."),
            ((2, "unknown key `porpoise`; did you mean `purpose`?"),),
            "Another version is on trial in the shadow.",
        ),
    ),
    "whatif": ("whatif.html", WHATIF),
    "whatif-running": (
        "whatif.html",
        trying.WhatIfScreen("whf-2", "campaign-drafter", DIGEST, NOW, True, 40, "", NOTHING),
    ),
    "trial": ("trial.html", TRIAL),
    "trial-proposed": (
        "trial.html",
        trying.TrialScreen(
            **(TRIAL.__dict__ | {"state": "proposed", "sides": (), "outcome": None, "form": Form({"percent": "10"})})
        ),
    ),
    "trial-over": (
        "trial.html",
        trying.TrialScreen(**(TRIAL.__dict__ | {"state": "stopped", "kind": "shadow", "overtaken": True})),
    ),
}

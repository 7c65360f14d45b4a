"""Samples of two versions compared: one that waits for its owners, an earlier one, two that are the same."""

from dataclasses import replace

from bailiwick.web import charter_version as shown
from tests.web.sample_shell import DIGEST

WAITING = shown.CompareScreen(
    name="campaign-drafter",
    before=3,
    after=4,
    state="proposed",
    note="may also pause campaigns, and writes to fifty at once",
    relation="incomparable",
    needs_both=True,
    actions=(
        shown.ComparedRow(
            "email.campaign.schedule",
            "schedule a campaign",
            "wider",
            (
                shown.ExampleRow(
                    "wider",
                    "email__schedule list=beta recipients=51 items, such as someone@acme.example",
                    ("Friday 20:00 in Europe/Madrid", "after 5 calls in this run"),
                    ("deny", "`recipients` is over the limit of 50"),
                    ("allow", "at medium risk"),
                ),
                shown.ExampleRow(
                    "wider",
                    "email__schedule list=staff",
                    (),
                    ("ask", "marketing-director and it-change within 4 hours"),
                    ("ask", "marketing-director within 4 hours"),
                ),
            ),
        ),
        shown.ComparedRow(
            "crm.contact.read",
            "read contacts",
            "narrower",
            (
                shown.ExampleRow(
                    "narrower",
                    "crm__query fields=credit_limit",
                    (),
                    ("allow", "at low risk"),
                    ("deny", "this would read restricted data; the charter may read internal, public"),
                ),
            ),
        ),
    ),
    same=(("crm.note.add", "add a note"), ("crm.contact.update", "")),
    terms=(
        shown.TermRow("Prohibition", "billing.*", "", True),
        shown.TermRow("Purpose", "Draft campaigns.", "Draft and schedule campaigns.", False),
    ),
    lines=(("same", "charter: campaign-drafter"), ("removed", "  max: 50"), ("added", "  max: 5000"), ("gap", "")),
    options=tuple(shown.VersionOption(number, f"{number}: a note") for number in (4, 3, 2, 1)),
    digest=DIGEST,
    voices=(
        shown.VoiceRow("ana@acme.example", "Ana Ruiz", False),
        shown.VoiceRow("it-ops@acme.example", "", True),
    ),
    may_agree=True,
    may_withdraw=True,
)
EARLIER = replace(
    WAITING,
    before=3,
    after=2,
    state="published",
    relation="narrower",
    needs_both=False,
    actions=WAITING.actions[1:],
    terms=(),
    voices=(),
    may_agree=False,
    may_withdraw=False,
    may_return=True,
    may_tag=True,
    tags=("stable",),
)
SAMPLES: dict[str, tuple[str, object]] = {
    "compare": ("charter_compare.html", WAITING),
    "compare-earlier": ("charter_compare.html", EARLIER),
    "compare-same": (
        "charter_compare.html",
        replace(EARLIER, relation="same", state="in-force", actions=(), lines=(), tags=(), may_return=False),
    ),
}

"""Samples of the behaviour pages."""

from bailiwick.web import behaviour
from bailiwick.web.view import ONE_PAGE, Detail, Form, Pager
from tests.web.sample_shell import DIGEST, NOW, ROOT, S

VERSION = behaviour.BehaviourScreen(
    agent="campaign-drafter",
    digest=DIGEST,
    number=4,
    status="accepted",
    note="Asks for the disclosure line in every draft",
    details=(
        Detail("Agent", "campaign-drafter", href="/agents/campaign-drafter"),
        Detail("Version", DIGEST, "digest"),
        Detail("Registered", NOW - 3600 * S, "time"),
        Detail("By", "Ada Admin"),
    ),
    against=3,
    texts=(
        behaviour.ChangedText(
            "prompt/system",
            "changed",
            (
                ("same", "You draft campaigns for Acme."),
                ("removed", "Keep it short."),
                ("added", "Keep it short, and end with the line “Advertisement by Acme”."),
                ("gap", ""),
                ("same", "Never send anything yourself."),
            ),
        ),
        behaviour.ChangedText("dataset/tone", "added", (("added", '{"examples": 120}'),)),
    ),
    same=("model/main", "workflow/steps"),
    numbers=(behaviour.ChangedNumber("crm.segment.read", "recipients", 4_800, 5_200),),
    untold="",
    run="run-01jd8k2m7q",
    passed=True,
    trouble="",
    checks=(
        behaviour.CheckRow("every draft carries the disclosure line", True, ""),
        behaviour.CheckRow("the tone stays friendly", True, "read by two people"),
    ),
    may_activate=True,
    form=Form({"note": "agreed"}, problem="Version 4 of `campaign-drafter` is in force already."),
)
ROWS = (
    behaviour.BehaviourRow(DIGEST, 4, "accepted", VERSION.note, NOW - 3600 * S, "Ada Admin"),
    behaviour.BehaviourRow(ROOT, 3, "active", "a newer model", NOW - 90_000 * S, "Ada Admin"),
    behaviour.BehaviourRow(DIGEST, 2, "rejected", "bolder claims", NOW - 190_000 * S, "Ana Ruiz"),
    behaviour.BehaviourRow(DIGEST, 1, "superseded", "first version", NOW - 900_000 * S, "Ada Admin"),
)

SAMPLES: dict[str, tuple[str, object]] = {
    "behaviours": (
        "behaviours.html",
        behaviour.BehaviourList("campaign-drafter", 3, ROWS, Pager("", "/agents/campaign-drafter/behaviour?before=1")),
    ),
    "behaviours-none": ("behaviours.html", behaviour.BehaviourList("lead-router", 0, (), ONE_PAGE)),
    "behaviour": ("behaviour.html", VERSION),
    "behaviour-untested": (
        "behaviour.html",
        behaviour.BehaviourScreen(
            **{
                **VERSION.__dict__,
                "number": 1,
                "status": "registered",
                "against": 0,
                "texts": (),
                "same": (),
                "numbers": (),
                "untold": "this version has had no acceptance run yet",
                "run": "",
                "passed": False,
                "checks": (),
                "form": Form(),
            }
        ),
    ),
    "behaviour-rejected": (
        "behaviour.html",
        behaviour.BehaviourScreen(
            **{
                **VERSION.__dict__,
                "status": "rejected",
                "numbers": (),
                "passed": False,
                "trouble": "the run ended as `failed`",
                "checks": (behaviour.CheckRow("the tone stays friendly", False, "three complaints"),),
            }
        ),
    ),
}

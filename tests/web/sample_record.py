"""Samples of the record and of halts."""

from bailiwick.web import halt, record, record_download
from bailiwick.web.view import Choice, Detail, Form, Pager
from tests.web.sample_shell import ANY, DIGEST, HALT, NOW, ROOT, SCOPE, S

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

SAMPLES: dict[str, tuple[str, object]] = {
    "record": (
        "record.html",
        record.RecordScreen(
            Form({"agent": "campaign-drafter"}),
            ANY,
            (Choice("action.denied", "action.denied"),),
            (Choice("deny", "Denied"),),
            EVENTS,
            HEAD,
            "bailiwick record list --agent campaign-drafter",
            "GET /v1/record/events?agent=campaign-drafter",
            "agent=campaign-drafter",
            Pager("", "/record?before=10407"),
        ),
    ),
    "record-none": (
        "record.html",
        record.RecordScreen(
            Form({"tool": "nothing"}),
            ANY,
            (),
            (),
            (),
            HEAD,
            "bailiwick record list --tool nothing",
            "GET /v1/record/events?tool=nothing",
            "tool=nothing",
        ),
    ),
    "record-download": (
        "record_download.html",
        record_download.DownloadScreen(
            Form({"format": "ocsf"}),
            (Choice("parquet", "Parquet: the whole record"), Choice("ocsf", "OCSF 1.3.0, one a line")),
            (Choice("deny", "verdict"),),
            "bailiwick record export ./record --format ocsf --verdict deny",
            "GET /v1/record/export/ocsf?verdict=deny",
        ),
    ),
    "record-download-barred": (
        "record_download.html",
        record_download.DownloadScreen(
            Form({"format": "parquet"}),
            (),
            (),
            "bailiwick record export ./record --format parquet",
            "GET /v1/record/export/parquet",
            "Only administrator or auditor may export the record; ask one of them.",
        ),
    ),
    "verify-good": ("verify.html", record.Verified(10_422, 812, 940_000, NOW)),
    "verify-bad": ("verify.html", record.Verified(10_422, 812, 940_000, NOW, "", MISTAKES)),
    "event": (
        "event.html",
        record.EventScreen(
            EVENTS[0],
            '{"agent":"campaign-drafter","outcome":"unknown","type":"action.settled"}',
            '{"daily_budget": 180000000}',
            (
                Detail("Position", 10_421),
                Detail("Time", NOW, "time"),
                Detail("Actor", "campaign-drafter"),
                Detail("Action digest", DIGEST, "digest"),
            ),
            (DIGEST, ROOT),
            HEAD,
            "bailiwick record list --action act-01jd",
            record.Why(
                "the field `email` is customer data",
                ("data",),
                "data-ceiling",
                (Detail("Run", "open, 3 calls before"),),
            ),
            DIGEST,
        ),
    ),
    "event-erased": (
        "event.html",
        record.EventScreen(EVENTS[1], "{}", None, (Detail("Position", 10_420),), (), HEAD, "bailiwick record list"),
    ),
    "halt": (
        "halt.html",
        halt.HaltScreen(
            (HALT,),
            (
                halt.ScopeGroup(
                    "All at once",
                    (halt.HaltScope("all", "everything", "every agent", "5 agents, 1 run in progress"),),
                ),
                halt.ScopeGroup("An agent", (SCOPE,)),
            ),
        ),
    ),
    "halt-confirm": (
        "halt_confirm.html",
        halt.HaltConfirm(
            SCOPE,
            (
                "every new action of campaign-drafter, at once",
                "the run “Prepare the spring launch”",
                "1 request waiting for approval: it can no longer be used",
            ),
            Form({"reason": "Budget looks wrong", "typed": "campaign"}, {"typed": "type `campaign-drafter`, exactly"}),
        ),
    ),
    "resume": ("resume.html", halt.ResumeConfirm(HALT, "kb-responder")),
    "resume-barred": (
        "resume.html",
        halt.ResumeConfirm(HALT, "kb-responder", "You stopped it yourself, so a second person has to resume it."),
    ),
}

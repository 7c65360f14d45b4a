"""Samples of people who are forgotten."""

from bailiwick.web import subject
from bailiwick.web.view import Form
from tests.web.sample_shell import NOW, S

ROWS = (
    subject.ForgottenRow("sub-5f1c0a93be27d4418a60c9f2", "contact", "erased", 41, 12, NOW - 3 * 86_400 * S),
    subject.ForgottenRow("sub-0c93be27d4418a60c9f25f1a", "contact", "erasing", 0, 0, NOW - 20 * S),
)
FOUND = subject.FoundSubject(
    "contact",
    "con-0007",
    "sub-77d4418a60c9f25f1c0a93be",
    ("41 parts of 12 events in 3 runs", "1 request for approval about them, which nobody could judge any more"),
    ("every event and every proof of the record",),
)
KINDS = ("address", "contact")

SAMPLES = {
    "subjects": ("subjects.html", subject.SubjectScreen(ROWS, KINDS)),
    "subjects-none": ("subjects.html", subject.SubjectScreen((), ())),
    "subjects-barred": (
        "subjects.html",
        subject.SubjectScreen(ROWS, (), "Only administrator or data-protection may forget people; ask one of them."),
    ),
    "subjects-unknown": (
        "subjects.html",
        subject.SubjectScreen(
            (), KINDS, form=Form({"kind": "contact", "id": "con-9"}, {"id": "nothing is kept of such a person"})
        ),
    ),
    "subjects-found": (
        "subjects.html",
        subject.SubjectScreen(ROWS, KINDS, form=Form({"kind": "contact", "id": "con-0007"}), found=FOUND),
    ),
}

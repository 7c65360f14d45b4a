"""Samples of how long data is kept."""

from bailiwick.web import retention
from bailiwick.web.view import Form

ROWS = (retention.RetentionRow("every", 183, 0), retention.RetentionRow("customer", 183, 400))

SAMPLES = {
    "retention": ("retention.html", retention.RetentionScreen(ROWS)),
    "retention-due": (
        "retention.html",
        retention.RetentionScreen(ROWS, ("2,412 payloads of class customer, a month of them", "31 rows of runs")),
    ),
    "retention-barred": (
        "retention.html",
        retention.RetentionScreen(ROWS[:1], barred="Only administrator or data-protection may set retention."),
    ),
    "retention-wrong": (
        "retention.html",
        retention.RetentionScreen(
            ROWS,
            form=Form(
                {"data_class": "customer", "keep_days": "30", "most_days": "x"},
                {"most_days": "write a whole number of days"},
                "kept 183 days at least was promised; it can only be made longer",
            ),
        ),
    ),
}

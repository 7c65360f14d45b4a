"""Samples of places that hold the record."""

from bailiwick.web import anchor
from bailiwick.web.route.anchor import _KINDS, FIELDS
from bailiwick.web.view import Form
from tests.web.sample_shell import ANY, NOW, S

ROWS = (
    anchor.AnchorPlaceRow("north", "witness", "", "ok", "check", "Holds it", "", 10_400, NOW - 40 * S),
    anchor.AnchorPlaceRow(
        *("mirror", "git", "https://git.acme.example/record.git", "bad", "alert", "Contradicts"),
        f"it holds 10422 entries of this log, and here are 10400: its end was cut off {ANY}",
        10_400,
        NOW - 90 * S,
    ),
    anchor.AnchorPlaceRow("tsa", "timestamp", "https://tsa.example", "busy", "clock", "Not asked yet", "", 0, 0),
)
SAMPLES: dict[str, tuple[str, object]] = {
    "anchors": ("anchors.html", anchor.AnchorScreen(ROWS, 10_400, 22, "north (witness)", _KINDS)),
    "anchors-none": ("anchors.html", anchor.AnchorScreen((), 0, 12, "", _KINDS)),
    "anchors-reader": ("anchors.html", anchor.AnchorScreen(ROWS, 10_400, 1, "mirror (git), north (witness)")),
    "anchors-add": (
        "anchors.html",
        anchor.AnchorScreen(
            *(ROWS, 10_400, 0, "north (witness)", _KINDS, "witness", FIELDS["witness"]),
            Form({"name": "south", "policy": "quorum\n"}, problem=f"the witness policy: line 1: {ANY}"),
        ),
    ),
}

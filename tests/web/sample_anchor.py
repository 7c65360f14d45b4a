"""Samples of places that hold the record."""

from dataclasses import replace

from bailiwick.web import anchor, record
from bailiwick.web.route.anchor import _KINDS, FIELDS
from bailiwick.web.view import Form
from tests.web import sample_record
from tests.web.sample_shell import ANY, NOW, ROOT, S

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
LATE = record.Head(
    *(
        10_422,
        ROOT,
        NOW - 400 * S,
        "acme.example/log+3f2a91c0",
        "north (witness), vault (folder)",
        10_400,
        NOW - 460 * S,
    ),
    late="31 events at the end of the record are not signed yet: the signer at `/run/signer.sock` does not answer",
)
SAMPLES: dict[str, tuple[str, object]] = {
    "anchors": ("anchors.html", anchor.AnchorScreen(ROWS, 10_400, 22, "north (witness)", _KINDS)),
    "record-late": ("record.html", replace(sample_record.SAMPLES["record"][1], head=LATE)),
    "verify-anchored": (
        "verify.html",
        record.Verified(10_422, 812, 940_000, NOW, "north (witness)", 10_400, NOW - 460 * S),
    ),
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

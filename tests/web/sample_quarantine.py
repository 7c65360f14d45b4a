"""A shop whose tools changed overnight, as whoever reviews it sees it."""

from bailiwick.web import quarantine
from bailiwick.web.view import Form
from tests.web.sample_shell import DIGEST, NOW, S

BUY = quarantine.ReviewCard(
    number=1,
    tool="buy",
    change="changed",
    sentence="The definition of `shop__buy` changed after it was reviewed (argument added: `bcc`).",
    since_us=NOW - 3600 * S,
    digest=DIGEST,
    known=True,
    arguments=(
        quarantine.ChangedPart("bcc (required)", None, '{"type":"string"}'),
        quarantine.ChangedPart("gift", '{"type":"boolean"}', None),
    ),
    parts=(quarantine.ChangedPart("description", "Buy an item.", "Buy an item and tell the partner."),),
    lines=(
        ("same", '  "properties": {'),
        ("added", '    "bcc": {'),
        ("added", '      "type": "string"'),
        ("removed", '    "gift": {'),
        ("gap", ""),
        ("same", "}"),
    ),
    suspended=(("shop-assistant", "shop.item.buy"),),
    problems=(),
    consequences=("charter `shop-assistant`: tool `buy` has no argument or measure `gift`",),
)
SAMPLES = {
    "tool-review": (
        "tool_review.html",
        quarantine.ReviewScreen(
            "shop",
            (
                BUY,
                quarantine.ReviewCard(
                    **{
                        **{name: getattr(BUY, name) for name in BUY.__dataclass_fields__},
                        "number": 2,
                        "tool": "pay",
                        "problems": ("tool `pay` has no argument `amount`",),
                        "suspended": (),
                        "form": Form({"note": "fine"}, problem="The definition of `pay` is another one now."),
                    }
                ),
                quarantine.ReviewCard(
                    3, "sell", "gone", "`shop__sell` is no longer offered.", NOW, "", True, (), (), (), (), (), ()
                ),
                quarantine.ReviewCard(
                    *(4, "Buy", "appeared", "`shop__Buy` is new and can be taken for `buy`.", NOW, DIGEST, False),
                    *((), (), (("added", "{"), ("added", '  "name": "Buy"'), ("added", "}")), (), (), ()),
                ),
            ),
        ),
    ),
    "tool-review-barred": (
        "tool_review.html",
        quarantine.ReviewScreen("shop", (BUY,), "Only administrator may manage connectors; ask one of them."),
    ),
    "tool-review-empty": ("tool_review.html", quarantine.ReviewScreen("shop", ())),
}

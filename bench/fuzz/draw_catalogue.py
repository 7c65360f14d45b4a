"""Catalogues as plain documents, valid against the tool definitions that come with them."""

from typing import Any

from hypothesis import strategies as st

from bench.fuzz.draw_word import LINES, SCALARS, TIERS, distinct

Document = dict[str, Any]
TOOLS = ("query", "manage", "send")
_PROPERTIES = {"object_type": {}, "ids": {"type": "array"}, "filter": {"type": "object"}, "text": {"type": "string"}}
DEFINITIONS: list[Document] = [
    {"name": name, "inputSchema": {"type": "object", "properties": _PROPERTIES}} for name in TOOLS
]
_PATHS = st.sampled_from(["object_type", "ids", "filter.owner", "text"])
_CLASSES = st.sampled_from(["public", "internal", "customer"])
_READS = st.one_of(
    _CLASSES,
    st.builds(
        lambda by, classes, every: {"by": by, "classes": classes, **every},
        _PATHS,
        st.dictionaries(st.sampled_from(["segment", "email", "x y"]), _CLASSES, min_size=1, max_size=2),
        st.sampled_from([{}, {"all_when_absent": True}, {"all_when_absent": False}]),
    ),
)
_MEASURE = st.one_of(
    st.builds(lambda kind, path: {kind: path}, st.sampled_from(["length_of", "value_of"]), _PATHS),
    st.builds(lambda size: {"constant": size}, st.one_of(st.integers(0, 99), st.just("5k"))),
)
_CONFIRM = st.builds(
    lambda tool, path, want: {"tool": tool, "arguments": {path: f"${path}"}, "expect": {"records.*.id": want}},
    st.sampled_from(TOOLS),
    _PATHS,
    st.one_of(SCALARS.filter(lambda value: not str(value).startswith("$")), _PATHS.map(lambda path: f"${path}")),
)
_MORE: dict[str, st.SearchStrategy[Any]] = {
    "floor": st.sampled_from(TIERS),
    "arguments": st.dictionaries(_PATHS, st.sampled_from(["authority", "content"]), max_size=2),
    "measures": st.dictionaries(st.sampled_from(["records", "usd"]), _MEASURE, max_size=2),
    "defaults": st.dictionaries(_PATHS, SCALARS, max_size=1),
    "undo": st.sampled_from([{"class": "reversible"}, {"class": "irreversible"}, {"class": "none"}]),
    "idempotent": st.booleans(),
    "confirm": _CONFIRM,
}


@st.composite
def catalogues(draw: st.DrawFn) -> Document:
    """A valid catalogue of the connector `crm` over `DEFINITIONS`, its actions told apart by `object_type`."""
    kinds = draw(distinct(st.sampled_from(["contacts", "campaigns", "leads"]), 0, 3))
    actions: Document = {}
    for kind in kinds:
        entry: Document = {"tool": draw(st.sampled_from(TOOLS)), "when": {"object_type": kind}, "says": draw(LINES)}
        entry["effect"] = draw(st.sampled_from(["read", "write", "send", "spend"]))
        if entry["effect"] == "read" or draw(st.booleans()):
            entry["reads"] = draw(_READS)
        if entry["effect"] == "send" or draw(st.booleans()):
            entry["sends"] = draw(_CLASSES)
        more = draw(st.lists(st.sampled_from(sorted(_MORE)), unique=True))
        actions[f"crm.{kind}.do"] = {**entry, **{key: draw(_MORE[key]) for key in more}}
    return {"connector": "crm", "actions": actions}

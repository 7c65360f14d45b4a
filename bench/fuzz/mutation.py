"""Documents as text, and the ways in which people, editors and attackers spoil them."""

import json
from typing import Any

import yaml
from hypothesis import strategies as st

from bench.fuzz.form import Document, Path

MARK = "zzqx"
"""A word that nothing knows and no strategy draws."""
SURPRISES = (
    *(
        "&a 1",
        "!!str 1",
        "!x y",
        "!!python/name:os.system",
        "*a",
        "1.5",
        ".nan",
        "-.inf",
        "1e3",
        "0x1F",
        "1_000",
        "012",
    ),
    *("+5", "99999999999999999999", "{a: 1, a: 2}", "{<<: {a: 1}}", "{1: x}", "[&b c]", "? [a]", "{? [a] : b}"),
)
"""What YAML can say and a document may not, each in the place of one value."""
_TOKENS = (
    *("&a ", "*a", "!!str ", "!", "1.5", "? ", "- ", ": ", ":", "{", "}", "[", "]", ",", "|", ">", '"', "'", "\\"),
    *("#", "%YAML 1.2\n", "---\n", "...\n", "<<: ", "\n", "\r", "\t", "  ", "\x00", "\x07", "\x85", "\u2028", "\ufeff"),
    *(
        "null",
        "true",
        "~",
        "0",
        "-1",
        "\\ud83d",
        "é",
        "\u0430",
        "\uff03",
        "can:",
        "tier: low",
        "forbidden: true",
        "*",
        "[]",
        "{}",
    ),
)


@st.composite
def texts(draw: st.DrawFn, document: Document) -> str:
    """The document as JSON or YAML in one of many layouts."""
    style = draw(st.integers(0, 4))
    if style == 0:
        return json.dumps(document, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1, "\t"])))
    flow = {1: True, 2: None}.get(style, False)
    width = draw(st.sampled_from([40, 120, 10_000]))
    text: str = yaml.dump(
        document, Dumper=_Dumper, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=width
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes what another reader of YAML could take for a number, and writes everything out."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if text[:1] in tuple("0123456789+-.") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def replaced(document: Document, path: Path, value: object) -> Document:
    """A copy with another value at the path."""
    copy: Any = json.loads(json.dumps(document))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return copy  # type: ignore[no-any-return]


def renamed(document: Document, path: Path, key: str) -> Document:
    """A copy with another key at the end of the path, in the same place."""
    copy: Any = json.loads(json.dumps(document))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    items = [(key if name == path[-1] else name, value) for name, value in holder.items()]
    holder.clear()
    holder.update(items)
    return copy  # type: ignore[no-any-return]


@st.composite
def spoiled(draw: st.DrawFn, text: str) -> str:
    """The text after one to four edits that need not make sense."""
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(0, len(text)))
        last = min(len(text), first + draw(st.integers(0, 12)))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            text = text[:first] + text[last:]
        elif kind == 1:
            text = text[:first] + draw(st.sampled_from(_TOKENS)) + text[first:]
        elif kind == 2:
            text = text[:first] + draw(st.sampled_from(_TOKENS)) + text[last:]
        elif kind == 3:
            text = text[:last] + text[first:]
        else:
            lines = text.split("\n")
            here, there = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            lines[here], lines[there] = lines[there], lines[here]
            text = "\n".join(lines)
    return text

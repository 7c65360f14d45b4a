"""Names that a hurried reader takes for one another: other case, look-alike letters, other separators.

>>> looks_like("send_mail", "Send-Mai1")
True
"""

import re
import unicodedata
from typing import Final

TOOL_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
"""What a reviewed tool may be called (MCP 2025-11-25, tool names): letters that no other script can imitate."""

_FOREIGN: Final = str.maketrans(
    "авекмнорстухѕіјԁɡһӏαβεηικνορτυχ",  # Cyrillic and Greek
    "abekmhopctyxsijdghlabenikvoptux",
)
_ALIKE: Final = str.maketrans("01i", "oll")
_PAIRS: Final = (("rn", "m"), ("vv", "w"))


def skeleton(name: str) -> str:
    """What is left of a name when everything is gone that a glance overlooks; two names with one skeleton are alike."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_FOREIGN)
    seen = "".join(letter for letter in plain if letter.isalnum()).translate(_ALIKE)
    for pair, single in _PAIRS:
        seen = seen.replace(pair, single)
    return seen


def looks_like(one: str, other: str) -> bool:
    """Whether two different names could be taken for one another."""
    return one != other and skeleton(one) == skeleton(other)

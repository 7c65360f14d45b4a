"""The page on charters leaves no word of the language out."""

import re

from bailiwick.core.budget_limit import MONEY, SCOPES, USUAL_UNITS
from bailiwick.core.charter import CHARTER_KEYS, RUN_USUAL
from bailiwick.core.limit import Op
from bailiwick.core.tier import Tier


def test_every_word_of_the_language_is_explained(checkout):
    page = (checkout / "docs/guide/charters.md").read_text()
    words = {*CHARTER_KEYS, *Op, *(tier.word for tier in Tier), *RUN_USUAL, *SCOPES, *USUAL_UNITS, "optional"}
    spoken = " ".join(re.findall(r"`[^`\n]*`|\*\*[^*\n]*\*\*", page))
    assert {word for word in words - set(MONEY[1:]) if not re.search(rf"\b{word}\b", spoken)} == set()

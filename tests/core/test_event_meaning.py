"""Every event means one thing, and says so."""

from bailiwick.core.event import EventType
from bailiwick.core.event_meaning import MEANINGS


def test_every_event_has_a_sentence_of_its_own():
    assert set(MEANINGS) == set(EventType), "say in core/event_meaning.py what the event means"
    assert len(set(MEANINGS.values())) == len(MEANINGS)


def test_a_meaning_is_one_sentence():
    for kind, text in MEANINGS.items():
        assert text[0].isupper() and text.endswith(".") and text.count(". ") == 0, kind
        assert len(text) <= 120, kind

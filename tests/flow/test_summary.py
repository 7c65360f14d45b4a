import json

import pytest

from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.flow.summary import Tale, summarise

SECOND = 1_000_000


class Story:
    """Writes events as the record would hold them, with their payloads beside."""

    def __init__(self):
        self.events, self.payloads = [], {}

    def tell(self, kind, data, action=None, actor=("agent", "lead-router"), payload=None):
        index = 10 + len(self.events)
        leaf = {"type": kind.value, "at_us": index * SECOND, "data": data}
        leaf["actor"] = {"kind": actor[0], "id": actor[1]}
        if action:
            leaf["action"] = action
        self.payloads[index] = payload
        self.events.append(RecordedEvent(index, json.dumps(leaf).encode(), leaf))
        return index

    def opened(self, **data):
        data = {"workflow": "lead-routing", "declared": True} | data
        return self.tell(EventType.RUN_OPENED, data, payload={"intent": "route the leads."})

    def done(self, action, kind=EventType.ACTION_SUCCEEDED, name="crm.lead.assign"):
        self.tell(EventType.ACTION_INTENDED, {"name": name}, action)
        return self.tell(kind, {"name": name, "evidence": "reply"}, action)

    def summary(self):
        says = {"crm.lead.assign": "assign a lead"}
        tale = Tale(self.events, lambda event: self.payloads[event.index], lambda n: says.get(n, n), str.title)
        return summarise(tale)


@pytest.fixture
def story():
    return Story()


def test_a_run_of_nothing_has_no_summary(story):
    assert story.summary() == ()


def test_every_sentence_rests_on_the_events_it_names(story):
    opened = story.opened(requester="ana")
    first, second = story.done("act-1"), story.done("act-2")
    failed = story.done("act-3", EventType.ACTION_FAILED, "crm.contact.update")
    ended = story.tell(EventType.RUN_ENDED, {"outcome": "finished"})
    assert [(one.text, one.events) for one in story.summary()] == [
        ("lead-router set out to: route the leads, for Ana.", (opened,)),
        ("Done: assign a lead (2 times).", (first, second)),
        ("Failed: crm.contact.update.", (failed,)),
        ("It ended as finished after 7 seconds.", (opened, ended)),
    ]


def test_an_intent_without_an_outcome_is_still_under_way(story):
    index = story.tell(EventType.ACTION_INTENDED, {"name": "crm.lead.assign"}, "act-1")
    (statement,) = story.summary()
    assert (statement.text, statement.events) == ("Still under way: assign a lead.", (index,))


def test_an_unknown_outcome_is_said_until_somebody_settles_it_and_after(story):
    lost = story.done("act-1", EventType.ACTION_UNKNOWN)
    data = {"name": "crm.lead.assign", "outcome": "failed", "was": "unknown"}
    settled = story.tell(EventType.ACTION_RECONCILED, data, "act-1", ("person", "ana"))
    texts = [(one.text[:30], one.events) for one in story.summary()]
    assert texts == [("Outcome unknown: assign a lead", (lost,)), ("Settled by a person afterwards", (settled,))]


def test_refusals_are_counted_by_their_reason(story):
    reason = {"verdict": {"sentence": "`fields` may only hold `segment`."}}
    for action in ("act-1", "act-2"):
        story.tell(EventType.ACTION_DENIED, {"code": "limit"}, action, payload=reason)
    story.tell(EventType.ACTION_DENIED, {"code": "unlisted"}, "act-3")
    (statement,) = story.summary()
    assert statement.text == "3 calls were refused: `fields` may only hold `segment` (2 times); unlisted."
    assert statement.events == (10, 11, 12)


@pytest.mark.parametrize(
    "events, end",
    [
        ((), "it waits for a decision"),
        ((("VOTED", "dora"),), "Dora approved it, and it waits for another vote"),
        ((("VOTED", "dora"), ("VOTED", "chen"), ("APPROVED", "chen")), "Dora and Chen approved it"),
        ((("VOTED", "dora"), ("VOTED", "chen"), ("DENIED", "chen")), "Chen refused it"),
        ((("VOTED", "dora"), ("EXPIRED", "system")), "it expired before it was used"),
    ],
)
def test_an_approval_is_told_by_how_far_it_came(story, events, end):
    data = {"approval": "apr-1", "name": "crm.lead.assign"}
    story.tell(EventType.APPROVAL_OPENED, data, "act-1")
    for kind, person in events:
        story.tell(EventType[f"APPROVAL_{kind}"], data, "act-1", ("person", person))
    (statement,) = story.summary()
    assert statement.text == f"It asked to assign a lead; {end}."
    assert len(statement.events) == 1 + len(events)


def test_what_was_erased_is_said_to_be(story):
    story.tell(EventType.RUN_OPENED, {"workflow": "lead-routing", "declared": True})
    assert story.summary()[0].text == "lead-router set out to: (erased)."

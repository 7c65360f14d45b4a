"""Events: every tag has its fields, and a leaf needs nothing personal."""

import json

import pytest

from bailiwick.core.event import EVENT_FIELDS, MORE_FIELDS, SYSTEM, Actor, Event, EventError, EventType
from bailiwick.ledger import canonical

SAMPLES = {str: "word", int: 7, bool: True, list: ["a", "b"]}
FIELDS = [(kind, name) for kind in EventType for name in EVENT_FIELDS[kind]]
# What a field of a leaf can be named after: ids, tags, digests, words of a charter and counts. Nothing here holds a
# name, an address, a comment or an argument; a new field is put into this list by whoever has thought about it.
IMPERSONAL = {
    *("version", "unsettled", "mode", "roles", "active", "by", "connector", "transport", "change", "catalogue"),
    *("reviewed", "quarantined", "name", "charter", "charter_name", "key", "epoch", "expires_us", "workflow"),
    *("declared", "outcome", "verdict", "rules", "tool", "code", "count", "minute_us", "tier", "approval", "evidence"),
    *("was", "slots", "vote", "slot", "use_by_us", "scope", "behaviour", "number", "passed"),
    *("kind", "percent", "relation", "tag", "server", "place", "anchor"),
    *("subject", "segments", "events", "class", "keep_days", "most_days", "until_us", "payloads"),
    *("attestation", "size", "manifest", "files", "effect", "reads", "sends"),
}


def sample(kind):
    return {name: SAMPLES[wanted] for name, wanted in EVENT_FIELDS[kind].items()}


def other(wanted):
    return next(value for of, value in SAMPLES.items() if of is not wanted)


@pytest.mark.parametrize("kind", EventType)
def test_an_event_with_its_fields_makes_a_canonical_leaf(kind):
    leaf = Event(kind, SYSTEM, sample(kind), "run-1", "act-1", ("sha256:c",)).leaf("evt-1", 5, {"commitment": "ab"})
    assert canonical.decode_strict(canonical.encode(leaf)) == leaf
    assert leaf["type"] == kind.value and leaf["data"] == sample(kind)


@pytest.mark.parametrize("kind", EventType)
def test_a_tag_is_noun_dot_verb(kind):
    noun, dot, verb = kind.value.partition(".")
    assert noun.isidentifier() and dot == "." and verb.isidentifier()


@pytest.mark.parametrize("kind", EventType)
def test_every_event_says_something(kind):
    assert EVENT_FIELDS[kind], "an event without a field is a leaf that only says that it happened"


@pytest.mark.parametrize("kind, name", FIELDS, ids=str)
def test_a_missing_field_is_refused_by_name(kind, name):
    data = sample(kind)
    del data[name]
    with pytest.raises(EventError, match=f"`{name}`"):
        Event(kind, SYSTEM, data).check()


@pytest.mark.parametrize("kind, name", FIELDS, ids=str)
@pytest.mark.parametrize("wrong", ["other", None, 1.5])
def test_a_field_of_another_type_is_refused(kind, name, wrong):
    value = other(EVENT_FIELDS[kind][name]) if wrong == "other" else wrong
    with pytest.raises(EventError, match=f"`{name}` must be"):
        Event(kind, SYSTEM, sample(kind) | {name: value}).check()


@pytest.mark.parametrize("kind", EventType)
@pytest.mark.parametrize("name", ["email", "arguments", "comment", "note", "secret"])
def test_a_field_that_is_not_listed_is_refused(kind, name):
    with pytest.raises(EventError, match=f"has no field `{name}`"):
        Event(kind, SYSTEM, sample(kind) | {name: "ana@acme.example"}).check()


@pytest.mark.parametrize("name, wanted", MORE_FIELDS.items())
def test_what_any_event_may_add_has_its_type_too(name, wanted):
    kind = EventType.ACTION_DENIALS_COUNTED
    Event(kind, SYSTEM, sample(kind) | {name: SAMPLES[wanted]}).check()
    with pytest.raises(EventError, match=f"`{name}` must be"):
        Event(kind, SYSTEM, sample(kind) | {name: other(wanted)}).check()


def test_true_is_not_a_count_and_one_is_not_true():
    with pytest.raises(EventError):
        Event(EventType.AGENT_REVOKED, SYSTEM, {"name": "a", "epoch": True}).check()
    with pytest.raises(EventError):
        Event(EventType.PERSON_CHANGED, SYSTEM, {"roles": [], "active": 1}).check()


def test_the_log_only_takes_tags_that_are_listed():
    with pytest.raises(ValueError):
        EventType("action.forgotten")


def test_a_leaf_leaves_out_what_is_not_there():
    leaf = Event(EventType.HALT_SET, Actor("person", "per-1"), {"scope": "all"}).leaf("evt-1", 5, None)
    assert leaf.keys() == {"schema", "id", "at_us", "type", "actor", "data"}


def test_no_required_field_is_one_that_would_hold_something_personal():
    assert {name for kind in EventType for name in EVENT_FIELDS[kind]} <= IMPERSONAL
    assert set(MORE_FIELDS) <= IMPERSONAL | {"agent", "parent", "requester", "person", "solo"}


def test_a_leaf_does_not_share_its_data_with_the_event():
    data = sample(EventType.HALT_SET)
    leaf = Event(EventType.HALT_SET, SYSTEM, data).leaf("evt-1", 5, None)
    data["scope"] = "changed"
    assert json.loads(canonical.encode(leaf))["data"]["scope"] == "word"

"""What leaves the record in other people's formats, read by their own rules."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from bailiwick.core.event import EVENT_FIELDS, SYSTEM, Actor, Event, EventType, RecordedEvent
from bailiwick.flow.cloud_event import ABOUT, cloud_event
from bailiwick.flow.export_event import ExportEvent, export_events
from bailiwick.flow.export_format import EVENT_FORMATS
from bailiwick.flow.ocsf import ocsf_event
from bailiwick.flow.ocsf_class import ACTIVITIES, OCSF_EVENTS, OcsfClass
from bailiwick.ledger import canonical
from bailiwick.ledger.merkle import leaf_hash
from bailiwick.ports.reader import EventFilter

AT_US = 1_795_000_000_123_456
EXAMPLES = {str: "word", int: 7, bool: True, list: ["one", "two"], dict: {}}
ACTORS = (Actor("agent", "router"), Actor("person", "per-1"), SYSTEM)

# The attributes that schema.ocsf.io/1.3.0 requires of every class, and of each class beside them, with their types:
# https://schema.ocsf.io/1.3.0/classes/base_event and /account_change, /authentication, /entity_management,
# /application_lifecycle, /api_activity; objects metadata, product, api, user, actor, managed_entity, network_endpoint.
EVERY_CLASS = {
    "activity_id": int,
    "category_uid": int,
    "class_uid": int,
    "metadata": dict,
    "severity_id": int,
    "time": int,
    "type_uid": int,
}
OPTIONAL = {
    "activity_name": str,
    "category_name": str,
    "class_name": str,
    "type_name": str,
    "severity": str,
    "status": str,
    "status_id": int,
    "status_code": str,
    "message": str,
    "raw_data": str,
    "unmapped": dict,
    "timezone_offset": int,
    "count": int,
}
OF_A_CLASS = {
    OcsfClass.BASE_EVENT: {},
    OcsfClass.ACCOUNT_CHANGE: {"user": dict, "actor": dict},
    OcsfClass.AUTHENTICATION: {"user": dict, "actor": dict, "service": dict},
    OcsfClass.ENTITY_MANAGEMENT: {"entity": dict, "actor": dict},
    OcsfClass.APPLICATION_LIFECYCLE: {"app": dict},
    OcsfClass.API_ACTIVITY: {"actor": dict, "api": dict, "src_endpoint": dict},
}


def recorded(kind, actor=ACTORS[0], index=41, **data):
    """An event of this type as it would stand on the record."""
    fields = {name: EXAMPLES[of] for name, of in EVENT_FIELDS[kind].items()}
    leaf = Event(kind, actor, fields | data, "run-1", "act-1").leaf("evt-1", AT_US, {"commitment": "c" * 64, "size": 3})
    return RecordedEvent(index, canonical.encode(leaf), leaf)


def told(kind, **more):
    return ExportEvent("log.acme.example", recorded(kind, **more))


KINDS = pytest.mark.parametrize("kind", list(EventType), ids=str)


def test_every_event_has_an_ocsf_class():
    assert set(EventType) - set(OCSF_EVENTS) == set(), "add it to OCSF_EVENTS"


def test_every_noun_says_what_its_events_are_about():
    assert {kind.value.partition(".")[0] for kind in EventType} - set(ABOUT) == set(), "add it to ABOUT"


@KINDS
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.kind)
def test_an_ocsf_event_has_what_its_class_requires_and_nothing_the_class_does_not_know(kind, actor):
    event = ocsf_event(told(kind, actor=actor))
    of_class = OF_A_CLASS[OcsfClass(event["class_uid"])]
    required = EVERY_CLASS | of_class
    assert required.keys() <= event.keys() <= required.keys() | OPTIONAL.keys()
    for name, value in event.items():
        assert type(value) is (required | OPTIONAL)[name], name
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["category_uid"] == event["class_uid"] // 1000
    assert event["activity_id"] in ACTIVITIES[OcsfClass(event["class_uid"])]
    assert event["severity_id"] in range(7)
    assert event["status_id"] in (0, 1, 2, 99)
    assert event["time"] == AT_US // 1000


@KINDS
def test_the_objects_in_an_ocsf_event_have_what_they_require(kind):
    event = ocsf_event(told(kind))
    assert event["metadata"]["product"]["vendor_name"]
    assert event["metadata"]["version"] == "1.3.0"
    for user in filter(None, (event.get("user"), event.get("actor", {}).get("user"))):
        assert user["uid"]
        assert user["type_id"] in (0, 1, 2, 3, 99)
    if "api" in event:
        assert event["api"]["operation"]
        assert event["src_endpoint"]["svc_name"]
    if "entity" in event:
        assert event["entity"]["uid"]


@pytest.mark.parametrize(
    "kind, data, expected",
    [
        ("action.denied", {"code": "limit", "effect": "write"}, {"activity_id": 3, "status_code": "limit"}),
        ("action.succeeded", {"effect": "read"}, {"activity_id": 2, "status": "Success"}),
        ("action.succeeded", {"effect": "send"}, {"activity_id": 99, "activity_name": "Succeeded"}),
        ("action.unknown", {}, {"status_id": 0, "severity_id": 3}),
        ("action.asked", {}, {"status_id": 99, "status": "Asked"}),
        ("action.reconciled", {"outcome": "succeeded"}, {"status_id": 1}),
        ("action.reconciled", {"outcome": "failed"}, {"status_id": 2}),
        ("behaviour.tested", {"passed": False}, {"status_id": 2}),
        ("person.signed_in", {}, {"class_uid": 3002, "activity_id": 1}),
        ("agent.revoked", {"name": "router"}, {"class_uid": 3001, "activity_id": 5}),
        ("charter.published", {"name": "router"}, {"class_uid": 3004, "activity_id": 10}),
        ("action.denials_counted", {"count": 12}, {"count": 12}),
    ],
)
def test_what_a_security_tool_filters_on_says_what_happened(kind, data, expected):
    event = ocsf_event(told(EventType(kind), **data))
    assert expected.items() <= event.items()


def test_an_event_of_a_later_version_is_told_as_it_is():
    known = recorded(EventType.RUN_ENDED)
    strange = RecordedEvent(3, known.body, {**known.leaf, "type": "moon.landed"})
    assert ocsf_event(ExportEvent("log", strange))["class_uid"] == 0
    assert cloud_event(ExportEvent("log", strange))["subject"] == "agent:router"


@KINDS
def test_a_cloud_event_is_one_by_the_rules_of_the_specification(kind):
    line = b"".join(EVENT_FORMATS["cloudevents"].write([told(kind)]))
    event = JSONFormat().read(CloudEvent, line)  # raises when an attribute is missing or misnamed
    assert event.get_type() == f"bailiwick.{kind.value}"
    assert event.get_source() == "//log.acme.example"
    assert event.get_time() == datetime.fromtimestamp(AT_US // 10**6, UTC).replace(microsecond=123_456)
    assert event.get_subject()
    assert event.get_extension("sequence") == "0000000000000041"


def test_the_leaf_in_a_cloud_event_has_the_hash_that_is_on_the_record():
    line = b"".join(EVENT_FORMATS["cloudevents"].write([told(EventType.ACTION_DENIED)]))
    document = json.loads(line)
    assert leaf_hash(canonical.encode(document["data"]["leaf"])).hex() == document["leafhash"]


@pytest.mark.parametrize("name", EVENT_FORMATS)
@KINDS
def test_the_same_event_is_the_same_bytes_in_whatever_order_its_fields_were_read(name, kind):
    event = recorded(kind)
    backwards = {key: event.leaf[key] for key in reversed(event.leaf)}
    again = ExportEvent("log.acme.example", RecordedEvent(event.index, event.body, backwards))
    write = EVENT_FORMATS[name].write
    assert b"".join(write([told(kind)])) == b"".join(write([again]))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_batch_is_one_array_and_lines_are_one_document_each(count):
    events = [told(EventType.RUN_ENDED, index=at) for at in range(count)]
    batch = json.loads(b"".join(EVENT_FORMATS["cloudevents-batch"].write(events)))
    lines = b"".join(EVENT_FORMATS["cloudevents"].write(events)).splitlines()
    assert batch == [json.loads(line) for line in lines]
    assert len(batch) == count


def test_what_was_erased_says_so_instead_of_a_payload():
    told = ExportEvent("log", recorded(EventType.ACTION_DENIED), erased=True)
    assert cloud_event(told)["data"].keys() == {"leaf", "erased"}
    assert ocsf_event(told)["unmapped"].keys() == {"leaf_hash", "erased"}


async def test_no_payload_leaves_unless_it_is_asked_for(house):
    run = await house.open_run(intent="a very private intent")
    await house.act("query", run, object_type="contacts", ids=["con-1"], fields=["segment"])
    for name, form in EVENT_FORMATS.items():
        plain = b"".join(form.write(export_events(house.reader, "log", EventFilter())))
        asked = b"".join(form.write(export_events(house.reader, "log", EventFilter(), payloads=True)))
        assert b"a very private intent" not in plain, name
        assert b"a very private intent" in asked, name


async def test_the_filters_are_those_of_the_list(house):
    run = await house.open_run()
    await house.act("query", run, object_type="contacts", ids=["con-1"], fields=["segment"])
    events = list(export_events(house.reader, "log", EventFilter(run=run)))
    assert [told.event.index for told in events] == sorted(told.event.index for told in events)
    assert {told.event.leaf["run"] for told in events} == {run}
    assert len(events) == len(house.events(run=run))

"""Payloads in every store: encrypted, taken apart by person, found by person and by month, and deleted."""

import pytest

from bailiwick.core.custody import Custody, SubjectName
from bailiwick.core.event import EventType
from bailiwick.flow.payload import read_payload, read_payloads
from bailiwick.flow.retention import DropRows
from bailiwick.ports.reader import EventFilter
from bailiwick.store.payload_key import FilePayloadKeys
from tests.contract.sample_unit import Look, halt_set

NAMES = [SubjectName("contact", str(number)) for number in range(3)]
PAYLOAD = {"records": [{"id": name.id, "mail": f"zz{name.id}@acme.example"} for name in NAMES], "text": "zz all"}
PARTS = {("records", at): (name,) for at, name in enumerate(NAMES)} | {("text",): tuple(NAMES)}


async def lay(store, reader, custody):
    await store.commit(Look(lambda shelf: shelf.append(halt_set("a"), PAYLOAD, custody)))
    return reader.events(EventFilter(), limit=1)[0]


@pytest.mark.parametrize("parts", [None, PARTS])
async def test_a_payload_reads_back_whole(store, reader, parts):
    event = await lay(store, reader, Custody("customer", parts))
    assert event.leaf["payload"]["class"] == "customer"
    assert read_payload(reader, event).value == PAYLOAD
    ((told, body),) = reader.span(event.index, event.index + 1, [EventType.HALT_SET.value])
    assert told.index == event.index and b"zz2@acme.example" in body
    assert reader.span(event.index, event.index + 1, [EventType.HALT_SET.value], [])[0][1] is None
    assert len(list(reader.payloads(reader.size()))) >= (1 if parts is None else 5)


async def test_parts_are_found_by_person_and_deleted_by_month(driver, store, reader):
    event = await lay(store, reader, Custody("customer", PARTS))
    again = await lay(store, reader, Custody("customer", PARTS))
    names = reader.names_under("customer@2027-01", 100)
    assert len(names) == reader.payloads_under("customer@2027-01") == 10
    stored = reader.payloads_of(names)
    assert set(stored) == set(names)
    assert reader.payloads_under("customer@2027") == reader.payloads_under("customer") == 0
    subject = FilePayloadKeys(driver.folder).find(NAMES[1]).id
    theirs = reader.parts_of(subject)
    assert [index for index, _ in theirs] == [event.index] * 2 + [again.index] * 2
    assert {name for _, name in theirs} < set(names)
    await store.commit(DropRows(tuple(("payload", name) for name in names[:10])))
    assert reader.payloads_under("customer@2027-01") == 0 and reader.parts_of(subject) == []
    assert read_payloads(reader, [event, again]) == {}
    assert reader.span(event.index, again.index + 1, [EventType.HALT_SET.value])[0][1] is None

"""Forgetting one person of many: what is theirs is gone for good, all else stands, and the record says so."""

import asyncio
import sqlite3

import pytest

from bailiwick.core.custody import SubjectName
from bailiwick.core.refusal import Refusal
from bailiwick.core.touch import Thing
from bailiwick.flow.approval_view import read_approvals
from bailiwick.flow.erasure import BeginErasure
from bailiwick.flow.event_view import event_whole
from bailiwick.flow.export import export_files
from bailiwick.flow.inquiry import Inquiry
from bailiwick.flow.occasion import recorded_decision
from bailiwick.flow.payload import read_payload
from bailiwick.flow.recheck import recheck
from bailiwick.flow.run_view import read_runs
from bailiwick.flow.saved_search import SaveSearch
from bailiwick.flow.subject import erase_named, erase_subject, erasures, find_subject, finish_erasures, show_subject
from bailiwick.ledger.bundle import verify
from bailiwick.ports.reader import EventFilter
from tests.flow.house import CATALOGUE, CHARTER

GIVEN = "{kind: contact, in: arguments, id: ids%s}"
SHOWN = "{kind: contact, in: result, each: records, id: id}"


def declared(catalogue=CATALOGUE):
    """The house's catalogue, which says whose data a read and an update are."""
    read, rest = catalogue.split("says: read contacts,", 1)
    read += f"says: read contacts, subjects: [{GIVEN % ''}, {SHOWN}],"
    line = "    measures: {records: {length_of: ids}}\n    confirm:"
    assert line in rest
    owned = f"    subjects: [{GIVEN % ', parts: [properties]'}, {SHOWN}]\n"
    return read + rest.replace(line, owned + line, 1)


@pytest.fixture
async def office(house):
    await house.catalogue(declared())
    for name, contact in house.crm.contacts.items():
        contact |= {"email": f"zz{name}zz@acme.example", "segment": "beta"}
    return house


async def read_all(house, run=None):
    ids = sorted(house.crm.contacts)
    return await house.act("query", run, object_type="contacts", ids=ids, fields=["email"], limit=50)


def payloads(house, action):
    events = house.reader.events(EventFilter(action=action), limit=10, ascending=True)
    return [read_payload(house.reader, event) for event in events]


def shown(house, approval):
    return read_approvals(house.reader, house.installation.policies, house.clock.now_us()).one(approval)


async def erase(house, name="con-3"):
    return await erase_named(house.installation, "contact", name, house.people["admin"])


async def verified(house):
    await house.installation.store.checkpoint()
    files = export_files(house.reader, house.installation.log_key)
    assert verify(files, house.installation.log_key) == []
    return files


async def test_each_contact_of_a_read_is_a_part_of_its_own(office):
    acted = await read_all(office)
    asked, answered = payloads(office, acted.decision.action)
    assert asked.erased == answered.erased == ()
    assert len(answered.value["result"]["structuredContent"]["records"]) == 20
    view = find_subject(office.installation, "contact", "con-3")
    assert (view.state, view.kind, view.events, view.runs) == ("kept", "contact", 2, 1)
    assert view.id.startswith("sub-") and "con-3" not in str(view)
    await verified(office)


async def test_nothing_personal_lies_in_the_files_in_plain(office):
    changed = {"object_type": "contacts", "properties": {"email": "zznewzz@acme.example"}}
    await read_all(office)
    await office.act("manage", ids=["con-3"], **changed)
    await office.act("manage", ids=[f"con-{n}" for n in range(6)], **changed)  # asked
    await office.act("manage", ids=[f"con-{n}" for n in range(12)], **changed)  # denied
    await office.act("wipe", ids=["con-3"], mail="zznewzz@acme.example")  # nothing lists it
    await office.act("query", object_type="zznewzz", ids=["con-3"])  # no action of the tool
    await office.act("zznewzz__zznewzz", text="con-3")  # a tool that there is not
    for mood in ("fail", "refuse", "hang up", "no effect"):
        office.crm.mood["manage"] = mood
        await office.act("manage", await office.open_run(), ids=["con-4"], **changed)
    await office.installation.index.catch_up()
    await office.installation.store.checkpoint()
    for path in office.folder.iterdir():
        if path.is_file():
            data = path.read_bytes()
            for word in (b"zzcon", b"zznewzz", b"con-3", b"con-4"):
                assert word not in data, (path.name, data[data.index(word) - 80 :][:160])


async def test_of_twenty_contacts_one_is_forgotten_and_nineteen_stay(office):
    acted = await read_all(office)
    view = await erase(office)
    assert (view.state, view.events) == ("erased", 2)
    asked, answered = payloads(office, acted.decision.action)
    ids = asked.value["request"]["arguments"]["ids"]
    assert ids.count("(erased)") == 1 and len(ids) == 20
    records = answered.value["result"]["structuredContent"]["records"]
    assert sum(record == "(erased)" for record in records) == 1
    assert all(record["email"] == f"zz{record['id']}zz@acme.example" for record in records if record != "(erased)")
    assert "con-3" not in str(asked.value) + str(answered.value)


async def test_every_proof_stays_valid_and_the_export_accounts_for_what_is_gone(office):
    await read_all(office)
    before = await verified(office)
    view = await erase(office)
    after = await verified(office)
    gone = before.keys() - after.keys()
    assert sum(name.startswith("payload/") for name in gone) == view.segments
    (said,) = office.events("subject.erased")
    assert said["data"] == {"subject": view.id, "kind": "contact", "segments": view.segments, "events": 2}
    for name in sorted(gone - {"checkpoint"}):
        if name.startswith("payload/"):
            assert verify({**after, name: before[name]}, office.installation.log_key) == []


async def test_a_payload_that_nobody_said_was_erased_is_still_missed(office):
    await read_all(office)
    await erase(office)
    files = await verified(office)
    for name in [name for name in files if name.startswith("payload/")][:10]:
        left = {path: data for path, data in files.items() if path != name}
        assert [finding.file for finding in verify(left, office.installation.log_key)][:1] != []


async def test_recheck_says_erased_and_nothing_differs(office):
    await read_all(office)
    await office.act("note", text="hello")
    await erase(office)
    report = recheck(await verified(office), None)
    assert (report.decided, report.identical, report.erased, report.differences) == (2, 1, 1, ())


async def test_erasing_again_changes_nothing(office):
    await read_all(office)
    view = await erase(office)
    again = await erase_subject(office.installation, view.id, office.people["ana"])
    assert again == view
    assert len(office.events("subject.erased")) == 1
    with pytest.raises(Refusal, match="forgotten already"):
        await erase(office)
    assert [one.id for one in erasures(office.reader)] == [view.id]


async def test_what_comes_later_of_the_same_person_is_a_new_subject(office):
    await read_all(office)
    first = await erase(office)
    await read_all(office)
    second = find_subject(office.installation, "contact", "con-3")
    assert second.id != first.id and second.events == 2
    await verified(office)


@pytest.mark.parametrize("when", ["before the keys went", "after the keys went"])
async def test_an_erasure_that_a_crash_cut_off_is_finished_at_the_next_start(office, when):
    await read_all(office)
    subject = find_subject(office.installation, "contact", "con-3").id
    await office.commit(BeginErasure(subject, "contact", office.people["admin"]))
    if when == "after the keys went":
        office.installation.keys.destroy([subject], office.clock.now_us())
    await office.restart()
    assert show_subject(office.installation, subject).state == "erasing"
    assert await finish_erasures(office.installation) == 1
    assert show_subject(office.installation, subject).state == "erased"
    assert await finish_erasures(office.installation) == 0
    await verified(office)


async def test_what_waits_for_consent_about_them_is_asked_no_more(office):
    ids = [f"con-{n}" for n in range(6)]
    asked = await office.act("manage", object_type="contacts", ids=ids, properties={"segment": "zzz"})
    approval = asked.decision.approval
    view = shown(office, approval)
    assert view.arguments["ids"] == ids and view.sentence and not view.erased
    assert find_subject(office.installation, "contact", "con-3").waiting == 1
    await erase(office)
    view = shown(office, approval)
    assert (view.status, view.erased, view.sentence) == ("expired", True, "(erased)")
    assert office.reader.row("approval", approval)["digest"] == ""
    again = await office.act("manage", object_type="contacts", ids=ids, properties={"segment": "zzz"})
    assert again.decision.approval != approval


async def test_a_waiting_request_shows_its_exact_arguments_and_sends_its_exact_bytes(office):
    ids = [f"con-{n}" for n in range(6)]
    arguments = {"object_type": "contacts", "ids": ids, "properties": {"segment": "grüße"}}
    asked = await office.act("manage", **arguments)
    view = read_approvals(office.reader, office.installation.policies, office.clock.now_us()).one(
        asked.decision.approval
    )
    assert view.arguments == arguments
    await office.approve(asked.decision.approval)
    await office.act("manage", **arguments)
    assert [sent[1] for sent in office.crm.journal] == [arguments]


async def test_the_run_page_says_erased_where_something_is_gone(office):
    run = await office.open_run()
    await read_all(office, run)
    await erase(office)
    runs = read_runs(office.reader, office.installation.policies, office.clock.now_us())
    (step,) = runs.one(run).steps
    assert step.action.erased and "(erased)" in step.action.arguments["ids"]
    assert step.action.sentence == "(erased)"
    whole = event_whole(office.reader, step.action.event)
    assert whole.erased and any(part.startswith("request.arguments.ids.") for part in whole.erased_parts)


async def test_a_question_about_an_erased_decision_is_refused(office):
    acted = await read_all(office)
    await erase(office)
    with pytest.raises(Refusal, match="was erased"):
        recorded_decision(office.reader, acted.decision.action)


async def test_content_that_looks_like_a_segment_is_only_content(office):
    odd = {"~segment": "ab" * 32, "~~": {"~segment": 1, "~x": ["~segment"]}}
    acted = await office.act("note", text="hello", options=odd)
    asked = payloads(office, acted.decision.action)[0]
    assert (
        asked.value["request"]["arguments"].get("options", {}) | odd == asked.value["request"]["arguments"]["options"]
    )
    assert asked.erased == ()
    await verified(office)
    report = recheck(await verified(office), None)
    assert report.differences == ()


async def test_the_name_leads_nowhere_after_the_erasure(office):
    await read_all(office)
    subject = find_subject(office.installation, "contact", "con-3").id
    await erase(office)
    assert office.installation.keys.find(SubjectName("contact", "con-3")) is None
    assert office.installation.keys.subject(subject) is None
    assert dict(office.installation.keys.keys([subject])) == {subject: None}
    with sqlite3.connect(office.folder / "payload-keys.db") as connection:
        found = connection.execute("SELECT wrapped FROM payload_key WHERE id = ?", (subject,)).fetchone()
    assert found == (None,)


async def test_reads_while_somebody_is_forgotten_leave_a_record_that_verifies(office):
    for _ in range(5):
        await read_all(office, await office.open_run())
        run = await office.open_run()
        await asyncio.gather(*(read_all(office, run) for _ in range(3)), erase(office))
        await verified(office)


async def test_what_was_kept_to_ask_about_them_goes_with_them(office):
    await read_all(office)
    admin = office.people["admin"]
    for name in ("con-3", "con-4"):
        await office.commit(SaveSearch(admin, name, Inquiry("data", thing=Thing("contact", name))))
    await erase(office)
    assert [row["name"] for row in office.reader.rows("saved_search")] == ["con-4"]
    with sqlite3.connect(office.folder / "bailiwick.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    left = b"".join(path.read_bytes() for path in office.folder.glob("bailiwick.db*"))
    assert b"contact/con-4" in left and b"contact/con-3" not in left


async def test_values_of_theirs_that_were_used_are_not_remembered_and_those_of_others_are(office):
    rule = "limits: {ids: {required: true, unique_within: 30d}}"
    await office.publish(CHARTER.replace("limits: {ids: {required: true}}", rule))
    changed = {"properties": {"segment": "zzz"}, "object_type": "contacts"}
    await office.act("manage", ids=["con-3", "con-4"], **changed)
    assert len(office.reader.rows("seen", limit=10)) == 2
    await erase(office)
    assert len(office.reader.rows("seen", limit=10)) == 1
    again = await office.act("manage", ids=["con-4"], **changed)
    assert again.decision.verdict.code == "limit"


async def test_no_payload_that_can_still_be_read_names_them(office):
    changed = {"object_type": "contacts", "properties": {"email": "zznewzz@acme.example"}}
    await read_all(office)
    await office.act("query", object_type="elsewhere", ids=["con-3"])  # no action of the tool
    for count in (1, 6, 12):  # done, asked, denied
        await office.act("manage", ids=[f"con-{n}" for n in range(3, 3 + count)], **changed)
    for mood in ("fail", "refuse", "hang up", "no effect"):
        office.crm.mood["manage"] = mood
        await office.act("manage", await office.open_run(), ids=["con-3"], **changed)

    def named():
        bodies = [found.body for found in office.reader.payloads(office.reader.size())]
        return sum(b'"con-3"' in body or b"zzcon-3zz" in body or b"zznewzz" in body for body in bodies)

    assert named() > 10
    await erase(office)
    assert named() == 0
    await verified(office)
    report = recheck(await verified(office), None)
    assert report.differences == () and report.erased >= 5

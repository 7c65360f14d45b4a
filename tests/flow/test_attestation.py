"""An attestation says exactly what the record says, and an export alone bears it out or does not."""

import base64
from dataclasses import replace

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.core.touch import Thing
from bailiwick.flow.answer import ask
from bailiwick.flow.attest import attest_run, check_attestation
from bailiwick.flow.attestation import AttestationError, differences, read_head
from bailiwick.flow.export import export_files
from bailiwick.flow.inquiry import Inquiry
from bailiwick.flow.subject import erase_named
from bailiwick.ledger.note import NoteError, Signer, open_note, sign
from tests.flow.planted import CATALOGUE, CHARTER, plant

STANDING = {
    "succeeded": "done",
    "unknown": "unsure",
    "open": "unsure",
    "failed": "failed",
    "asked": "waiting",
    "denied": "denied",
}


def planted_lines(planted, run):
    """What the attestation must say, from what was planted."""
    counts = {}
    for deed in planted.deeds:
        if run not in deed.runs:
            continue
        standing = STANDING[deed.state]
        how = "changed" if deed.writes else "read"
        names = [f"class {standing} read {name}" for name in deed.reads]
        names += [f"class {standing} sent {deed.sends}"] if deed.sends else []
        names += [f"object {standing} {how} {kind}/{name}" for kind, name in deed.things]
        for name in (f"actions {standing}", *names):
            counts[name] = counts.get(name, 0) + 1
    return counts


def stated(text):
    lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith(("actions", "class", "object"))]
    return {name: int(count) for name, _, count in lines if count != "0"}


async def exported(house):
    await house.installation.store.checkpoint()
    return export_files(house.reader, house.installation.log_key)


async def test_it_says_what_was_planted_and_an_export_bears_it_out(house):
    planted = await plant(house, 11, 45)
    key = house.installation.log_key
    notes = {run: await attest_run(house.installation, run, house.people["ana"]) for run in planted.runs}
    files = await exported(house)
    for run, note in notes.items():
        text = open_note(note, key)
        assert stated(text) == planted_lines(planted, run)
        checked = check_attestation(note, files, key)
        assert (checked.wrong, checked.erased, checked.head.run) == ((), 0, run)
    assert len(notes) > 3 and len(house.events("run.attested")) == len(notes)


async def test_a_changed_line_is_no_signed_one_and_a_signed_lie_is_not_borne_out(house):
    await house.catalogue(CATALOGUE)
    await house.publish(CHARTER)
    run = await house.open_run()
    await house.act("crm__query", run, object_type="contacts", fields=["credit"], ids=["con-1"])
    note = await attest_run(house.installation, run, house.people["ana"])
    files, key = await exported(house), house.installation.log_key
    with pytest.raises(NoteError, match="changed"):
        check_attestation(note.replace(b"restricted 1", b"restricted 0"), files, key)
    signer = Signer("log.acme.example", bytes(range(32)))
    text = open_note(note, key)
    for was, now, said in (
        ("class denied read restricted 1\n", "", "`class denied read restricted`: stated nothing"),
        ("contact/con-1 1", "contact/con-2 1", "contact/con-2`: stated 1, the record says nothing"),
        ("actions denied 1", "actions denied 2", "stated 2, the record says 1"),
        ("erased 0", "erased 1", "`erased`: stated 1"),
    ):
        assert was in text
        wrong = check_attestation(sign(text.replace(was, now), signer), files, key).wrong
        assert any(said in one for one in wrong), (now, wrong)
    turned = text.replace("erased 0\nunlisted 0\n", "unlisted 0\nerased 0\n")
    assert check_attestation(sign(turned, signer), files, key).wrong
    other = text.replace(read_head(text).root, base64.b64encode(bytes(32)).decode())
    assert "another root" in check_attestation(sign(other, signer), files, key).wrong[0]
    later = text.replace(f"size {read_head(text).size}\n", "size 99999\n")
    with pytest.raises(AttestationError, match="the export ends"):
        check_attestation(sign(later, signer), files, key)


async def test_ids_cannot_pass_for_lines(house):
    await house.catalogue(CATALOGUE)
    await house.publish(CHARTER)
    run = await house.open_run()
    evil = "con-1 9\nclass done read restricted"
    await house.act("crm__query", run, object_type="contacts", fields=["segment"], ids=[evil, "ü/%"])
    text = open_note(await attest_run(house.installation, run, house.people["ana"]), house.installation.log_key)
    assert "class done read restricted" not in text.splitlines()
    assert "contact/con-1%209%0Aclass%20done%20read%20restricted 1" in text and "contact/%C3%BC%2F%25 1" in text


async def test_an_unknown_run_is_refused(house):
    with pytest.raises(Refusal, match="no run"):
        await attest_run(house.installation, "run-none", house.people["ana"])


@pytest.mark.parametrize("text", ["", "bailiwick.attestation/2\n", "bailiwick.attestation/1\nlog a\nsize 01\n"])
def test_what_is_no_attestation_is_said(text):
    with pytest.raises(AttestationError, match="no attestation"):
        read_head(text)


def test_what_was_erased_since_can_only_be_missing():
    before = "object done read contact/1 2\nobject done read contact/2 1\nclass done read customer 2\nerased 0\n"
    after = before.replace("object done read contact/1 2\n", "").replace("erased 0", "erased 2")
    assert differences(before, after) == ([], 2)
    assert differences(before, after.replace("contact/2 1", "contact/2 2"))[0]
    assert differences(before, after.replace("customer 2", "customer 1"))[0]
    assert differences(before.replace("contact/2 1", "contact/2 3"), before)[0]


SUBJECTS = (
    "subjects: [{kind: contact, in: arguments, id: ids}, {kind: contact, in: result, each: records, id: id}]\n    "
)


async def test_who_is_forgotten_since_is_missing_and_nothing_else(house):
    objects = "objects: {contact: {given: ids, shown"
    await house.catalogue(CATALOGUE.replace(objects, SUBJECTS + objects, 1))
    await house.publish(CHARTER)
    run = await house.open_run()
    await house.act("crm__query", run, object_type="contacts", fields=["email"], ids=["con-1", "con-2"])
    note = await attest_run(house.installation, run, house.people["ana"])
    assert b"object done read contact/con-1 1\n" in note
    await erase_named(house.installation, "contact", "con-1", house.people["admin"])
    checked = check_attestation(note, await exported(house), house.installation.log_key)
    assert (checked.wrong, checked.erased) == ((), 1)
    again = open_note(await attest_run(house.installation, run, house.people["ana"]), house.installation.log_key)
    assert "con-1" not in again and "object done read contact/con-2 1\n" in again and "\nerased 1\n" in again
    for name, count in (("con-1", 0), ("con-2", 1)):
        page = ask(house.installation.index, Inquiry("data", thing=Thing("contact", name)))
        assert len(page.items) == count
    anew = replace(house.installation.index, key=b"another key".ljust(32, b"-"), _runs={}, _decided={})
    await anew.catch_up()
    (line,) = ask(anew, Inquiry("data", thing=Thing("contact", "con-2"))).items
    assert line.erased and {one.id for one in line.things} == {"con-2"}
    assert ask(anew, Inquiry("data", thing=Thing("contact", "(erased)"))).items == ()

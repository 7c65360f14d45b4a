import asyncio
import json
from dataclasses import replace

import pytest

from bailiwick.core import decide as deciding
from bailiwick.core.refusal import Refusal
from bailiwick.core.verdict import Allow, Ask, Deny
from bailiwick.flow import recheck as rechecking
from bailiwick.flow.export import export_files
from bailiwick.flow.recheck import recheck
from bailiwick.ledger import bundle, canonical
from bailiwick.ledger.commitment import commit
from bailiwick.store.migration import migrate
from bailiwick.store.reader import SqliteReader
from bench import populated


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    decided, files = populated.populate(tmp_path_factory.mktemp("store"), 4)
    assert decided >= 96
    return files


def leaves(files):
    return [json.loads(entry) for entry in bundle.entries(files)]


def test_the_export_of_a_working_store_verifies(exported):
    assert bundle.verify(exported) == []


def test_every_verdict_comes_out_as_it_was_recorded(exported):
    report = recheck(exported, None)
    assert report.differences == ()
    assert report.decided == report.identical >= 96
    assert report.runs == 8


def test_the_record_holds_every_kind_of_verdict_and_many_reasons(exported):
    decisions = [leaf for leaf in leaves(exported) if leaf["type"] in rechecking.DECISIONS]
    assert {leaf["data"]["verdict"] for leaf in decisions} == {"allow", "ask", "deny"}
    codes = {leaf["data"].get("code") for leaf in decisions} - {None}
    assert codes >= {"schema", "data-ceiling", "limit", "cannot", "unlisted", "halted", "approval-refused"}
    assert any(leaf["data"].get("approval") for leaf in decisions if leaf["data"]["verdict"] == "allow")


def test_one_run_is_rechecked_alone(exported):
    run = next(leaf["run"] for leaf in leaves(exported) if leaf["type"] == "run.opened")
    report = recheck(exported, run)
    assert (report.runs, report.identical) == (1, report.decided)
    assert 10 <= report.decided < 20


def test_a_run_that_nobody_knows_is_refused(exported):
    with pytest.raises(Refusal, match="holds no run `run-nobody`"):
        recheck(exported, "run-nobody")


def test_progress_is_told_for_every_decision(exported):
    seen = []
    report = recheck(exported, None, lambda done, total: seen.append((done, total)))
    assert seen == [(done, report.decided) for done in range(1, report.decided + 1)]


def lenient(verdict):
    """A bug: limits are not looked at any more."""
    return tuple(objection for objection in verdict if objection.__name__ != "_limits")


def test_a_bug_planted_in_decide_is_found_and_named(exported, monkeypatch):
    monkeypatch.setattr(deciding, "OBJECTIONS", lenient(deciding.OBJECTIONS))
    report = recheck(exported, None)
    assert 0 < report.identical < report.decided
    limited = {leaf["action"] for leaf in leaves(exported) if leaf["data"].get("code") == "limit"}
    assert {difference.action for difference in report.differences} == limited
    fields = {difference.field for difference in report.differences}
    assert {"verdict", "type", "rules", "payload.verdict.sentence"} <= fields
    for difference in report.differences:
        assert leaves(exported)[difference.index]["action"] == difference.action


def test_a_reworded_sentence_is_a_difference(exported, monkeypatch):
    real = deciding.decide

    def reworded(policy, request, facts):
        verdict = real(policy, request, facts)
        return replace(verdict, sentence=verdict.sentence + "!") if isinstance(verdict, Ask) else verdict

    monkeypatch.setattr(rechecking, "decide", reworded)
    report = recheck(exported, None)
    assert {difference.field for difference in report.differences} == {"payload.verdict.sentence"}
    difference = report.differences[0]
    assert difference.recomputed == f"{difference.recorded}!"


@pytest.mark.parametrize(
    "path, value, field",
    [
        (("request", "digest"), "sha256:" + "0" * 64, "payload.request.digest"),
        (("request", "agent"), "somebody", "payload.request.agent"),
        (("request", "run"), "run-other", "payload.request.run"),
        (("request", "arguments", "limit"), 60, "payload.request.digest"),
        (("facts", "decider"), "bailiwick/0", "payload.facts.decider"),
        (("facts", "at_us"), 1, "payload.facts.at_us"),
        (("facts", "definition"), "", "payload.facts.definition"),
        (("facts", "schema_error"), "made up", "payload.facts.schema_error"),
        (("facts", "run"), ["open", 0, 0, 0], "facts"),
        (("facts", "run"), ["open", True, 0, 0, 0], "facts"),
        (("facts", "local"), {"Europe/Madrid": [7, 0]}, "facts"),
        (("facts", "halts"), [["all"]], "facts"),
        (("facts", "totals"), {"run.records": "1"}, "facts"),
        (("facts", "surprise"), 1, "facts"),
        (("request", "surprise"), 1, "payload.request"),
        (("verdict", "tier"), "high", "payload.verdict.tier"),
        (("verdict", "sentence"), "", "payload.verdict.sentence"),
        (("facts",), [], "payload.facts"),
        (("verdict",), ..., "payload.verdict"),
    ],
)
def test_a_payload_that_does_not_lead_to_its_verdict_is_named(exported, path, value, field):
    index, leaf = next((at, leaf) for at, leaf in enumerate(leaves(exported)) if leaf["type"] == "action.intended")
    files = dict(exported)
    old = bundle.payload_path(leaf["payload"]["commitment"])
    payload = json.loads(files[old].partition(b"\n")[2])
    holder = payload
    for part in path[:-1]:
        holder = holder[part]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    files[old] = files[old][:65] + canonical.encode_any(payload)
    found = recheck(files, None).differences
    assert (index, field) in {(difference.index, difference.field) for difference in found}
    assert {difference.index for difference in found} == {index}


def test_a_missing_payload_and_a_missing_charter_are_named(exported):
    leaf = next(leaf for leaf in leaves(exported) if leaf["type"] == "action.denied")
    files = dict(exported)
    del files[bundle.payload_path(leaf["payload"]["commitment"])]
    (found,) = recheck(files, None).differences
    assert (found.action, found.field) == (leaf["action"], "payload")
    del files[bundle.document_path(leaf["data"]["charter"])]
    report = recheck(files, None)
    assert report.identical == 0
    assert {difference.field for difference in report.differences} == {"payload", "charter"}


def test_an_earlier_charter_still_decides_what_it_decided(tmp_path):
    async def change_charter():
        made = await populated.open_populated(tmp_path)
        try:
            run = await made.open_run("lead-router", "look at contacts")
            wide = {"object_type": "contacts", "fields": ["segment"], "limit": 400}
            first = await made.act("lead-router", run, "crm__query", wide)
            await populated.publish(made, populated.CHARTER.replace("max: 500", "max: 100"))
            second = await made.act("lead-router", run, "crm__query", wide)
            await made.store.checkpoint()
            return first.verdict, second.verdict, made.export()
        finally:
            made.close()

    first, second, files = asyncio.run(change_charter())
    assert (type(first), type(second)) == (Allow, Deny)
    report = recheck(files, None)
    assert (report.decided, report.identical) == (2, 2)


def test_denials_that_were_only_counted_are_reported_as_such(tmp_path):
    async def storm():
        made = await populated.open_populated(tmp_path)
        try:
            run = await made.open_run("lead-router", "ask too much")
            for _ in range(65):
                await made.act("lead-router", run, "crm__drop_everything", {})
            made.clock.at_us += 60_000_000
            await made.act("lead-router", run, "crm__drop_everything", {})
            await made.store.checkpoint()
            return made.export()
        finally:
            made.close()

    report = recheck(asyncio.run(storm()), None)
    assert (report.decided, report.identical, report.summed) == (61, 61, 5)


def test_nothing_is_exported_before_the_first_checkpoint(tmp_path):
    migrate(tmp_path / "bailiwick.db")
    reader = SqliteReader(tmp_path / "bailiwick.db")
    with pytest.raises(Refusal, match="no signed checkpoint yet"):
        export_files(reader, "key")
    reader.close()


def test_an_export_leaves_out_what_came_after_the_checkpoint(tmp_path):
    async def act_after_the_checkpoint():
        made = await populated.open_populated(tmp_path)
        try:
            await made.store.checkpoint()
            size = made.reader.head().size
            await populated.publish(made, populated.CHARTER.replace("max: 500", "max: 100"))
            run = await made.open_run("lead-router", "look at contacts")
            await made.act("lead-router", run, "crm__query", {"object_type": "contacts", "fields": ["segment"]})
            return size, made.reader.head().size, made.export()
        finally:
            made.close()

    size, still, files = asyncio.run(act_after_the_checkpoint())
    assert len(bundle.entries(files)) in (size, still)
    assert bundle.verify(files) == []


def test_payloads_are_those_their_leaves_commit_to(exported):
    for leaf in leaves(exported):
        if "payload" in leaf:
            data = exported[bundle.payload_path(leaf["payload"]["commitment"])]
            assert commit(bytes.fromhex(data[:64].decode()), data[65:]) == leaf["payload"]["commitment"]
            assert leaf["payload"]["size"] == len(data[65:])

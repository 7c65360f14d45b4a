"""The way of an action, over a real store and a real upstream on a real socket."""

import asyncio
import contextlib

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.core.verdict import Allow, Ask, Deny, DenyCode
from bailiwick.flow.connector import AddConnector, RenewSecret
from bailiwick.flow.denial import DENIALS_A_MINUTE
from bailiwick.flow.enrol import RevokeAgent
from bailiwick.flow.export import export_files
from bailiwick.flow.payload import read_payload
from bailiwick.flow.person import ChangePerson
from bailiwick.flow.prepare import prepare
from bailiwick.flow.recheck import recheck
from bailiwick.flow.server import SettleOwn
from bailiwick.flow.settle import Evidence, Reconcile, SettleAction
from bailiwick.flow.stop import LiftHalt
from bailiwick.ledger import canonical
from bailiwick.ports.reader import EventFilter
from bailiwick.ports.store import StoreUnavailable
from tests.flow.house import CATALOGUE, CHARTER


def code(acted):
    return acted.decision.verdict.code


# ------------------------------------------------------------------------------------------ allow, ask, deny


async def test_an_allowed_action_is_intended_dispatched_and_settled_in_that_order(house):
    acted = await house.act("note", text="call back")
    assert acted.state == "succeeded" and acted.evidence is Evidence.REPLY
    assert house.kinds() == ["intended", "succeeded"]
    (intended, outcome) = house.events(action=acted.decision.action)
    assert intended["run"] == outcome["run"] == acted.decision.run
    assert intended["data"]["name"] == "crm.note.add" and intended["data"]["verdict"] == "allow"
    assert len(intended["documents"]) == 2
    assert house.crm.journal == [("note", {"text": "call back", "options": {"notify": False}}, acted.decision.action)]


async def test_the_digested_bytes_are_the_ones_that_are_sent(house):
    acted = await house.act("query", object_type="contacts", limit=1.0, ids=["grüße"], fields=["segment"])
    (event,) = house.reader.events(EventFilter(type="action.intended", action=acted.decision.action))
    (sent,) = house.server.calls()
    written = canonical.encode_any(read_payload(house.reader, event).value["request"]["arguments"])
    assert written.decode() == '{"fields":["segment"],"ids":["grüße"],"limit":1,"object_type":"contacts"}'
    assert b'"arguments":' + written in sent.body


async def test_a_denied_action_is_recorded_and_reaches_nobody(house):
    acted = await house.act("query", object_type="contacts", fields=["credit"])
    assert code(acted) is DenyCode.DATA and house.kinds() == ["denied"]
    assert house.server.calls() == [] and house.state(acted.decision.action) == "denied"


@pytest.mark.parametrize(
    "name, arguments, denied",
    [
        ("wipe", {}, DenyCode.UNLISTED),
        ("hr__fire", {}, DenyCode.UNLISTED),
        ("Note", {"text": "x"}, DenyCode.UNLISTED),
        ("drop", {"ids": ["con-1"]}, DenyCode.CANNOT),
        ("note", {"text": "x", "priority": 1}, DenyCode.SCHEMA),
        ("note", {}, DenyCode.SCHEMA),
        ("note", {"text": "x", "options": "loud"}, DenyCode.SCHEMA),
        ("manage", {"object_type": "contacts", "properties": {}}, DenyCode.LIMIT),
        ("manage", {"object_type": "contacts", "ids": ["a"] * 9, "properties": {}}, DenyCode.NEVER),
        ("launch", {"campaign": "spring", "budget": 501}, DenyCode.LIMIT),
    ],
)
async def test_what_the_charter_does_not_allow_is_denied_with_its_reason(house, name, arguments, denied):
    acted = await house.act(name, None, **arguments)
    assert code(acted) is denied and house.crm.journal == []
    (leaf,) = house.events("action.denied")
    assert leaf["data"]["code"] == denied.value


async def test_an_asked_action_opens_one_approval_that_later_identical_calls_share(house):
    asked = [await house.act("launch", campaign="spring", budget=5) for _ in range(4)]
    assert all(isinstance(acted.decision.verdict, Ask) for acted in asked)
    assert len({acted.decision.approval for acted in asked}) == 1
    assert house.kinds() == ["asked"] and house.kinds("approval") == ["opened"] and house.crm.journal == []


async def test_an_approved_action_runs_once_and_the_second_time_asks_anew(house):
    first = await house.act("launch", campaign="spring", budget=5)
    await house.approve(first.decision.approval)
    ran = await house.act("launch", campaign="spring", budget=5)
    assert ran.state == "succeeded" and ran.decision.verdict.approval == first.decision.approval
    assert house.reader.row("approval", first.decision.approval)["used_by"] == ran.decision.action
    again = await house.act("launch", campaign="spring", budget=5)
    assert isinstance(again.decision.verdict, Ask) and again.decision.approval != first.decision.approval
    assert len(house.crm.journal) == 1


@pytest.mark.parametrize("name", ["launch", "pause"])
async def test_an_approval_is_used_once_by_fifty_identical_calls_at_once(house, name):
    asked = await house.act(name, campaign="spring")
    if name == "launch":
        assert code(asked) is DenyCode.LIMIT  # a limited argument left out
        asked = await house.act(name, campaign="spring", budget=1)
    arguments = {"campaign": "spring", "budget": 1} if name == "launch" else {"campaign": "spring"}
    await house.approve(asked.decision.approval)
    acted = await asyncio.gather(*(house.act(name, **arguments) for _ in range(50)))
    ran = [one for one in acted if isinstance(one.decision.verdict, Allow)]
    assert len(ran) == 1 and house.kinds().count("intended") == 1 and len(house.crm.journal) == 1
    others = {type(one.decision.verdict) for one in acted if one is not ran[0]}
    assert others <= {Ask, Deny}
    assert house.kinds("approval").count("opened") <= 2


async def test_an_argument_changed_after_the_approval_asks_anew(house):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.approve(asked.decision.approval)
    for arguments in ({"campaign": "spring", "budget": 6}, {"campaign": "Spring", "budget": 5}):
        changed = await house.act("launch", **arguments)
        assert isinstance(changed.decision.verdict, Ask)
        assert changed.decision.approval != asked.decision.approval
    assert house.crm.journal == []


async def test_a_number_is_decided_as_its_dispatched_bytes_read(house):
    call = house.call("crm__launch", {"campaign": "spring", "budget": 5.0}, None)
    prepared = prepare(call, house.installation.policies, house.clock.now_us())
    assert prepared.argument_bytes == b'{"budget":5,"campaign":"spring"}'
    assert type(prepared.arguments["budget"]) is int


async def test_the_same_number_written_otherwise_is_the_same_action(house):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.approve(asked.decision.approval)
    assert code(await house.act("launch", campaign="spring", budget=True)) is DenyCode.SCHEMA
    assert (await house.act("launch", campaign="spring", budget=5.0)).state in ("succeeded", None)


@pytest.mark.parametrize("minutes, runs", [(239, True), (241, False)])
async def test_a_consent_lapses(house, minutes, runs):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.approve(asked.decision.approval)
    house.clock.advance(minutes)
    acted = await house.act("launch", campaign="spring", budget=5)
    assert isinstance(acted.decision.verdict, Allow) is runs
    assert ("expired" in house.kinds("approval")) is not runs


async def test_a_consent_does_not_outlive_the_role_that_gave_it(house):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.approve(asked.decision.approval)
    await house.commit(ChangePerson(house.people["director"], house.people["admin"], roles=("auditor",)))
    acted = await house.act("launch", campaign="spring", budget=5)
    assert isinstance(acted.decision.verdict, Ask) and house.crm.journal == []


async def test_a_consent_for_one_requester_does_not_count_for_another(house):
    run = await house.open_run("launch spring")
    asked = await house.act("launch", run, campaign="spring", budget=5)
    other = await house.open_run("launch spring", requester="Director@acme.example")
    again = await house.act("launch", other, campaign="spring", budget=5)
    assert again.decision.approval != asked.decision.approval
    with pytest.raises(Refusal, match="somebody else"):
        await house.vote(again.decision.approval, "director")


@pytest.mark.parametrize("person", ["ana", "it-ops"])
async def test_an_owner_cannot_vote_for_the_own_agent(house, person):
    asked = await house.act("launch", campaign="spring", budget=5)
    with pytest.raises(Refusal, match="somebody else"):
        await house.vote(asked.decision.approval, person)


async def test_a_new_charter_makes_an_old_consent_void(house):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.approve(asked.decision.approval)
    await house.publish(CHARTER.replace("max: 500", "max: 400"))
    assert isinstance((await house.act("launch", campaign="spring", budget=5)).decision.verdict, Ask)


async def test_a_new_review_of_the_tools_makes_an_old_consent_void(house):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.approve(asked.decision.approval)
    await house.catalogue(CATALOGUE.replace("launch a campaign", "start a campaign"))
    assert isinstance((await house.act("launch", campaign="spring", budget=5)).decision.verdict, Ask)


async def test_a_refused_action_stays_refused(house):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.vote(asked.decision.approval, "director", "deny")
    assert code(await house.act("launch", campaign="spring", budget=5)) is DenyCode.REFUSED


async def test_in_a_solo_installation_the_only_person_can_consent(solo_house):
    asked = await solo_house.act("launch", campaign="spring", budget=5)
    await solo_house.vote(asked.decision.approval, "ana")
    assert (await solo_house.act("launch", campaign="spring", budget=5)).state == "succeeded"
    assert all(leaf["data"]["solo"] for leaf in solo_house.events("approval.voted"))


# ------------------------------------------------------------------------------------------ tiers by totals


async def test_the_tier_rises_with_the_days_total_over_runs(house):
    for n in range(2):
        run = await house.open_run()
        ids = [f"con-{2 * n}", f"con-{2 * n + 1}"]
        acted = await house.act("manage", run, object_type="contacts", ids=ids, properties={"segment": "beta"})
        assert acted.state == "succeeded" and acted.evidence is Evidence.READ_BACK
    asked = await house.act("manage", object_type="contacts", ids=["con-9"], properties={"segment": "beta"})
    assert isinstance(asked.decision.verdict, Ask)
    house.clock.advance(24 * 60)
    fresh = await house.act("manage", object_type="contacts", ids=["con-9"], properties={"segment": "beta"})
    assert fresh.state == "succeeded"


# ------------------------------------------------------------------------------------------ limits of a run


async def test_a_run_has_so_many_calls_and_no_more(house):
    run = await house.open_run()
    for n in range(6):
        assert (await house.act("note", run, text=f"n{n}")).state == "succeeded"
    denied = await house.act("note", run, text="n7")
    assert code(denied) is DenyCode.RUN_LIMIT and denied.decision.verdict.rules == ("run.calls",)
    assert (await house.act("note", await house.open_run(), text="n7")).state == "succeeded"


async def test_a_run_has_so_many_calls_also_when_they_come_at_once(house):
    run = await house.open_run()
    acted = await asyncio.gather(*(house.act("note", run, text=f"n{n}") for n in range(30)))
    assert sum(one.state == "succeeded" for one in acted) == 6 == len(house.crm.journal)


async def test_the_same_call_is_made_so_many_times_and_no_more(house):
    run = await house.open_run()
    for _ in range(3):
        assert (await house.act("note", run, text="same")).state == "succeeded"
    assert (await house.act("note", run, text="same")).decision.verdict.rules == ("run.repeats",)
    assert (await house.act("note", run, text="other")).state == "succeeded"


async def test_a_failing_call_is_retried_so_many_times_and_no_more(house):
    house.crm.mood["note"] = "fail"
    run = await house.open_run()
    for _ in range(2):
        acted = await house.act("note", run, text="same")
        assert acted.state == "failed" and acted.evidence is Evidence.TOOL_ERROR
    assert (await house.act("note", run, text="same")).decision.verdict.rules == ("run.retries",)


async def test_a_runs_clock_stops_while_it_only_waits_for_people(house):
    run = await house.open_run()
    asked = await house.act("launch", run, campaign="spring", budget=5)
    house.clock.advance(60)
    await house.approve(asked.decision.approval)
    assert (await house.act("launch", run, campaign="spring", budget=5)).state == "succeeded"
    house.clock.advance(9)
    assert (await house.act("note", run, text="in time")).state == "succeeded"
    house.clock.advance(2)
    assert (await house.act("note", run, text="too late")).decision.verdict.rules == ("run.seconds",)


# ------------------------------------------------------------------------------------------ how it ended


@pytest.mark.parametrize(
    "mood, state, evidence",
    [
        ("well", "succeeded", Evidence.REPLY),
        ("fail", "failed", Evidence.TOOL_ERROR),
        ("refuse", "failed", Evidence.REFUSED),
        ("hang up", "unknown", Evidence.NO_ANSWER),
    ],
)
async def test_an_outcome_rests_on_evidence(house, mood, state, evidence):
    house.crm.mood["note"] = mood
    acted = await house.act("note", text="x")
    assert (acted.state, acted.evidence) == (state, evidence)
    assert house.kinds() == ["intended", state] and house.state(acted.decision.action) == state
    assert house.events(f"action.{state}")[0]["data"]["evidence"] == evidence.value


async def test_a_dead_upstream_is_a_failure_and_nothing_was_sent(house):
    by = house.people["admin"]
    url = "http://127.0.0.1:1/mcp"
    await house.commit(AddConnector("crm", "http", by, "Acme", "it-ops@acme.example", url=url))
    house.installation.policies.forget()
    acted = await house.act("note", text="x")
    assert (acted.state, acted.evidence) == ("failed", Evidence.NOT_SENT)
    await house.commit(AddConnector("crm", "http", by, "Acme", "it-ops@acme.example", url=house.server.url))
    house.installation.policies.forget()
    assert (await house.act("note", text="x")).state == "succeeded"


async def test_success_without_effect_is_a_failure(house):
    house.crm.mood["manage"] = "no effect"
    acted = await house.act("manage", object_type="contacts", ids=["con-1"], properties={"segment": "beta"})
    assert (acted.state, acted.evidence) == ("failed", Evidence.NO_EFFECT)


@pytest.mark.parametrize("mood", ["hang up", "fail", "refuse"])
async def test_an_effect_that_cannot_be_read_back_is_unknown(house, mood):
    house.crm.mood["query"] = mood
    acted = await house.act("manage", object_type="contacts", ids=["con-1"], properties={"segment": "beta"})
    assert (acted.state, acted.evidence) == ("unknown", Evidence.UNCONFIRMED)


async def test_an_identical_call_is_refused_while_the_first_is_open(house):
    house.crm.mood["note"] = "wait"
    first = asyncio.ensure_future(house.act("note", text="same"))
    await house.crm.entered.wait()
    second = await house.act("note", text="same")
    assert code(second) is DenyCode.UNSETTLED
    house.crm.go.set()
    assert (await first).state == "succeeded"
    house.crm.mood.clear()
    assert (await house.act("note", text="same")).state == "succeeded"


async def test_an_identical_call_is_refused_while_the_first_is_unknown_until_somebody_has_looked(house):
    house.crm.mood["note"] = "hang up"
    first = await house.act("note", text="same")
    house.crm.mood.clear()
    assert code(await house.act("note", text="same")) is DenyCode.UNSETTLED
    assert code(await house.act("note", await house.open_run(), agent="router", text="same")) is DenyCode.UNSETTLED
    await house.commit(Reconcile(first.decision.action, "succeeded", "seen in the CRM", house.people["admin"]))
    assert (await house.act("note", text="same")).state == "succeeded"
    assert house.state(first.decision.action) == "succeeded" and len(house.crm.journal) == 2


@pytest.mark.parametrize("outcome, note", [("unknown", "x"), ("done", "x"), ("failed", " ")])
async def test_reconciling_says_what_and_why(house, outcome, note):
    house.crm.mood["note"] = "hang up"
    acted = await house.act("note", text="x")
    with pytest.raises(Refusal):
        await house.commit(Reconcile(acted.decision.action, outcome, note, house.people["admin"]))


async def test_only_an_unknown_action_is_reconciled_and_only_an_open_one_settled(house):
    acted = await house.act("note", text="x")
    with pytest.raises(Refusal):
        await house.commit(Reconcile(acted.decision.action, "failed", "no", house.people["admin"]))
    with pytest.raises(Refusal):
        await house.commit(SettleAction(acted.decision.action, Evidence.REPLY, {}))


async def test_reconciling_an_older_twin_does_not_release_a_younger_one(house):
    house.crm.mood["note"] = "hang up"
    calm = CATALOGUE.replace("says: add a note,", "says: add a note, idempotent: true,")
    await house.catalogue(calm)
    older = await house.act("note", text="same")
    await house.catalogue(CATALOGUE)
    younger = await house.act("note", text="same")
    assert older.state == younger.state == "unknown"
    await house.commit(Reconcile(older.decision.action, "failed", "not there", house.people["admin"]))
    assert code(await house.act("note", text="same")) is DenyCode.UNSETTLED


async def test_a_restart_turns_open_intents_into_unknown_and_they_are_not_repeated(house):
    decision = await house.decide("note", text="same")
    assert house.state(decision.action) == "open"
    assert await house.restart() == 1
    assert house.state(decision.action) == "unknown" and house.kinds() == ["intended", "unknown"]
    assert house.events("installation.started")[-1]["data"]["unsettled"] == 1
    assert code(await house.act("note", text="same")) is DenyCode.UNSETTLED
    assert await house.restart() == 0


# ------------------------------------------------------------------------------------------ stopping


@pytest.mark.parametrize("scope", ["all", "agent:router", "workflow:lead-routing", "connector:crm"])
async def test_a_halt_stops_the_next_action_also_an_approved_one(house, scope):
    asked = await house.act("launch", campaign="spring", budget=5)
    await house.approve(asked.decision.approval)
    await house.halt(scope, told=False)
    acted = await house.act("launch", campaign="spring", budget=5)
    assert code(acted) is DenyCode.HALTED and house.crm.journal == []
    assert house.approval(asked.decision.approval) == "approved"


@pytest.mark.parametrize("scope", ["agent:other", "workflow:nobody", "connector:none"])
async def test_a_halt_of_something_else_stops_nothing(house, scope):
    with contextlib.suppress(Refusal):  # a scope that names nothing is refused
        await house.halt(scope)
    assert (await house.act("note", text="x")).state == "succeeded"


async def test_a_halt_between_decision_and_dispatch_stops_the_dispatch(house):
    def stop(edge):
        if edge == "after-intent":
            house.installation.stops.scopes.add("agent:router")

    house.acting.at_edge = stop
    acted = await house.act("note", text="x")
    assert (acted.state, acted.evidence) == ("failed", Evidence.NOT_SENT) and house.crm.journal == []
    assert house.kinds() == ["intended", "failed"]


async def test_a_halt_is_lifted_by_somebody_else(house):
    await house.halt("all")
    with pytest.raises(Refusal, match="second person"):
        await house.commit(LiftHalt("all", "fine now", house.people["admin"]))
    await house.commit(LiftHalt("all", "fine now", house.people["change"]))
    house.installation.stops.read(house.reader)
    assert (await house.act("note", text="x")).state == "succeeded"


async def test_a_revoked_agent_acts_no_more(house):
    await house.commit(RevokeAgent("router", house.people["admin"]))
    assert code(await house.act("note", text="x")) is DenyCode.REVOKED


async def test_a_call_prepared_against_an_old_charter_is_prepared_again(house):
    await house.act("note", text="warm")
    await house.publish(CHARTER.replace("  - {do: crm.note.add, tier: medium}\n", ""), forget=False)
    assert code(await house.act("note", text="x")) is DenyCode.UNLISTED
    await house.publish(CHARTER, forget=False)
    assert (await house.act("note", text="x")).state == "succeeded"


async def test_an_old_credential_stops_its_connector(house):
    await house.commit(RenewSecret("crm", house.people["admin"]))
    house.clock.advance(91 * 24 * 60)
    assert code(await house.act("note", text="x")) is DenyCode.STOPPED
    await house.commit(RenewSecret("crm", house.people["admin"]))
    assert (await house.act("note", text="x")).state == "succeeded"


# ------------------------------------------------------------------------------------------ denials, hanging up


async def test_a_flood_of_denials_is_counted_and_not_written_one_by_one(house):
    run = await house.open_run()
    over = 7
    for _ in range(DENIALS_A_MINUTE + over):
        assert code(await house.act("wipe", run)) is DenyCode.UNLISTED
    assert house.kinds().count("denied") == DENIALS_A_MINUTE
    house.clock.advance(1.5)
    await house.act("note", run, text="well behaved again")
    assert [leaf["data"]["count"] for leaf in house.events("action.denials_counted")] == [over]
    await house.act("wipe", run)
    assert house.kinds().count("denied") == DENIALS_A_MINUTE + 1
    assert house.kinds().count("denials_counted") == 1


async def test_counted_denials_of_an_agent_that_fell_silent_are_recorded_at_the_next_start(house):
    run = await house.open_run()
    for _ in range(DENIALS_A_MINUTE + 3):
        await house.act("wipe", run)
    await house.restart()
    assert [leaf["data"]["count"] for leaf in house.events("action.denials_counted")] == [3]
    await house.restart()
    assert house.kinds().count("denials_counted") == 1


async def test_denials_of_one_agent_do_not_hide_those_of_another(house):
    for _ in range(DENIALS_A_MINUTE + 1):
        await house.act("wipe")
    await house.act("wipe", agent="other")
    assert len(house.events("action.denied", agent="other")) == 1


async def test_an_agent_that_hangs_up_does_not_stop_a_write_in_flight(house):
    house.crm.mood["note"] = "wait"
    task = asyncio.ensure_future(house.act("note", text="x"))
    await house.crm.entered.wait()
    task.cancel()
    house.crm.go.set()
    await house.acting.drain(20)
    assert house.kinds() == ["intended", "succeeded"]


async def test_an_agent_that_hangs_up_before_the_decision_leaves_no_intent_undispatched(house):
    task = asyncio.ensure_future(house.act("note", text="x"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the decision is under way, its reply is not there yet
    task.cancel()
    await house.acting.drain(20)
    assert house.kinds() in ([], ["intended", "succeeded"])
    assert len(house.crm.journal) == house.kinds().count("intended")


async def test_an_outcome_that_cannot_be_recorded_is_unknown_and_recorded_when_it_can_be(house):
    store, acting = house.installation.store, house.acting

    class Faulty:
        """The real store, with a disk that refuses outcomes once."""

        def __init__(self):
            self.refuse = 1

        async def commit(self, unit):
            if isinstance(unit, SettleOwn) and self.refuse:
                self.refuse -= 1
                raise StoreUnavailable("nothing was done; try again later")
            return await store.commit(unit)

    acting.store = Faulty()
    acted = await house.act("note", text="x")
    assert acted.state == "unknown" and "recorded" in acted.trouble and len(house.crm.journal) == 1
    assert code(await house.act("note", text="x")) is DenyCode.UNSETTLED
    await acting.drain(20)
    assert house.state(acted.decision.action) == "succeeded"


async def test_a_decision_reads_the_same_from_the_record_however_its_arguments_were_sent(house):
    odd = {"zebra": 1, "apple": 2, "\U0001f600": 3, "\ufb33": 4, "note": 1e21, "campaign": "spring", "budget": 50.0}
    for arguments in (odd, {"zebra": [1.5], "object_type": "contacts"}, {"object_type": "contacts", "ids": 5.0}):
        for tool in ("launch", "query", "manage"):
            await house.act(tool, **arguments)
    await house.installation.store.checkpoint()
    report = recheck(export_files(house.reader, house.installation.log_key), None)
    assert report.differences == ()
    assert report.decided == report.identical == 9

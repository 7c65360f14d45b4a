"""People, sign-in, tokens and runs as units of work over a real store."""

import asyncio

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow.client_assertion import Assertion
from bailiwick.flow.enrol import RevokeAgent
from bailiwick.flow.grant_token import GrantToken
from bailiwick.flow.person import AddPerson, ChangePerson, DeclareMode, RenewHash, SetPassword
from bailiwick.flow.right import RIGHTS, demand
from bailiwick.flow.run import MAX_DEPTH, MAX_INTENT, EndRun, OpenRun
from bailiwick.flow.secret_token import Kind, mint
from bailiwick.flow.signin import SESSION_US, CloseSession, IssueLink, OpenSession, UseLink

# ------------------------------------------------------------------------------------------ people


async def test_the_last_active_administrator_stays_one(house):
    admin = house.people["admin"]
    for change in ({"active": False}, {"roles": ("auditor",)}, {"roles": ()}):
        with pytest.raises(Refusal, match="last active administrator"):
            await house.commit(ChangePerson(admin, admin, **change))
    await house.commit(ChangePerson(house.people["ana"], admin, roles=("administrator",)))
    await house.commit(ChangePerson(admin, house.people["ana"], active=False))
    with pytest.raises(Refusal, match="last active administrator"):
        await house.commit(ChangePerson(house.people["ana"], house.people["ana"], active=False))


async def test_two_administrators_who_dismiss_each_other_at_once_leave_one(house):
    admin, ana = house.people["admin"], house.people["ana"]
    await house.commit(ChangePerson(ana, admin, roles=("administrator",)))
    answers = await asyncio.gather(
        house.commit(ChangePerson(ana, admin, active=False)),
        house.commit(ChangePerson(admin, ana, active=False)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1


@pytest.mark.parametrize("email", ["ana@acme.example", "ANA@acme.example", " Ana@Acme.example "])
async def test_a_person_is_one_person_however_the_address_is_written(house, email):
    with pytest.raises(Refusal, match="a person already"):
        await house.commit(AddPerson(email, "Ana again", (), house.people["admin"]))


@pytest.mark.parametrize(
    "email, name, roles",
    [
        ("not an address", "N", ()),
        ("a@b", "N", ()),
        ("new@acme.example", " ", ()),
        ("new@acme.example", "N" * 121, ()),
        ("new@acme.example", "N", ("Bad Role",)),
    ],
)
async def test_a_person_has_an_address_a_name_and_plain_roles(house, email, name, roles):
    before = house.reader.count("person")
    with pytest.raises(Refusal):
        await house.commit(AddPerson(email, name, roles, house.people["admin"]))
    assert house.reader.count("person") == before


@pytest.mark.parametrize(
    "unit", [ChangePerson("per-x", "per-y"), SetPassword("per-x", "hash"), IssueLink("per-x", "h")]
)
async def test_nobody_is_nobody(house, unit):
    with pytest.raises(Refusal) as caught:
        await house.commit(unit)
    assert caught.value.code == "unknown"


async def test_a_mode_is_team_or_solo(house):
    with pytest.raises(Refusal, match="team or solo"):
        await house.commit(DeclareMode("none", "Acme", None))


@pytest.mark.parametrize("right", RIGHTS)
def test_a_right_is_held_by_an_active_person_with_one_of_its_roles(right):
    role = min(RIGHTS[right])
    demand({"active": True, "roles": [role]}, right)
    for row in (
        {"active": False, "roles": [role]},
        {"active": True, "roles": ["visitor"]},
        {"active": True, "roles": []},
    ):
        with pytest.raises(Refusal):
            demand(row, right)


# ------------------------------------------------------------------------------------------ sign-in


async def test_a_link_signs_in_once_and_within_a_day(house):
    person = house.people["director"]
    link, later = (mint(bytes([n]) * 32, Kind.SIGN_IN_LINK)[1] for n in (1, 2))
    await house.commit(IssueLink(person, link))
    await house.commit(IssueLink(person, later))
    answers = await asyncio.gather(
        *(house.commit(UseLink(link, f"session-{n}", Kind.SESSION)) for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(answer, Refusal) for answer in answers) == 4
    assert house.reader.count("session") == 1
    house.clock.advance(24 * 60 + 1)
    with pytest.raises(Refusal, match="expired"):
        await house.commit(UseLink(later, "session-9", Kind.SESSION))


async def test_somebody_who_was_dismissed_cannot_sign_in_with_an_old_link(house):
    person = house.people["director"]
    await house.commit(IssueLink(person, "link"))
    await house.commit(ChangePerson(person, house.people["admin"], active=False))
    with pytest.raises(Refusal, match="not active"):
        await house.commit(UseLink("link", "session", Kind.SESSION))
    assert house.reader.row("signin", "link")["used_us"] is None and house.reader.count("session") == 0


async def test_nobody_makes_a_link_for_somebody_who_was_dismissed(house):
    person = house.people["director"]
    await house.commit(ChangePerson(person, house.people["admin"], active=False))
    with pytest.raises(Refusal, match="make them active first") as caught:
        await house.commit(IssueLink(person, "link"))
    assert caught.value.code == "conflict"


async def test_signing_out_twice_changes_nothing(house):
    await house.commit(OpenSession(house.people["ana"], None, "session", Kind.PERSONAL))
    for _ in range(2):
        await house.commit(CloseSession("session"))
    assert house.reader.count("session") == 0


async def test_a_password_changed_since_it_was_checked_opens_no_session(house):
    ana = house.people["ana"]
    await house.commit(SetPassword(ana, "the newer hash"))
    with pytest.raises(Refusal, match="changed just now"):
        await house.commit(OpenSession(ana, "the older hash", "session", Kind.PERSONAL))
    await house.commit(OpenSession(ana, "the newer hash", "session", Kind.PERSONAL))


async def three_sessions(house):
    for name, person, kind in (
        ("browser", "ana", Kind.SESSION),
        ("laptop", "ana", Kind.PERSONAL),
        ("other", "director", Kind.SESSION),
    ):
        password = house.reader.row("person", house.people[person])["password"]
        await house.commit(OpenSession(house.people[person], password, name, kind))


def sessions(house):
    return {row["id"] for row in house.reader.rows("session")}


@pytest.mark.parametrize("keep, left", [("laptop", {"laptop", "other"}), ("", {"other"}), ("other", {"other"})])
async def test_a_new_password_ends_every_session_of_the_person_but_one(house, keep, left):
    await three_sessions(house)
    await house.commit(SetPassword(house.people["ana"], "hash", keep))
    assert sessions(house) == left


async def test_a_renewed_hash_ends_no_session_and_never_brings_an_old_password_back(house):
    ana = house.people["ana"]
    await house.commit(SetPassword(ana, "old hash"))
    await three_sessions(house)
    await house.commit(RenewHash(ana, "old hash", "same password, new hash"))
    assert house.reader.row("person", ana)["password"] == "same password, new hash"
    await house.commit(RenewHash(ana, "old hash", "late"))
    assert house.reader.row("person", ana)["password"] == "same password, new hash"
    assert sessions(house) == {"browser", "laptop", "other"}


async def test_whoever_is_dismissed_has_no_session_left_even_after_coming_back(house):
    await three_sessions(house)
    for active in (False, True):
        await house.commit(ChangePerson(house.people["ana"], house.people["admin"], active=active))
        assert sessions(house) == {"other"}


async def test_new_roles_end_no_session(house):
    await three_sessions(house)
    await house.commit(ChangePerson(house.people["ana"], house.people["admin"], roles=("auditor",)))
    assert sessions(house) == {"browser", "laptop", "other"}


async def test_a_restart_forgets_the_sessions_that_have_expired(house):
    await three_sessions(house)
    house.clock.advance(SESSION_US / 60_000_000)
    await house.restart()
    assert sessions(house) == {"laptop"}


# ------------------------------------------------------------------------------------------ tokens


def assertion(house, jti="jti-1", agent="router"):
    return Assertion(agent, jti, house.clock.at_us + 60_000_000)


async def test_an_assertion_counts_once_however_many_come_at_once(house):
    answers = await asyncio.gather(
        *(house.commit(GrantToken(assertion(house), None, 1)) for _ in range(20)), return_exceptions=True
    )
    assert answers.count(1) == 1 and sum(isinstance(answer, Refusal) for answer in answers) == 19
    assert len(house.events("token.issued")) == 1
    assert await house.commit(GrantToken(assertion(house, "jti-2"), None, 1)) == 1
    assert await house.commit(GrantToken(assertion(house, agent="other"), None, 1)) == 1


async def test_no_token_for_an_agent_that_is_unknown_or_revoked(house):
    with pytest.raises(Refusal, match="not enrolled"):
        await house.commit(GrantToken(assertion(house, agent="nobody"), None, 1))
    await house.commit(RevokeAgent("router", house.people["admin"]))
    with pytest.raises(Refusal, match="revoked"):
        await house.commit(GrantToken(assertion(house), None, 1))


async def test_a_token_is_for_an_open_run_of_the_agents_own(house):
    mine, others = await house.open_run(), await house.open_run(agent="other")
    assert await house.commit(GrantToken(assertion(house), mine, 1)) == 1
    for run, code in ((others, "unknown"), ("run-none", "unknown")):
        with pytest.raises(Refusal) as caught:
            await house.commit(GrantToken(assertion(house, "jti-2"), run, 1))
        assert caught.value.code == code
    await house.commit(EndRun(mine, "router"))
    with pytest.raises(Refusal, match="has ended"):
        await house.commit(GrantToken(assertion(house, "jti-3"), mine, 1))


# ------------------------------------------------------------------------------------------ runs


async def test_a_run_is_opened_for_a_stated_intent_within_the_charters_workflow(house):
    for intent, workflow, epoch in (
        ("", "lead-routing", 1),
        (" ", "lead-routing", 1),
        ("x" * (MAX_INTENT + 1), "lead-routing", 1),
        ("route", "billing", 1),
        ("route", "lead-routing", 2),
    ):
        with pytest.raises(Refusal):
            await house.commit(OpenRun("router", epoch, intent, workflow))
    with pytest.raises(Refusal, match="not a known person"):
        await house.open_run(requester="nobody@acme.example")
    assert house.reader.count("run") == 0


async def test_the_intent_of_a_run_is_in_the_payload_and_not_in_the_leaf(house):
    await house.open_run("call the customer zzsecretzz")
    (leaf,) = house.events("run.opened")
    assert "zzsecretzz" not in str(leaf)
    assert b"zzsecretzz" in house.reader.payload(leaf["payload"]["commitment"]).body


async def test_runs_nest_in_open_runs_and_not_without_end(house):
    run = await house.open_run()
    for _ in range(MAX_DEPTH - 1):
        run = await house.open_run(parent=run)
    assert house.reader.row("run", run)["root"] == house.reader.rows("run", ascending=True)[0]["id"]
    with pytest.raises(Refusal, match="at most"):
        await house.open_run(parent=run)
    await house.commit(EndRun(run, "router"))
    with pytest.raises(Refusal, match="not open"):
        await house.open_run(parent=run)


async def test_a_run_ends_once_and_by_its_own_agent(house):
    run = await house.open_run()
    with pytest.raises(Refusal):
        await house.commit(EndRun(run, "other"))
    for outcome in ("failed", "finished"):
        row = await house.commit(EndRun(run, "router", outcome))
    assert row["outcome"] == "failed" and house.kinds("run") == ["opened", "ended"]


async def test_an_implicit_run_ends_after_an_idle_gap_and_its_intent_is_undeclared(house):
    first = await house.act("note", text="1")
    house.clock.advance(14)
    second = await house.act("note", text="2")
    assert second.decision.run == first.decision.run
    house.clock.advance(16)
    third = await house.act("note", text="3")
    assert third.decision.run != first.decision.run
    old, new = (house.reader.row("run", acted.decision.run) for acted in (first, third))
    assert (old["status"], old["outcome"], new["status"]) == ("ended", "idle", "open")
    assert not new["declared"] and new["intent"] == "undeclared"


async def test_each_agent_has_an_implicit_run_of_its_own(house):
    first, second = await asyncio.gather(house.act("note", text="1"), house.act("note", text="2", agent="other"))
    assert first.decision.run != second.decision.run


async def test_fifty_first_calls_at_once_share_one_implicit_run(house):
    acted = await asyncio.gather(*(house.act("wipe") for _ in range(50)))
    assert len({one.decision.run for one in acted}) == 1 and house.kinds("run") == ["opened"]

"""Publishing, reviewing and enrolling: what is refused, and that the refusal says what to do."""

import asyncio

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow.catalogue_import import draft, review
from bailiwick.flow.charter_draft import draft_charter
from bailiwick.flow.enrol import EnrolAgent, RevokeAgent
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.person import AddPerson, ChangePerson, DeclareMode
from bailiwick.flow.publish import PublishCharter, SecondCharter, WithdrawCharter
from bailiwick.flow.source import SourceError
from tests.flow.house import CATALOGUE, CHARTER, DEFINITIONS, START_US, tool

NARROWER = CHARTER.replace("max: 500", "max: 400")
WIDER = CHARTER.replace("cannot: [billing.*, crm.contact.drop]", "cannot: [billing.*]").replace(
    "cannot:", "  - {do: crm.contact.drop, tier: high}\ncannot:"
)
DROPPED = CHARTER.replace("cannot: [billing.*, crm.contact.drop]", "cannot: [billing.*]")


async def test_a_charter_whose_approvers_nobody_can_be_is_refused_and_the_message_names_the_fix(house):
    await house.commit(ChangePerson(house.people["director"], house.people["admin"], active=False))
    with pytest.raises(SourceError) as caught:
        await house.publish(NARROWER)
    (flaw,) = caught.value.problems
    assert "nobody can approve as `marketing-director`" in flaw.message
    assert "bailiwick person add NAME --role marketing-director" in flaw.message
    assert CHARTER.splitlines()[flaw.line - 1].startswith("approve:")
    await house.commit(AddPerson("dora@acme.example", "Dora", ("marketing-director",), house.people["admin"]))
    assert (await house.publish(NARROWER))["status"] == "published"


async def test_an_owner_written_in_capitals_is_still_no_approver(house):
    await house.commit(ChangePerson(house.people["director"], house.people["admin"], active=False))
    with pytest.raises(SourceError, match="nobody can approve"):
        await house.publish(NARROWER.replace("ana@acme.example", "Ana@acme.example"))


async def test_an_owner_written_in_capitals_still_cannot_vote(house):
    await house.publish(NARROWER.replace("ana@acme.example", "Ana@acme.example"))
    asked = await house.act("launch", campaign="spring", budget=5)
    with pytest.raises(Refusal, match="somebody else"):
        await house.vote(asked.decision.approval, "ana")


async def test_a_person_alone_declares_solo_and_may_then_publish_what_nobody_else_could_approve(house):
    for name in ("director", "change", "it-ops"):
        await house.commit(ChangePerson(house.people[name], house.people["admin"], active=False))
    with pytest.raises(SourceError):
        await house.publish(NARROWER)
    await house.commit(DeclareMode("solo", "Acme", house.people["admin"]))
    assert (await house.publish(NARROWER))["status"] == "published"
    assert house.events("installation.declared")[-1]["data"] == {"mode": "solo"}


async def propose(house, source, by="admin"):
    return await house.publish(source, by, second=False)


async def second(house, digest, by):
    row = await house.commit(SecondCharter("lead-router", digest, house.people[by], house.catalogues()))
    house.installation.policies.forget()
    return row


async def test_something_wider_waits_until_both_owners_agree_to_the_same_text(house):
    first = await propose(house, WIDER)
    assert (first["status"], first["relation"], first["consents"]) == ("proposed", "wider", [])
    assert (await propose(house, WIDER))["status"] == "proposed"  # an administrator is no owner
    assert (await propose(house, WIDER, "ana"))["consents"] == [house.people["ana"]]
    assert (await propose(house, WIDER, "ana"))["status"] == "proposed"  # nobody agrees twice
    assert house.reader.row("charter", "lead-router")["version"] == 1
    done = await second(house, first["digest"], "it-ops")
    assert (done["status"], done["version"]) == ("published", 2)
    assert (done["proposed_by"], done["published_by"]) == (house.people["admin"], house.people["it-ops"])
    assert house.kinds("charter") == ["published", "proposed", "seconded", "seconded", "published"]
    assert house.events("charter.published")[-1]["data"]["relation"] == "wider"


async def test_an_owner_who_proposes_has_agreed(house):
    assert (await propose(house, WIDER, "it-ops"))["consents"] == [house.people["it-ops"]]
    assert (await propose(house, WIDER, "ana"))["status"] == "published"


async def test_only_owners_agree_and_only_to_the_text_they_have_seen(house):
    row = await propose(house, WIDER)
    with pytest.raises(Refusal, match="only the owners"):
        await second(house, row["digest"], "director")
    await propose(house, DROPPED)
    with pytest.raises(Refusal, match="another text"):
        await second(house, row["digest"], "ana")


async def test_another_text_takes_the_place_of_a_proposal_and_starts_anew(house):
    await propose(house, WIDER, "ana")
    other = await propose(house, DROPPED, "it-ops")
    assert (other["status"], other["consents"]) == ("proposed", [house.people["it-ops"]])
    assert house.kinds("charter") == ["published", "proposed", "withdrawn", "proposed"]


async def test_a_proposal_decides_nothing_yet_and_can_be_taken_back(house):
    await propose(house, WIDER)
    assert (await house.act("drop", ids=["con-1"])).decision.verdict.code.value == "cannot"
    row = await house.commit(WithdrawCharter("lead-router", house.people["ana"]))
    assert row["status"] == "withdrawn"
    with pytest.raises(Refusal, match="no version of `lead-router` is proposed"):
        await second(house, row["digest"], "ana")


@pytest.mark.parametrize(
    "change",
    [
        ("cannot: [billing.*, crm.contact.drop]", "cannot: [billing.*]"),
        ("billing.*", "billing.refund"),
        ("it-ops@acme.example", "change@acme.example"),
        ("workflow: lead-routing", "workflow: mail-routing"),
        ("within: 4h", "within: 5h"),
    ],
    ids=["a prohibition dropped", "a prohibition cut", "another owner", "another workflow", "longer to agree"],
)
async def test_what_needs_both_owners(house, change):
    assert (await propose(house, CHARTER.replace(*change)))["status"] == "proposed"


@pytest.mark.parametrize(
    "change",
    [("max: 500", "max: 400"), ("{do: crm.campaign.pause, tier: high}", "{do: crm.campaign.pause, tier: never}")],
    ids=["a limit", "a tier"],
)
async def test_what_is_narrower_is_published_at_once(house, change):
    row = await propose(house, CHARTER.replace(*change))
    assert (row["status"], row["relation"]) == ("published", "narrower")


async def test_an_administrator_stands_in_for_an_owner_who_left_but_never_for_both(house):
    await house.commit(AddPerson("eva@acme.example", "Eva", ("administrator",), house.people["admin"]))
    row = await propose(house, WIDER)
    await house.commit(ChangePerson(house.people["it-ops"], house.people["admin"], active=False))
    source = WIDER.replace("it-ops@acme.example", "change@acme.example").replace("role: it-change", "role: it-ops")
    await house.commit(ChangePerson(house.people["director"], house.people["admin"], ("marketing-director", "it-ops")))
    await house.commit(AddPerson("max@acme.example", "Max", ("it-ops",), house.people["admin"]))
    row = await propose(house, source)  # the administrator's voice stands for it-ops
    assert (row["status"], row["consents"]) == ("proposed", [house.people["admin"]])
    assert (await propose(house, source, "ana"))["status"] == "published"


async def test_a_person_alone_publishes_what_is_wider(solo_house):
    assert (await solo_house.publish(WIDER, second=False))["status"] == "published"


async def test_what_was_compared_with_another_version_is_compared_again(house):
    made = await asyncio.to_thread(
        draft_charter, CHARTER.replace("max: 500", "max: 450"), house.reader, house.installation.policies, START_US
    )
    await propose(house, NARROWER)
    source, by = CHARTER.replace("max: 500", "max: 450"), house.people["admin"]
    row = await house.commit(PublishCharter(source, by, "between", house.catalogues(), made))
    assert (row["status"], row["relation"]) == ("proposed", "wider")  # it was narrower than the version before


async def test_adding_a_prohibition_needs_nobody_else(house):
    assert (await house.publish(CHARTER.replace("billing.*", "billing.*, hr.*")))["status"] == "published"


async def test_publishing_the_version_in_force_again_is_a_conflict(house):
    with pytest.raises(Refusal, match="already in force"):
        await house.publish(CHARTER + "\n# only a comment\n")


async def test_every_problem_of_a_charter_is_told_with_its_line_and_nothing_is_written(house):
    wrong = CHARTER.replace("purpose:", "porpoise:").replace("crm.note.add", "crm.note.ad")
    size = house.reader.size()
    with pytest.raises(SourceError) as caught:
        await house.publish(wrong)
    assert all(flaw.line > 0 for flaw in caught.value.problems)
    assert "did you mean `purpose`" in str(caught.value)
    assert house.reader.size() == size


# ------------------------------------------------------------------------------------------ catalogues


@pytest.mark.parametrize("number", [2**63 - 1, 1e19, 2**64 - 1])
def test_a_definition_that_could_not_be_read_back_is_refused_at_import(number):
    odd = [*DEFINITIONS[:-1], tool("wipe", count={"type": "integer", "maximum": number})]
    assert review("crm", CATALOGUE, odd).digest == review("crm", CATALOGUE, DEFINITIONS).digest  # nobody reviewed it
    source = CATALOGUE + "  crm.all.wipe: {tool: wipe, says: wipe, floor: never, effect: write}\n"
    with pytest.raises(Refusal, match="cannot be pinned"):
        review("crm", source, odd)


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "note"},
        {"name": "note", "inputSchema": None},
        {"name": "note", "inputSchema": {"type": "object", "properties": 7}},
        {"name": "note", "inputSchema": {"$ref": "https://evil.example/schema"}},
        {"name": "note", "inputSchema": {"type": "object", "properties": {"text": {"pattern": "("}}}},
    ],
    ids=str,
)
def test_a_tool_whose_arguments_cannot_be_checked_is_not_put_in_force(definition):
    source = "connector: crm\nactions:\n  crm.note.add: {tool: note, says: add, floor: low, effect: write}\n"
    with pytest.raises(Refusal, match="`note`"):
        review("crm", source, [definition])


def test_a_definition_without_a_name_is_no_tool():
    assert review("crm", CATALOGUE, [*DEFINITIONS, {"inputSchema": {}}]).reviewed


def test_a_draft_of_a_catalogue_reads_back_with_every_tool_high():
    reviewed = review("crm", draft("crm", DEFINITIONS), DEFINITIONS)
    assert len(reviewed.reviewed) == len(DEFINITIONS) and reviewed.quarantined == ()


async def test_a_catalogue_for_an_unknown_connector_is_refused(house):
    with pytest.raises(Refusal, match="not `ads`"):
        review("ads", CATALOGUE, DEFINITIONS)


# ------------------------------------------------------------------------------------------ agents

KEY = SigningKey.from_random(b"k" * 48)


def enrol(house, name="third", key=KEY, charter="lead-router"):
    return house.commit(EnrolAgent(name, charter, key.public.jwk(), house.people["admin"]))


async def test_a_key_belongs_to_one_agent_for_ever(house):
    await enrol(house)
    with pytest.raises(Refusal, match="enrolled for agent `third`"):
        await enrol(house, "fourth")
    await house.commit(RevokeAgent("third", house.people["admin"]))
    with pytest.raises(Refusal, match="enrolled for agent `third`"):
        await enrol(house)


async def test_a_revoked_agent_comes_back_with_a_new_key_and_a_later_epoch(house):
    first = await enrol(house)
    with pytest.raises(Refusal, match="revoke it first"):
        await enrol(house, key=SigningKey.from_random(b"l" * 48))
    await house.commit(RevokeAgent("third", house.people["admin"]))
    again = await enrol(house, key=SigningKey.from_random(b"l" * 48))
    assert again["epoch"] > first["epoch"] + 1 or again["epoch"] == first["epoch"] + 2


@pytest.mark.parametrize("name", ["", "a", "A-b", "-a", "a_b", "a" * 61, "a b", "ä-b", "a\n"])
async def test_an_agents_name_is_plain(house, name):
    with pytest.raises(Refusal, match="agent name"):
        await enrol(house, name)


async def test_an_agent_needs_a_published_charter_and_a_public_key(house):
    with pytest.raises(Refusal, match="publish it first"):
        await enrol(house, charter="nothing")
    with pytest.raises(Refusal):
        await house.commit(EnrolAgent("third", "lead-router", {"kty": "EC"}, house.people["admin"]))

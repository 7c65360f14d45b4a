"""Publishing, reviewing and enrolling: what is refused, and that the refusal says what to do."""

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow.catalogue_import import draft, review
from bailiwick.flow.enrol import EnrolAgent, RevokeAgent
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.person import AddPerson, ChangePerson, DeclareMode
from bailiwick.flow.source import SourceError
from tests.flow.house import CATALOGUE, CHARTER, DEFINITIONS, tool

NARROWER = CHARTER.replace("max: 500", "max: 400")
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


async def test_dropping_a_prohibition_needs_a_second_person_for_the_same_text(house):
    assert (await house.publish(DROPPED))["status"] == "proposed"
    assert (await house.publish(DROPPED))["status"] == "proposed"  # the same person again is no second one
    assert house.reader.row("charter", "lead-router")["version"] == 1
    changed = DROPPED.replace("max: 500", "max: 499")
    assert (await house.publish(changed, "ana"))["status"] == "proposed"  # another text is another proposal
    done = await house.publish(changed)
    assert (done["status"], done["version"]) == ("published", 2)
    assert (done["proposed_by"], done["published_by"]) == (house.people["ana"], house.people["admin"])
    assert house.kinds("charter") == ["published", "proposed", "proposed", "proposed", "published"]


async def test_a_proposal_decides_nothing_yet(house):
    await house.publish(DROPPED)
    assert (await house.act("drop", ids=["con-1"])).decision.verdict.code.value == "cannot"


async def test_replacing_a_wide_prohibition_by_a_narrow_one_drops_it(house):
    row = await house.publish(CHARTER.replace("billing.*", "billing.refund"))
    assert row["status"] == "proposed"


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

"""Votes: who may, who may not, and that consent is used at most once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bailiwick.core.approval import Approval, approval_from_row, approval_row, cast
from bailiwick.core.approval_rule import ApprovalRule, Candidate, fillable
from bailiwick.core.refusal import Refusal

HOUR = 3_600_000_000
RULE = ApprovalRule(("director", "change"), 4 * HOUR)
OPEN = Approval("apr-1", "open", RULE, frozenset({"ana", "ben"}), 4 * HOUR)


def person(name, *roles, active=True):
    return Candidate(name, frozenset(roles), active)


DIRECTOR, CHANGE = person("dora", "director"), person("carl", "change")
BOTH = person("zoe", "director", "change")


def vote(approval, voter, word="approve", now_us=1, *, comment="checked", solo=False, people=()):
    return cast(approval, voter, word, comment, now_us, solo, people)


def refused(code, *arguments, **more):
    with pytest.raises(Refusal) as caught:
        vote(*arguments, **more)
    assert caught.value.code == code
    return caught.value.sentence


def test_every_slot_filled_by_another_person_approves():
    half = vote(OPEN, DIRECTOR)
    assert half.status == "open" and half.open_slots() == ("change",)
    whole = vote(half, CHANGE, now_us=5)
    assert whole.status == "approved" and whole.use_by_us == 5 + 4 * HOUR and whole.open_slots() == ()


def test_the_order_of_votes_does_not_matter():
    assert vote(vote(OPEN, CHANGE), DIRECTOR).status == "approved"


@pytest.mark.parametrize("name", ["ana", "ben"])
def test_the_requester_and_the_owners_may_not_vote(name):
    assert "somebody else" in refused("forbidden", OPEN, person(name, "director", "change"))


@pytest.mark.parametrize("word", ["approve", "deny"])
@pytest.mark.parametrize("voter", [person("eve", "auditor"), person("eve")])
def test_a_person_without_an_open_role_may_not_vote(voter, word):
    assert "director or change" in refused("forbidden", OPEN, voter, word)


def test_a_role_that_is_filled_takes_no_second_vote():
    half = vote(OPEN, DIRECTOR)
    assert "waits for change" in refused("forbidden", half, person("dan", "director"))


def test_a_person_fills_one_slot_whatever_roles_they_have():
    half = vote(OPEN, BOTH)
    assert len(half.votes) == 1 and half.status == "open"
    refused("stale", half, BOTH)


def test_somebody_who_is_not_active_may_not_vote():
    refused("forbidden", OPEN, replace(DIRECTOR, active=False))


@pytest.mark.parametrize("comment", ["", " ", "\n\t"])
@pytest.mark.parametrize("word", ["approve", "deny"])
def test_a_vote_says_why(comment, word):
    refused("invalid", OPEN, DIRECTOR, word, comment=comment)


def test_one_deny_ends_it():
    denied = vote(vote(OPEN, DIRECTOR), CHANGE, "deny")
    assert denied.status == "denied" and denied.use_by_us is None
    refused("stale", denied, person("carla", "change"))


def test_two_slots_of_one_role_need_two_people():
    twice = replace(OPEN, rule=ApprovalRule(("director", "director"), HOUR))
    half = vote(twice, DIRECTOR)
    refused("stale", half, DIRECTOR)
    assert vote(half, person("dan", "director")).status == "approved"


def test_a_person_with_two_roles_takes_the_one_that_leaves_the_other_to_somebody():
    # Zoe could fill both slots, Dora only `director`: if Zoe took that one, nobody could ever finish
    half = vote(OPEN, BOTH, people=(BOTH, DIRECTOR))
    assert half.open_slots() == ("director",)
    assert vote(half, DIRECTOR, people=(BOTH, DIRECTOR)).status == "approved"


@given(st.data())
def test_whoever_votes_first_a_rule_that_could_be_met_still_can(data):
    roles = st.sets(st.sampled_from("abc"), max_size=3)
    people = [person(f"p{n}", *have) for n, have in enumerate(data.draw(st.lists(roles, min_size=1, max_size=5)))]
    slots = tuple(data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3)))
    approval = replace(OPEN, rule=ApprovalRule(slots, HOUR), excluded=frozenset({"p0"}))
    if fillable(approval.rule, people, approval.excluded):
        return
    while approval.status == "open":
        able = [p for p in people if p.roles & set(approval.open_slots()) and p.person not in approval.excluded]
        able = [p for p in able if p.person not in {v.person for v in approval.votes}]
        useful = [p for p in able if not _leaves_stuck(approval, p, people)]
        assert useful, "somebody can always take the rule one vote further"
        approval = vote(approval, data.draw(st.sampled_from(useful)), people=people)
    assert approval.status == "approved" and approval.filled_by(people)


def _leaves_stuck(approval, voter, people):
    """Whether no choice of slot by this voter leaves the rest fillable: then another has to go first."""
    gone = {v.person for v in approval.votes} | {voter.person}
    rest = [p for p in people if p.person not in gone]
    for slot in set(approval.open_slots()) & voter.roles:
        left = list(approval.open_slots())
        left.remove(slot)
        if not left or not fillable(ApprovalRule(tuple(left), HOUR), rest, approval.excluded):
            return False
    return True


# ------------------------------------------------------------------------------------------------- two clocks


@pytest.mark.parametrize("now_us, status", [(4 * HOUR - 1, "open"), (4 * HOUR, "expired"), (9 * HOUR, "expired")])
def test_a_question_expires(now_us, status):
    assert OPEN.status_at(now_us) == status


def test_an_expired_question_takes_no_vote_whatever_its_row_says():
    assert "expired" in refused("stale", OPEN, DIRECTOR, now_us=4 * HOUR)


def test_a_consent_expires_by_its_own_clock_and_not_by_the_questions():
    approved = vote(vote(OPEN, DIRECTOR), CHANGE, now_us=3 * HOUR)
    assert approved.status_at(5 * HOUR) == "approved"
    assert approved.status_at(7 * HOUR - 1) == "approved"
    assert approved.status_at(7 * HOUR) == "expired"


@pytest.mark.parametrize("status", ["denied", "consumed", "expired"])
def test_an_end_stays_what_it_is_at_any_time(status):
    assert replace(OPEN, status=status, use_by_us=1).status_at(99 * HOUR) == status


# ------------------------------------------------------------------------------------------------- at use


APPROVED = vote(vote(OPEN, DIRECTOR), CHANGE)


@pytest.mark.parametrize(
    "people, filled",
    [
        ((DIRECTOR, CHANGE), True),
        ((DIRECTOR, CHANGE, BOTH), True),
        ((replace(DIRECTOR, roles=frozenset()), CHANGE), False),
        ((replace(DIRECTOR, active=False), CHANGE), False),
        ((DIRECTOR,), False),
        ((), False),
        ((DIRECTOR, BOTH), False),
        ((replace(DIRECTOR, roles=frozenset({"change"})), replace(CHANGE, roles=frozenset({"director"}))), True),
    ],
)
def test_a_consent_counts_only_while_its_voters_hold_their_roles(people, filled):
    assert APPROVED.filled_by(people) is filled


def test_an_approval_without_slots_is_never_filled():
    assert not replace(APPROVED, rule=ApprovalRule((), HOUR)).filled_by((DIRECTOR, CHANGE))
    assert not replace(APPROVED, rule=ApprovalRule((), HOUR)).filled_by((DIRECTOR, CHANGE), solo=True)


# ------------------------------------------------------------------------------------------------- solo


def test_in_a_solo_installation_one_person_fills_every_slot_even_as_the_owner():
    approved = vote(OPEN, person("ana"), solo=True)
    assert approved.status == "approved" and [v.slot for v in approved.votes] == ["director", "change"]
    assert approved.filled_by((person("ana"),), solo=True)


def test_a_solo_consent_counts_for_nothing_once_the_installation_is_a_team():
    approved = vote(OPEN, person("ana"), solo=True)
    assert not approved.filled_by((person("ana"), DIRECTOR, CHANGE))


def test_a_solo_consent_needs_its_voter_to_be_active():
    approved = vote(OPEN, person("ana"), solo=True)
    assert not approved.filled_by((person("ana", active=False),), solo=True)


def test_in_a_solo_installation_a_deny_ends_it_too():
    assert vote(OPEN, person("ana"), "deny", solo=True).status == "denied"


def test_a_row_reads_back_as_the_approval_it_was_written_from():
    for approval in (OPEN, vote(OPEN, DIRECTOR), APPROVED, vote(OPEN, CHANGE, "deny")):
        assert approval_from_row(approval_row(approval)) == approval


# ------------------------------------------------------------------------------------------------- any order


class ApprovalLife(RuleBasedStateMachine):
    """People vote, roles change, time passes, agents use the consent: whatever comes, in whatever order."""

    names = ("ana", "ben", "dora", "carl", "zoe", "eve")
    excluded = frozenset({"ana", "ben"})

    @initialize(slots=st.lists(st.sampled_from(["director", "change"]), min_size=1, max_size=3))
    def opened(self, slots):
        self.now_us, self.used = 1, 0
        self.roles = {name: set() for name in self.names}
        self.active = dict.fromkeys(self.names, True)
        self.approval = Approval("apr-1", "open", ApprovalRule(tuple(slots), HOUR), self.excluded, 1 + HOUR)
        self.seen = ["open"]

    def candidate(self, name):
        return Candidate(name, frozenset(self.roles[name]), self.active[name])

    @property
    def people(self):
        return [self.candidate(name) for name in self.names]

    @rule(name=st.sampled_from(names), role=st.sampled_from(["director", "change"]), has=st.booleans())
    def role_changes(self, name, role, has):
        (self.roles[name].add if has else self.roles[name].discard)(role)

    @rule(name=st.sampled_from(names), active=st.booleans())
    def account_changes(self, name, active):
        self.active[name] = active

    @rule(minutes=st.integers(0, 40))
    def time_passes(self, minutes):
        self.now_us += minutes * 60_000_000

    @rule(name=st.sampled_from(names), word=st.sampled_from(["approve", "approve", "deny"]))
    def somebody_votes(self, name, word):
        before = self.approval
        try:
            self.approval = cast(before, self.candidate(name), word, "checked", self.now_us, False, self.people)
        except Refusal:
            return
        assert before.status_at(self.now_us) == "open" and name not in self.excluded and self.active[name]
        assert self.approval.votes[-1].slot in self.roles[name]

    @precondition(lambda self: self.approval.status_at(self.now_us) == "approved")
    @rule()
    def an_agent_uses_it(self):
        if self.approval.filled_by(self.people):
            self.approval = replace(self.approval, status="consumed")
            self.used += 1
            held = {v.person: self.roles[v.person] for v in self.approval.votes if self.active[v.person]}
            assert len(held) >= len(self.approval.rule.slots)
            assert all(any(slot in roles for roles in held.values()) for slot in self.approval.rule.slots)

    @invariant()
    def it_holds(self):
        approval = self.approval
        if approval.status != self.seen[-1]:
            self.seen.append(approval.status)
        assert self.used <= 1
        assert not self.excluded & {v.person for v in approval.votes}
        assert len({v.person for v in approval.votes}) == len(approval.votes)
        if approval.status in ("approved", "consumed"):
            assert sorted(v.slot for v in approval.votes) == sorted(approval.rule.slots)
            assert all(v.vote == "approve" for v in approval.votes)
        assert tuple(self.seen) in {
            ("open",),
            ("open", "denied"),
            ("open", "approved"),
            ("open", "approved", "consumed"),
        }


TestApprovalLife = ApprovalLife.TestCase

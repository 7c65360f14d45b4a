"""An approval: people's consent bound to exactly one action, used at most once.

State moves one way: open -> approved -> consumed, or open -> denied, or (open | approved) -> expired. A vote never
acts on time alone: the caller passes the clock, and an approval past its time is expired whatever its row says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bailiwick.core.approval_rule import ApprovalRule, Candidate, fillable
from bailiwick.core.refusal import Refusal

Status = Literal["open", "approved", "denied", "expired", "consumed"]


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's vote; `slot` is the role it counts for."""

    person: str
    slot: str
    vote: Literal["approve", "deny"]
    comment: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Approval:
    """A pending or settled consent. `excluded` are the people who may not vote: requester and owners."""

    id: str
    status: Status
    rule: ApprovalRule
    excluded: frozenset[str]
    expires_us: int
    use_by_us: int | None = None
    votes: tuple[Vote, ...] = ()

    def status_at(self, now_us: int) -> Status:
        """The status with the clock applied: an open or approved one past its time is expired."""
        limit = self.expires_us if self.status == "open" else self.use_by_us
        if self.status in ("open", "approved") and limit is not None and now_us >= limit:
            return "expired"
        return self.status

    def filled_by(self, people: Sequence[Candidate], solo: bool = False) -> bool:
        """Whether those who said yes still fill every slot with the roles they hold now.

        In a solo installation the only person stands for every role, as long as their account is active.
        """
        yes = {vote.person for vote in self.votes if vote.vote == "approve"}
        voters = [person for person in people if person.person in yes]
        if solo:
            return bool(self.rule.slots) and not self.open_slots() and any(voter.active for voter in voters)
        return not fillable(self.rule, voters, self.excluded)

    def open_slots(self) -> tuple[str, ...]:
        """Roles that still have to say yes."""
        left = list(self.rule.slots)
        for vote in self.votes:
            if vote.vote == "approve" and vote.slot in left:
                left.remove(vote.slot)
        return tuple(left)


def cast(
    approval: Approval,
    voter: Candidate,
    vote: Literal["approve", "deny"],
    comment: str,
    now_us: int,
    solo: bool,
    people: Sequence[Candidate] = (),
) -> Approval:
    """The approval after one vote; raises `Refusal` with a sentence for the voter.

    One valid deny ends it. A person fills one slot, except in a solo installation, where the only person fills all
    and the record says so. Somebody with several of the roles takes the slot that leaves the others to `people`.
    """
    status = approval.status_at(now_us)
    if status != "open":
        raise Refusal("stale", f"approval `{approval.id}` is {status} and takes no more votes; reload to see it")
    if not voter.active:
        raise Refusal("forbidden", "your account is not active, so you cannot vote")
    if voter.person in approval.excluded and not solo:
        raise Refusal("forbidden", "you asked for this or own the agent, so somebody else has to decide it")
    if not comment.strip():
        raise Refusal("invalid", "a high-risk decision needs a comment: say why")
    if any(earlier.person == voter.person for earlier in approval.votes) and not solo:
        raise Refusal("stale", "you have voted on this already; another person has to fill the other role")
    slots = [slot for slot in approval.open_slots() if slot in voter.roles or solo]
    if not slots:
        wanted = " or ".join(approval.open_slots())
        raise Refusal("forbidden", f"this waits for {wanted}, and you do not have that role")
    taken = slots if solo and vote == "approve" else [_slot_of(approval, voter, slots, people)]
    votes = (*approval.votes, *(Vote(voter.person, slot, vote, comment.strip(), now_us) for slot in taken))
    after = replace(approval, votes=votes)
    if vote == "deny":
        return replace(after, status="denied")
    if after.open_slots():
        return after
    return replace(after, status="approved", use_by_us=now_us + approval.rule.within_us)


def _slot_of(approval: Approval, voter: Candidate, slots: Sequence[str], people: Sequence[Candidate]) -> str:
    """Of the roles that a voter may vote in, the first whose loss leaves the rest to somebody else."""
    gone = {vote.person for vote in approval.votes} | {voter.person}
    others = [person for person in people if person.person not in gone]
    for slot in slots:
        rest = list(approval.open_slots())
        rest.remove(slot)
        if not rest or not fillable(replace(approval.rule, slots=tuple(rest)), others, approval.excluded):
            return slot
    return slots[0]


def approval_row(approval: Approval) -> dict[str, object]:
    """The approval's own columns, as JSON values; the caller adds what it is bound to."""
    return {
        "id": approval.id,
        "status": approval.status,
        "slots": list(approval.rule.slots),
        "within_us": approval.rule.within_us,
        "excluded": sorted(approval.excluded),
        "expires_us": approval.expires_us,
        "use_by_us": approval.use_by_us,
        "votes": [[vote.person, vote.slot, vote.vote, vote.comment, vote.at_us] for vote in approval.votes],
    }


def approval_from_row(row: Mapping[str, Any]) -> Approval:
    """Inverse of `approval_row`."""
    return Approval(
        id=row["id"],
        status=row["status"],
        rule=ApprovalRule(tuple(row["slots"]), row["within_us"]),
        excluded=frozenset(row["excluded"]),
        expires_us=row["expires_us"],
        use_by_us=row["use_by_us"],
        votes=tuple(Vote(*vote) for vote in row["votes"]),
    )

"""Approvals: the inbox, and one request a person is asked to decide."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, ONE_PAGE, Detail, Form, Pager


@dataclass(frozen=True)
class Alteration:
    """One thing the action would change; None where there is nothing before or nothing after."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Seat:
    """One approver the rule asks for, and the vote once there is one (`decision`: approved or denied)."""

    role: str
    by: str = ""
    decision: str = ""
    comment: str = ""
    at_us: int = 0


@dataclass(frozen=True)
class ApprovalCard:
    """A request as a person decides it.

    `state` is open, approved, denied, expired, used, withdrawn or stale. `digest` is what a vote binds to: a
    form that carries another one conflicts instead of applying. `barred` says why this person may not vote,
    `note` what became of the request.
    """

    id: str
    title: str
    tier: str
    state: str
    agent: str
    run: str
    intent: str
    reason: str
    rules: tuple[str, ...]
    asked_us: int
    expires_us: int
    digest: str
    changes: tuple[Alteration, ...] = ()
    touches: tuple[Detail, ...] = ()
    seats: tuple[Seat, ...] = ()
    arguments: str = ""
    binds: tuple[Detail, ...] = ()
    barred: str = ""
    note: str = ""
    form: Form = BLANK
    action: str = ""


@dataclass(frozen=True)
class ApprovalRow:
    """A request that needs nothing more, as a line of the list below the inbox."""

    id: str
    title: str
    agent: str
    state: str
    by: str
    at_us: int


@dataclass(frozen=True)
class ApprovalInbox:
    """What waits for this person, what waits for others, and what was decided lately."""

    mine: tuple[ApprovalCard, ...]
    others: tuple[ApprovalCard, ...]
    settled: tuple[ApprovalRow, ...]
    pages: Pager = ONE_PAGE


@dataclass(frozen=True)
class ApprovalScreen:
    """One request on a page of its own, the address a notice links to.

    `waiting` goes with a card that a vote is answered with: how many requests wait for this person now, so that the
    count on the page around it is right again; -1 leaves it alone.
    """

    card: ApprovalCard
    waiting: int = -1

"""Approvals: the inbox, one request, and the vote."""

from typing import Any, Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.approval_view import ApprovalView, CastVoteView, barred, read_approvals
from bailiwick.flow.vote import CastVote
from bailiwick.web.approval import Alteration, ApprovalCard, ApprovalInbox, ApprovalRow, ApprovalScreen, Seat
from bailiwick.web.page import render, wants_fragment
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.shell import waiting_for_vote
from bailiwick.web.view import BLANK, Detail, Form, Pager
from bailiwick.web.visit import Visit, back_to, visit_of
from bailiwick.web.wording import exact, pretty

PAGE: Final = 20
_STATES: Final = {"consumed": "used"}
_DECISIONS: Final = {"approve": "approved", "deny": "denied"}
_UNDO: Final = {
    "reversible": "can be undone",
    "compensable": "can be made good, not undone",
    "irreversible": "cannot be undone",
    "none": "nothing to undo",
}


async def inbox(request: Request) -> Response:
    """GET /approvals"""
    return render(
        request, "approvals.html", await run_sync(_inbox, visit_of(request), request.query_params.get("before"))
    )


async def show(request: Request) -> Response:
    """GET /approvals/{id}"""
    card = await run_sync(card_of, visit_of(request), request.path_params["id"])
    return render(request, "approval.html", ApprovalScreen(card))


async def vote(request: Request) -> Response:
    """POST /approvals/{id}: one vote, for exactly the digest that was shown."""
    visit, approval = visit_of(request), request.path_params["id"]
    sent = visit.sent
    choice = sent.one("vote")
    try:
        if choice not in ("approve", "deny"):
            raise Refusal("invalid", "choose to approve or to deny")
        cast = CastVote(approval, visit.who["id"], choice, sent.one("comment"), sent.one("digest"))  # type: ignore[arg-type]  # just checked
        await visit.here.store.commit(cast)
    except Refusal as error:
        if error.code == "unknown":
            raise HTTPException(404) from None
        form = Form(sent.values("comment"), problem=sentence(error))
        card = await run_sync(card_of, visit, approval, form)
        template = "approval_card.html" if wants_fragment(request) else "approval.html"
        return render(request, template, ApprovalScreen(card), status=STATUS[error.code])
    if wants_fragment(request):
        return render(request, "approval_card.html", await run_sync(_voted, visit, approval))
    return back_to(f"/approvals/{approval}", choice)


def waiting_for(visit: Visit) -> tuple[tuple[ApprovalCard, ...], tuple[ApprovalCard, ...]]:
    """Open requests that this person may decide, and those that wait for others; the oldest first."""
    here = visit.here
    views = read_approvals(here.reader, here.policies, visit.now_us).page("open", limit=100).items
    cards = [approval_card(view, visit) for view in sorted(views, key=lambda view: view.opened_us)]
    return tuple(c for c in cards if _mine(c)), tuple(c for c in cards if not _mine(c))


def _voted(visit: Visit, approval: str) -> ApprovalScreen:
    left = waiting_for_vote(visit.here.reader, visit.who, visit.now_us, visit.solo)
    return ApprovalScreen(card_of(visit, approval), left)


def _mine(card: ApprovalCard) -> bool:
    return card.state == "open" and not card.barred


def _inbox(visit: Visit, before: str | None) -> ApprovalInbox:
    here = visit.here
    mine, others = waiting_for(visit)
    page = read_approvals(here.reader, here.policies, visit.now_us).page(before=before, limit=PAGE)
    settled = tuple(_row(view) for view in page.items if view.status != "open")
    newer = "/approvals" if before else ""
    return ApprovalInbox(mine, others, settled, Pager(newer, f"/approvals?before={page.next}" if page.next else ""))


def _row(view: ApprovalView) -> ApprovalRow:
    by = ", ".join(dict.fromkeys(vote.name for vote in view.votes))
    at_us = view.settled_us or (view.votes[-1].at_us if view.votes else view.expires_us)
    return ApprovalRow(view.id, view.title, view.agent, _STATES.get(view.status, view.status), by, at_us)


def card_of(visit: Visit, approval: str, form: Form = BLANK) -> ApprovalCard:
    """The card of one approval, with what the person typed. Blocks."""
    here = visit.here
    view = read_approvals(here.reader, here.policies, visit.now_us).one(approval)
    if view is None:
        raise HTTPException(404)
    return approval_card(view, visit, form)


def approval_card(view: ApprovalView, visit: Visit, form: Form = BLANK) -> ApprovalCard:
    """A request as this person decides it."""
    why = barred(view, visit.who)
    return ApprovalCard(
        id=view.id,
        title=view.title,
        tier=view.tier,
        state="stale" if view.superseded else _STATES.get(view.status, view.status),
        agent=view.agent,
        run=view.run,
        intent=view.intent,
        reason=_capital(view.sentence),
        rules=view.rules,
        asked_us=view.opened_us,
        expires_us=view.expires_us,
        digest=view.digest,
        changes=tuple(Alteration(change.path, None, _written(change.path, change.value)) for change in view.changes),
        touches=_touches(view),
        seats=_seats(view),
        arguments=pretty(dict(view.arguments)),
        binds=(
            Detail("Action", view.digest, "digest"),
            Detail("Tool", f"{view.connector}__{view.tool}", "code"),
            Detail("Tool definition", view.definition, "digest"),
            Detail("Charter version", view.charter, "digest"),
        ),
        barred=f"{_capital(why)}." if why and view.status == "open" else "",
        note=_note(view),
        form=form,
        action=view.action,
    )


def _note(view: ApprovalView) -> str:
    if view.superseded:
        return f"{_capital(view.superseded)}."
    if view.status == "approved" and view.use_by_us:
        return f"The agent may use this once, until {exact(view.use_by_us)}."
    if view.status == "consumed":
        return f"Used up by action `{view.used_by}`; the same call has to ask again."
    return ""


def _touches(view: ApprovalView) -> tuple[Detail, ...]:
    found = [Detail(_named(name), _figure(name, amount)) for name, amount in view.measures.items()]
    found.append(Detail("Effect", _capital(view.effect)))
    found.append(Detail("Afterwards", _UNDO.get(view.undo, view.undo)))
    return tuple(found)


def _named(measure: str) -> str:
    return _capital(measure.removesuffix("_micros").replace("_", " "))


def _figure(name: str, amount: int) -> str:
    """Thousands apart; what is counted in micros reads as money, as in a charter's plain words."""
    return f"{amount / 1_000_000:,.2f}" if name.endswith("_micros") else f"{amount:,}"


def _written(path: str, value: Any) -> str:
    """A value as a person reads it: text as it is, a list with its length, money with its cents."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "empty"}[value]
    if isinstance(value, int):
        return _figure(path, value) + (f" ({value} micros)" if path.endswith("_micros") else "")
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        shown = ", ".join(str(item) for item in value[:8])
        return f"{shown} and {len(value) - 8:,} more" if len(value) > 8 else shown or "none"
    return pretty(value)


def _seats(view: ApprovalView) -> tuple[Seat, ...]:
    """One seat for each role the rule asks for, taken by whoever voted for it."""
    left: list[CastVoteView] = list(view.votes)
    seats = []
    for slot in view.slots:
        cast = next((vote for vote in left if vote.slot == slot), None)
        if cast is None:
            seats.append(Seat(slot))
            continue
        left.remove(cast)
        seats.append(Seat(slot, cast.name, _DECISIONS[cast.vote], cast.comment, cast.at_us))
    return tuple(seats)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


ROUTES = [
    Route("/approvals", inbox),
    Route("/approvals/{id}", show),
    Route("/approvals/{id}", vote, methods=["POST"]),
]

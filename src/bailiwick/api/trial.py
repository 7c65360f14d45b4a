"""Trials: another version of a charter in the shadow of the one in force, or for a share of the runs."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS
from bailiwick.api.paging import Limit
from bailiwick.api.whatif import Place
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.charter import CharterVersionBody
from bailiwick.api.wire.whatif import NewTrial, RedecidedBody, TrialBody, TrialNote, TrialShare, UntoldBody
from bailiwick.core.refusal import Refusal
from bailiwick.flow.installation import Installation
from bailiwick.flow.trial_errand import change_trial, promote_trial, start_trial, stop_trial
from bailiwick.flow.trial_view import TrialView, follow_trial, trial_view
from bailiwick.flow.whatif import Redeciding
from bailiwick.ports.store import Row

router = APIRouter(tags=["charters"])
CharterName = Annotated[str, Path(max_length=100, description="A charter's name")]
_AT = "/v1/charters/{name}/trial"


@router.get(_AT, summary="Read the trial of a charter", response_model=TrialBody, responses=FINDS)
async def read_trial(name: CharterName, here: Here, _: Reading) -> Any:
    """The latest one, with every decision since its start held against the version in force."""
    return await _view(here, await _row(here, name))


@router.post(_AT, summary="Start a trial", status_code=201, response_model=TrialBody, responses=CHANGES)
async def start(name: CharterName, asked: NewTrial, who: Changing, here: Here) -> Any:
    """A canary of something wider than the version in force is `proposed` until both owners have started the same."""
    row = await start_trial(here, who.person, name, asked.source, asked.kind, asked.percent, asked.note)
    return await _view(here, row)


@router.patch(_AT, summary="Change the share of a canary", response_model=TrialBody, responses=CHANGES)
async def change(name: CharterName, asked: TrialShare, who: Changing, here: Here) -> Any:
    """It counts for runs that are opened from now on; those under way keep their version."""
    return await _view(here, await change_trial(here, who.person, name, asked.percent))


@router.post(f"{_AT}/stop", summary="Stop a trial", response_model=TrialBody, responses=CHANGES)
async def stop(name: CharterName, who: Changing, here: Here) -> Any:
    """The version in force decides every run from the next action on. Everybody who is signed in may stop."""
    return await _view(here, await stop_trial(here, who.person, name))


@router.post(
    f"{_AT}/promote", summary="Publish the version on trial", response_model=CharterVersionBody, responses=CHANGES
)
async def promote(name: CharterName, asked: TrialNote, who: Changing, here: Here) -> Any:
    """Under the same rules as any other version: `status` says whether both owners have yet to agree."""
    return CharterVersionBody(**await promote_trial(here, who.person, name, asked.note))


@router.get(
    f"{_AT}/changes",
    summary="List what the version on trial decides differently",
    response_model=Page[RedecidedBody],
    responses=FINDS,
)
async def list_trial_changes(name: CharterName, here: Here, _: Reading, limit: Limit = 50, cursor: Place = None) -> Any:
    """`before` is always the version in force, `after` the one on trial, whichever of them decided."""
    again = await _followed(here, await _row(here, name))
    start = cursor or 0
    after = start + limit if again.changed > start + limit else None
    return {"items": again.change_page(start, limit), "next": None if after is None else str(after)}


@router.get(f"{_AT}/untold", summary="List what cannot be told", response_model=Page[UntoldBody], responses=FINDS)
async def list_trial_untold(name: CharterName, here: Here, _: Reading, limit: Limit = 50, cursor: Place = None) -> Any:
    """Actions of which the record does not say enough, each with the reason."""
    again = await _followed(here, await _row(here, name))
    start = cursor or 0
    after = start + limit if len(again.untold) > start + limit else None
    return {"items": again.untold[start : start + limit], "next": None if after is None else str(after)}


async def _row(here: Installation, name: str) -> Row:
    row = await run_sync(here.reader.row, "trial", name)
    if row is None:
        raise Refusal("unknown", f"no version of `{name}` was ever on trial")
    return row


async def _followed(here: Installation, row: Row) -> Redeciding:
    if row["state"] == "proposed":
        raise Refusal("unknown", "the trial has not begun: a second person has to start the same")
    return await follow_trial(here.whatifs, here.reader, here.policies, row)


async def _view(here: Installation, row: Row) -> TrialView:
    again = None if row["state"] == "proposed" else await _followed(here, row)
    return await run_sync(trial_view, here.reader, row, again, here.clock.now_us())

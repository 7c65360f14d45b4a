"""How long payloads are kept, and the round that removes what has served its time."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, READS
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.retention import PruneAsked, PrunedBody, RetentionBody, RetentionRuleSet
from bailiwick.flow.pruning import prune
from bailiwick.flow.retention import SetRetention, rules_shown
from bailiwick.flow.right import demand

router = APIRouter(tags=["retention"])
RIGHT = "set retention"


@router.get("/v1/retention", summary="List how long data is kept", response_model=Page[RetentionBody], responses=READS)
def list_rules(here: Here, _: Reading) -> Any:
    """The rule for every class first, then those of single classes; always one page."""
    return {"items": rules_shown(here.reader), "next": None}


@router.put(
    "/v1/retention/{data_class}", summary="Set how long data is kept", response_model=RetentionBody, responses=CHANGES
)
async def set_rule(
    data_class: Annotated[str, Path(max_length=100)], asked: RetentionRuleSet, who: Changing, here: Here
) -> Any:
    """The least can only be made longer. What is past the most goes at the next round."""
    demand(who.person, RIGHT)
    await here.store.commit(SetRetention(data_class, asked.keep_days, asked.most_days, who.id))
    found = await run_sync(rules_shown, here.reader)
    return next(rule for rule in found if rule.data_class == data_class)


@router.post(
    "/v1/retention/prune", summary="Remove what is past its time", response_model=PrunedBody, responses=CHANGES
)
async def prune_now(asked: PruneAsked, who: Changing, here: Here) -> Any:
    """What the server does by itself a few times a day. Without `confirm` it answers what would go."""
    demand(who.person, RIGHT)
    return await prune(here, who.id, dry=not asked.confirm)

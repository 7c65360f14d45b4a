"""Valid values for asking the record."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from bailiwick.flow.inquiry import Inquiry
from bailiwick.flow.saved_search import SaveSearch
from bench.seeded import AGENT

if TYPE_CHECKING:
    from bench.stage import Stage


async def asked(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A question."""
    return {"question": "data"}, {}


async def new_search(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A search that can be kept."""
    number = stage.number()
    return {}, {"name": f"search {number % 50}", "question": "who", "asked": {"agent": AGENT, "since_us": number}}


async def kept_search(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A search that was kept."""
    unit = SaveSearch(stage.house.people["admin"], f"search {stage.number() % 50}", Inquiry("who", agent=AGENT))
    return {"search": (await stage.house.installation.store.commit(unit))["id"]}, {}


async def run(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A run to attest."""
    return {"run": stage.house.run}, {}


async def proved_event(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """An event by its place, as the text that an id would be too."""
    return {"index": str(stage.number() % 20)}, {}


VALUES: Final[dict[str, Callable[["Stage"], Coroutine[Any, Any, tuple[dict[str, Any], dict[str, Any]]]]]] = {
    "GET /v1/questions/{question}": asked,
    "POST /v1/runs/{run}/attestation": run,
    "GET /v1/record/events/{index}/proof": proved_event,
    "POST /v1/searches": new_search,
    "GET /v1/searches/{search}": kept_search,
    "DELETE /v1/searches/{search}": kept_search,
}

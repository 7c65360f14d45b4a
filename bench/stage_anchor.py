"""Valid values for anchoring the record."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from bailiwick.flow.anchor_place import AddAnchorPlace

if TYPE_CHECKING:
    from bench.stage import Stage


_SETTINGS: Final = {"url": "/nowhere/record.git", "branch": "main"}


async def new_place(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A repository to anchor in."""
    return {"place": f"place-{stage.number() % 20}"}, {"kind": "git", "settings": _SETTINGS}


async def place(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A place that is there."""
    unit = AddAnchorPlace(f"place-{stage.number() % 20}", "git", _SETTINGS, stage.house.people["admin"])
    return {"place": (await stage.house.installation.store.commit(unit))["id"]}, {}


VALUES: Final[dict[str, Callable[["Stage"], Coroutine[Any, Any, tuple[dict[str, Any], dict[str, Any]]]]]] = {
    "PUT /v1/anchors/{place}": new_place,
    "DELETE /v1/anchors/{place}": place,
    "POST /v1/anchors/{place}/now": place,
}

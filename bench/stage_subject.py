"""Valid values for operations on people whom the data is about."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from bailiwick.flow.subject import find_subject

if TYPE_CHECKING:
    from bench.stage import Stage

_KIND: Final = "office"
_ZONES: Final = ("Asia/Tokyo", "Europe/Madrid", "Europe/Berlin")


async def kept(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """Somebody of whom something is kept."""
    await stage.calm()
    zone = _ZONES[stage.number() % len(_ZONES)]
    await stage.house.act("get_current_time", {"timezone": zone})
    return {}, {"kind": _KIND, "id": zone}


async def forgotten(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """Somebody who is to be forgotten."""
    return {}, {**(await kept(stage))[1], "confirm": True}


async def pseudonym(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """The pseudonym of somebody of whom something is kept."""
    name = (await kept(stage))[1]
    return {"subject": find_subject(stage.house.installation, name["kind"], name["id"]).id}, {}


async def rule(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A rule on how long a data class is kept."""
    return {"data_class": f"class-{stage.number() % 50}"}, {"keep_days": 183, "most_days": 400}


VALUES: Final[dict[str, Callable[["Stage"], Coroutine[Any, Any, tuple[dict[str, Any], dict[str, Any]]]]]] = {
    "POST /v1/subjects/find": kept,
    "POST /v1/subjects/erase": forgotten,
    "GET /v1/subjects/{subject}": pseudonym,
    "PUT /v1/retention/{data_class}": rule,
}

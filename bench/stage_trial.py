"""Valid values for trying a charter before it is published: trials, what-ifs, grants taken out, documents."""

from typing import TYPE_CHECKING, Any

from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.person import DeclareMode
from bailiwick.flow.publishing import publish_text
from bailiwick.flow.trial import StartTrial, StopTrial
from bailiwick.flow.whatif_errand import begin_whatif
from bailiwick.ports.store import Row
from bench.seeded import AGENT, CHARTER

if TYPE_CHECKING:
    from bench.stage import Stage


def _another(stage: "Stage") -> str:
    """A charter that nobody has tried yet."""
    return CHARTER.replace("calls: 400", f"calls: {100 + stage.number() % 300}").replace(
        "seconds: 600", f"seconds: {700 + stage.number()}"
    )


async def _ended(stage: "Stage") -> None:
    """No trial is running."""
    try:
        await stage.house.installation.store.commit(StopTrial(AGENT, stage.house.people["admin"]))
    except Refusal:
        return


async def new_trial(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A trial that can be started."""
    await _ended(stage)
    return {"name": AGENT}, {"kind": "shadow", "source": _another(stage), "note": "shorter runs"}


async def running_trial(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A trial that is running: a canary, so that its share can be changed."""
    await _ended(stage)
    here, by = stage.house.installation, stage.house.people
    catalogues = catalogues_in_force(here.policies)
    source = _another(stage)
    for person in ("admin", "ana", "it-ops"):
        row = await here.store.commit(StartTrial(AGENT, source, "canary", 10, by[person], "shorter runs", catalogues))
        if row["state"] == "running":
            break
    return {"name": AGENT}, {"percent": 5}  # one person alone may lower it


async def promoted_trial(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A trial that can be published."""
    path, _ = await running_trial(stage)
    return path, {"note": "shorter runs were enough"}


async def whatif(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A what-if that can be started."""
    return {}, {"charter": AGENT, "source": _another(stage), "days": 1}


async def started_whatif(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A what-if that runs, or has run."""
    here = stage.house.installation
    run = await begin_whatif(here, AGENT, _another(stage), 1)
    return {"id": run.id}, {}


async def comparison(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """Two texts to compare."""
    return {}, {"before": {"version": AGENT}, "after": {"source": _another(stage)}}


async def proposal(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A version that waits for both owners; its digest is what one of them agrees to."""
    here = stage.house.installation
    await here.store.commit(DeclareMode("team", "Acme", stage.house.people["admin"]))  # one person alone has no second
    wider = CHARTER.replace("calls: 400", f"calls: {10_000 + stage.number()}")
    row = await publish_text(here, _admin(stage), wider, "more calls")
    return {"name": AGENT}, {"digest": row["digest"]}


async def withdrawn(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A version that can be taken back."""
    path, _ = await proposal(stage)
    return path, {}


async def rollback(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """An earlier version than the one in force."""
    narrower = CHARTER.replace("seconds: 600", "seconds: 60").replace("calls: 400", f"calls: {1 + stage.number() % 90}")
    await publish_text(stage.house.installation, _admin(stage), narrower, "short runs")
    return {"name": AGENT}, {"version": "1"}


async def tag(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A tag and the version that it can point at."""
    return {"name": AGENT, "tag": "reviewed"}, {"version": "1"}


async def tagged(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A charter that may have tags."""
    return {"name": AGENT}, {}


def _admin(stage: "Stage") -> Row:
    row = stage.house.installation.reader.row("person", stage.house.people["admin"])
    assert row is not None
    return row


async def trim(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A grant to take out."""
    return {"name": AGENT}, {"actions": ["time.clock.convert"]}


async def document(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A document of the record."""
    head = stage.house.installation.reader.row("charter", AGENT)
    assert head is not None
    return {"digest": head["digest"]}, {}

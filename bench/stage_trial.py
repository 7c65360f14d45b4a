"""Valid values for trying a charter before it is published: trials, what-ifs, grants taken out, documents."""

from typing import TYPE_CHECKING, Any

from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.source import read_charter
from bailiwick.flow.trial import StartTrial, StopTrial
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
    return {"name": AGENT}, {"percent": 20}


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
    charter, _, digest = read_charter(_another(stage))
    run = here.whatifs.start(
        *(here.reader, here.policies, AGENT, charter, digest),
        days=1,
        now_us=here.clock.now_us(),
        new_id=here.new_id("whf"),
    )
    return {"id": run.id}, {}


async def trim(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A grant to take out."""
    return {"name": AGENT}, {"actions": ["time.clock.convert"]}


async def document(stage: "Stage") -> tuple[dict[str, Any], dict[str, Any]]:
    """A document of the record."""
    head = stage.house.installation.reader.row("charter", AGENT)
    assert head is not None
    return {"digest": head["digest"]}, {}

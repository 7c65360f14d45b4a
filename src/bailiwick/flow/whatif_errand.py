"""A what-if from the asking to the answer, at whichever server: what was asked is a row, the answer is derived again.

The record and the text decide what comes of a what-if, so nobody has to keep the answer: a server that is asked about
one that another server began, or that was forgotten, begins it for itself.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from bailiwick.flow.installation import Installation
from bailiwick.flow.source import read_charter
from bailiwick.flow.whatif_run import DAY_US, WhatIfRun
from bailiwick.ports.store import Row, Shelf

TABLE: Final = "whatif"
MOST_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class KeepWhatIf:
    """Keep what was asked, and forget the oldest such questions."""

    row: Row

    def step(self, shelf: Shelf) -> None:
        shelf.put(TABLE, self.row)
        for old in shelf.all(TABLE)[:-MOST_KEPT]:
            shelf.drop(TABLE, old["id"])


async def begin_whatif(here: Installation, charter: str, source: str, days: int) -> WhatIfRun:
    """Decide the recorded actions of `charter`, of the last `days` days, again under the text `source`."""
    now_us = here.clock.now_us()
    await asyncio.to_thread(read_charter, source)  # what cannot be read is not kept
    row = {
        "id": here.new_id("whf"),
        "charter": charter,
        "source": source,
        "since_us": now_us - days * DAY_US,
        "started_us": now_us,
        "end": await asyncio.to_thread(here.reader.size),
    }
    await here.store.commit(KeepWhatIf(row))
    return await _begin(here, row)


async def whatif_of(here: Installation, name: str) -> WhatIfRun | None:
    """The what-if of this id, begun here if another server had begun it; None when it was forgotten."""
    if run := here.whatifs.find(name):
        return run
    row = await asyncio.to_thread(here.reader.row, TABLE, name)
    return None if row is None else await _begin(here, row)


async def _begin(here: Installation, row: Row) -> WhatIfRun:
    charter, _, digest = await asyncio.to_thread(read_charter, row["source"])
    # INVARIANT: looked for after the last wait, so that nobody begins it twice here
    run = here.whatifs.find(row["id"])
    return run or here.whatifs.start(here.reader, here.policies, row, charter, digest)

"""This server among the others: signs of life, and a look at who gives none any more."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from bailiwick.flow.server import LIVE, SETTLED_AT_ONCE, TABLE, Beat, Join, Leave, ServerCard, SettleLost
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, Store, StoreUnavailable

LEASE_S: Final = 15.0
"""How long a server may be silent before the others take it for dead."""
BEATS_A_LEASE: Final = 5

log = structlog.get_logger("server")


class Presence:
    """This server among the others: joins them, gives signs of life, and settles what a lost one left.

    `ticks` are microseconds that only matter between each other.
    """

    def __init__(
        self,
        card: ServerCard,
        store: Store,
        reader: Reader,
        ticks: Callable[[], int],
        *,
        alone: bool,
        lease_s: float = LEASE_S,
    ) -> None:
        self.card, self._store, self._reader, self._ticks, self._alone = card, store, reader, ticks, alone
        self.lease_us, self.pause_s = int(lease_s * 1_000_000), lease_s / BEATS_A_LEASE
        self._joined = False
        self._seen: dict[str, tuple[int, int]] = {}  # the beat of each other server, and since when it has not moved

    async def join(self) -> int:
        """Begin to serve; raises `Refusal` when this server does not belong to the installation."""
        left = await asyncio.to_thread(self._open)
        live = set() if self._alone else {row["id"] for row in await asyncio.to_thread(self._live)}
        names = tuple(row["id"] for row in left if row["server"] not in live)
        settled = await self._store.commit(Join(self.card, names, self._alone, self.lease_us))
        self._joined = True
        if settled:
            log.warning("server.unsettled_actions", count=settled)
        return settled

    async def leave(self) -> None:
        """Stop serving, if it began; what this server has open becomes unknown."""
        if not self._joined:
            return
        left = await asyncio.to_thread(self._open, self.card.id)
        await self._store.commit(Leave(self.card.id, tuple(row["id"] for row in left)))

    async def keep(self) -> None:
        """Give signs of life for ever; a store that cannot be written now is tried again a beat later."""
        while True:
            await asyncio.sleep(self.pause_s)
            try:
                await self.round()
            except StoreUnavailable as error:
                log.warning("server.no_sign_of_life", trouble=str(error))
            except Exception:
                log.exception("server.presence_failed")

    async def round(self) -> None:
        """One sign of life, and a look at the others. Raises `StoreUnavailable`."""
        if await self._store.commit(Beat(self.card)):
            log.warning("server.returned", server=self.card.id)
        if not self._alone:
            for row in self._silent(await asyncio.to_thread(self._live)):
                await self._settle(row)

    def _silent(self, rows: Sequence[Row]) -> list[Row]:
        now, others = self._ticks(), [row for row in rows if row["id"] != self.card.id]
        self._seen = {row["id"]: self._since(row, now) for row in others}
        return [row for row in others if now - self._seen[row["id"]][1] > self.lease_us]

    def _since(self, row: Row, now: int) -> tuple[int, int]:
        known = self._seen.get(row["id"])
        return known if known is not None and known[0] == row["beat"] else (row["beat"], now)

    async def _settle(self, row: Row) -> None:
        left = [action["id"] for action in await asyncio.to_thread(self._open, row["id"])]
        batches = [tuple(left[at : at + SETTLED_AT_ONCE]) for at in range(0, len(left), SETTLED_AT_ONCE)] or [()]
        settled: int | None = 0
        for number, batch in enumerate(batches, 1):
            last = number == len(batches)
            settled = await self._store.commit(SettleLost(row["id"], row["beat"], batch, settled or 0, last))
            if settled is None:
                return
        log.warning("server.lost", server=row["id"], address=row["address"], unsettled=settled)

    def _live(self) -> list[Row]:
        return self._reader.rows(TABLE, {"state": LIVE}, limit=1000)

    def _open(self, server: str | None = None) -> list[Row]:
        """Every open action, whose-ever or one server's."""
        where = {"state": "open"} | ({"server": server} if server else {})
        found: list[Row] = []
        while batch := self._reader.rows(
            "action", where, before=found[-1]["id"] if found else None, limit=SETTLED_AT_ONCE
        ):
            found += [{"id": row["id"], "server": row["server"]} for row in batch]
        return found

"""What a log must be after any interleaving of commits, refusals, faults and restarts."""

import asyncio
import contextlib
import itertools

from bailiwick.core.refusal import Refusal
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import leaf_hash, node_hash
from bailiwick.ledger.note import open_note
from bailiwick.ports.reader import EventFilter
from bailiwick.ports.store import StoreUnavailable
from tests.contract.sample_unit import Broken, Look, Put, halt_set, tally

KINDS = ("one", "three", "refuses", "breaks", "poison", "large", "nothing")
GOOD = {"one": 1, "three": 3, "nothing": 0}


def naive_root(hashes):
    """RFC 6962, section 2.1, word for word; the tree of a log that has entries."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(naive_root(hashes[:half]), naive_root(hashes[half:]))


class LogModel:
    """A store, and every event that it has acknowledged with the place where it was first seen."""

    def __init__(self, driver):
        self.driver = driver
        self.numbers = itertools.count()
        self.acknowledged = set()
        self.places = {}
        self.heads = []
        self.store, self.reader = driver.open()

    async def batch(self, kinds):
        """Commit units of these kinds at once; each is acknowledged or refused by itself."""
        units = [self._unit(kind) for kind in kinds]
        commits = (self.store.commit(unit) for unit, _ in units)
        answers = await asyncio.gather(*commits, return_exceptions=True)
        for kind, (_, names), answer in zip(kinds, units, answers, strict=True):
            assert isinstance(answer, Exception) == (kind not in GOOD), (kind, answer)
            if kind in GOOD:
                self.acknowledged |= names

    async def denied_the_disk(self, kinds):
        """Commit while the disk takes nothing: whatever would write is refused."""
        with self.driver.disk_full():
            units = [self._unit(kind) for kind in kinds]
            commits = (self.store.commit(unit) for unit, _ in units)
            answers = await asyncio.gather(*commits, return_exceptions=True)
        for (_, names), answer in zip(units, answers, strict=True):
            assert isinstance(answer, Exception) or not names
            assert not names or isinstance(answer, StoreUnavailable | Refusal | ValueError)

    async def cancelled(self, count):
        """Callers that give up waiting: what they asked for may or may not be done, but whole and once."""
        units = [self._unit("one") for _ in range(count)]
        waiting = [asyncio.ensure_future(self.store.commit(unit)) for unit, _ in units]
        await asyncio.sleep(0)
        for one in waiting[::2]:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await self.store.commit(Look(lambda _: None))
        names = set().union(*(names for _, names in units))
        self.acknowledged |= names & await asyncio.to_thread(lambda: set(self._found()))

    async def restart(self):
        """Close the store and open it again."""
        await asyncio.to_thread(self.driver.close)
        self.store, self.reader = await asyncio.to_thread(self.driver.open)

    async def check(self):
        """What was acknowledged is there once, where it was, and nothing else is; the tree is that of its leaves."""
        found = self._found()
        assert sorted(found) == sorted(self.acknowledged)
        assert all(found[place] == name for name, place in self.places.items())
        self.places = {name: place for place, name in enumerate(found)}
        await self.store.checkpoint()
        if not found:
            return
        hashes = [leaf_hash(leaf) for leaf in self.reader.leaves(len(found))]
        head = self.reader.head()
        signed = Checkpoint.parse(open_note(head.note, self.driver.signer.vkey))
        assert (signed.size, signed.root) == (len(found), naive_root(hashes))
        self.heads.append(signed)
        assert all(naive_root(hashes[: earlier.size]) == earlier.root for earlier in self.heads)

    def close(self):
        self.driver.close()

    def _found(self):
        size = self.reader.size()
        events = self.reader.events(EventFilter(), limit=size + 10, ascending=True)
        assert [event.index for event in events] == list(range(size))
        return [event.leaf["data"]["scope"] for event in events]

    def _unit(self, kind):
        names = {f"event-{next(self.numbers):06}" for _ in range(GOOD.get(kind, 1))}
        first = min(names, default="")
        unit = {
            "refuses": lambda: Broken(Refusal("invalid", "no"), first),
            "breaks": lambda: Broken(ValueError("no"), first),
            "poison": lambda: Put(({"id": first},)),
            "large": lambda: Look(lambda shelf: shelf.append(halt_set("x" * 70_000))),
        }.get(kind, lambda: Put(tuple(tally(name) for name in sorted(names))))()
        return unit, names


@contextlib.asynccontextmanager
async def modelled(driver):
    """A model over a driver, checked once more at its end."""
    model = LogModel(driver)
    yield model
    await model.check()

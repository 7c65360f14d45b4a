"""Anchoring: rounds in which every place is given the newest head, and what they come to."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from bailiwick.core.event import EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.anchor_place import ALARM, ClaimAnchor, KeepAnchor, NoteTrouble
from bailiwick.flow.record_tree import RecordTree
from bailiwick.ports.anchor import AnchorAlarm, AnchorAway, Anchorer, AnchorProof, Place
from bailiwick.ports.clock import Clock
from bailiwick.ports.reader import EventFilter, Reader, SignedHead
from bailiwick.ports.store import Row, Store, StoreUnavailable
from bailiwick.ports.vault import BEARER, Vault

LOOK_S: Final = 2.0
PLACES: Final = 200

log = structlog.get_logger("anchor")


def secret_name(place: str) -> str:
    """Under which name the vault keeps the secret of a place; no connector can have it."""
    return f"anchor:{place}"


@dataclass(slots=True)
class Anchoring:
    """Anchors every `every_s` seconds, while the record grows, at every place there is.

    With several servers one of them does each round. A place that fails costs the others nothing.
    """

    store: Store
    reader: Reader
    kinds: Mapping[str, Anchorer]
    tree: RecordTree
    vault: Vault
    clock: Clock
    every_s: float

    def check(self, kind: str, settings: Mapping[str, str]) -> dict[str, str]:
        """The settings of a place with defaults filled in; raises Refusal when they cannot be used. May block."""
        anchorer = self.kinds.get(kind)
        if anchorer is None:
            raise Refusal("invalid", f"`{kind}` is no kind of place; write {', '.join(self.kinds)}")
        return anchorer.check(settings)

    async def keep(self) -> None:
        """Do rounds until cancelled."""
        while True:
            await asyncio.sleep(min(self.every_s, LOOK_S))
            with suppress(StoreUnavailable):  # the next look will tell
                await self.round()

    async def round(self) -> None:
        """Anchor at every place that is due and has not the newest head."""
        now = self.clock.now_us()
        rows = await asyncio.to_thread(self.reader.rows, "anchor_place", limit=PLACES)
        due = [row for row in rows if row["due_us"] <= now]
        wanted = [row for row in due if await asyncio.to_thread(self._has_news, row)]
        await asyncio.gather(*(self._take_turn(row["id"]) for row in wanted))

    async def now(self, name: str) -> Row:
        """Anchor at one place, due or not; its row afterwards. Raises Refusal when there is no such place."""
        row = await asyncio.to_thread(self.reader.row, "anchor_place", name)
        if row is None:
            raise Refusal("unknown", f"there is no place `{name}` that anchors are kept at")
        await self._anchor(row)
        return await asyncio.to_thread(self.reader.row, "anchor_place", name) or row

    async def _take_turn(self, name: str) -> None:
        row = await self.store.commit(ClaimAnchor(name, self._every_us))
        if row is not None:
            with suppress(Refusal):  # removed meanwhile
                await self._anchor(row)

    async def _anchor(self, row: Row) -> None:
        name = row["id"]
        try:
            head, evidence = await self._ask(row)
        except (AnchorAway, AnchorAlarm) as error:
            await self._note_trouble(name, isinstance(error, AnchorAlarm), str(error))
            return
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # a place that breaks something harms no other, and no later round
            await self._note_trouble(name, False, f"something went wrong here ({type(error).__name__}: {error})")
            return
        kept = KeepAnchor(name, head.size, head.root, evidence.note, evidence.proof, evidence.seen)
        await self.store.commit(kept)

    async def _note_trouble(self, name: str, alarm: bool, reason: str) -> None:
        if alarm:
            log.error("anchor.alarm", place=name, reason=reason)
        else:
            log.warning("anchor.late", place=name, reason=reason)
        await self.store.commit(NoteTrouble(name, alarm, reason, self._every_us))

    async def _ask(self, row: Row) -> tuple[SignedHead, AnchorProof]:
        with suppress(StoreUnavailable):  # the signer is away: the last head that was signed will do
            await self.store.checkpoint()
        head = await asyncio.to_thread(self.reader.head)
        if head is None:
            raise AnchorAway("nothing is signed yet")
        if head.size < row["size"]:
            raise AnchorAlarm(f"{row['size']} entries were anchored here, and the record has only {head.size}")
        secret = self.vault.secret(secret_name(row["id"])).get(BEARER, "")
        place = Place(row["id"], row["settings"], secret, row["seen"])
        return head, await self.kinds[row["kind"]].anchor(place, head, self.tree)

    def _has_news(self, row: Row) -> bool:
        """Whether anything but anchoring itself was recorded since; and an alarm is looked at again in any case."""
        if row["state"] == ALARM:
            return True
        after: int | None = row["size"] - 1 if row["size"] else None
        while events := self.reader.events(EventFilter(), before=after, limit=100, ascending=True):
            if any(event.leaf["type"] != EventType.RECORD_ANCHORED.value for event in events):
                return True
            after = events[-1].index
        return False

    @property
    def _every_us(self) -> int:
        return int(self.every_s * 1_000_000)

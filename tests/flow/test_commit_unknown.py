"""A database that goes away while an intent is committed: nothing is sent, and what may be on the record is settled."""

import pytest

from bailiwick.flow.decide_action import DecideAction
from bailiwick.ports.store import CommitUnknown


class Forgetful:
    """The real store, which once cannot say whether an intent was made."""

    def __init__(self, store, *, made):
        self.store, self.made, self.left = store, made, 1

    async def commit(self, unit):
        if not isinstance(unit, DecideAction) or not self.left:
            return await self.store.commit(unit)
        self.left -= 1
        reply = await self.store.commit(unit if self.made else Undone(unit))
        raise CommitUnknown("look before you try again", reply.reply if isinstance(reply, _Kept) else reply)


class Undone:
    """Finds out what a unit would reply, and leaves nothing behind."""

    def __init__(self, unit):
        self.unit = unit

    def step(self, shelf):
        return _Kept(self.unit.step(_Scratch(shelf)))


class _Kept:
    def __init__(self, reply):
        self.reply = reply


class _Scratch:
    """A shelf whose writes go nowhere."""

    def __init__(self, shelf):
        self.now_us, self.new_id, self.all, self._get = shelf.now_us, shelf.new_id, shelf.all, shelf.get
        self._rows = {}

    def get(self, table, key):
        return self._rows.get((table, key)) or self._get(table, key)

    def put(self, table, row):
        self._rows[(table, row["id"])] = dict(row)

    def drop(self, table, key):
        self._rows.pop((table, key), None)

    def append(self, *_):
        pass


@pytest.mark.parametrize("made, kinds", [(True, ["intended", "failed"]), (False, [])])
async def test_an_intent_that_nobody_knows_of_is_never_carried_out(house, made, kinds):
    acting = house.acting
    acting.store = Forgetful(acting.store, made=made)
    with pytest.raises(CommitUnknown):
        await house.act("note", text="x")
    await acting.drain(20)
    assert house.kinds() == kinds
    assert house.crm.journal == []
    if made:
        (row,) = house.reader.rows("action")
        assert (row["state"], row["evidence"]) == ("failed", "not-sent")
    assert (await house.act("note", text="x")).state == "succeeded"

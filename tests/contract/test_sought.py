"""The index on every store: the same answers in the same order, and a plan that uses it."""

from dataclasses import dataclass

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.posting import Aspect, place, place_index, term
from bailiwick.ports.reader import Sought

KEY = b"k" * 32
ALL = term(KEY, "all", "")


@dataclass(frozen=True)
class Told:
    """Append a halt, index it under `names`, and reply with its place."""

    index: int
    names: tuple[str, ...]
    aspects: Aspect = Aspect.ASKED

    def step(self, shelf):
        data = {"scope": "all"}
        shelf.append(Event(EventType.HALT_SET, Actor("person", "per-1"), data, action=f"act-{self.index}"))
        where = place(shelf.now_us, self.index)
        for one in (ALL, *(term(KEY, "agent", name) for name in self.names)):
            shelf.put("posting", {"id": one + where, "seq": self.index, "aspects": int(self.aspects)})
        return where


def wanted(*names, aspects=Aspect.ASKED, first="", end="g"):
    return Sought((*(term(KEY, "agent", name) for name in names), ALL), int(aspects), first, end)


async def test_terms_meet_at_the_same_place_newest_first(store, reader):
    places = [await store.commit(Told(n, names)) for n, names in enumerate([("a",), ("a", "b"), ("b",), ("b", "a")])]
    assert [found.place for found in reader.sought(wanted("a", "b"), limit=9)] == [places[3], places[1]]
    assert [found.event.index for found in reader.sought(wanted("a"), limit=2)] == [3, 1]
    assert [place_index(found.place) for found in reader.sought(wanted(), limit=9)] == [3, 2, 1, 0]


async def test_places_bound_what_is_found_and_the_end_is_left_out(store, reader):
    places = [await store.commit(Told(n, ("a",))) for n in range(4)]
    found = reader.sought(wanted("a", first=places[1], end=places[3]), limit=9)
    assert [one.event.index for one in found] == [2, 1]


async def test_only_the_aspect_that_is_asked_for_is_found(store, reader):
    await store.commit(Told(0, ("a",), Aspect.CHANGED))
    await store.commit(Told(1, ("a",), Aspect.CHANGED | Aspect.ACTED))
    assert [one.event.index for one in reader.sought(wanted("a", aspects=Aspect.ACTED), limit=9)] == [1]


async def test_the_last_outcome_of_the_action_comes_along(store, reader):
    await store.commit(Told(0, ("a",)))
    (found,) = reader.sought(wanted("a"), limit=1)
    assert found.outcome is None

    class Settled:
        def step(self, shelf):
            data = {"evidence": "no-answer", "tool": "query", "connector": "crm"}
            shelf.append(Event(EventType.ACTION_UNKNOWN, SYSTEM, data, action="act-0"))
            shelf.append(
                Event(EventType.ACTION_RECONCILED, SYSTEM, {"outcome": "failed", "was": "unknown"}, None, "act-0")
            )

    await store.commit(Settled())
    (found,) = reader.sought(wanted("a"), limit=1)
    assert found.outcome.leaf["type"] == "action.reconciled"

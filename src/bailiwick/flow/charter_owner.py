"""The two owners of a charter's version in force: who they are now, and whether both have agreed to the next one."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from bailiwick.core.refusal import Refusal
from bailiwick.flow.right import ADMINISTRATOR, demand
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, Shelf


@dataclass(frozen=True, slots=True)
class OwnerSeat:
    """One of the two voices: `address` as the charter says, `people` the ids of those who may speak for it now.

    That is the owner. Where the owner is no active person, or owns both seats, an administrator stands in.
    """

    address: str
    people: frozenset[str]


def owner_seats(head: Row, people: Collection[Row]) -> tuple[OwnerSeat, OwnerSeat]:
    """The seats of the version in force, `head`; `people` are all rows of `person`."""
    active = {row["email"]: row for row in people if row["active"]}
    accountable, backup = head["owner"], head["backup"]
    stand_ins = {row["id"] for row in active.values() if ADMINISTRATOR in row["roles"]}
    stand_ins -= {active[address]["id"] for address in (accountable, backup) if address in active}

    def seat(address: str, taken: bool) -> OwnerSeat:
        own = active.get(address)
        # INVARIANT: one person never speaks for both owners
        return OwnerSeat(address, frozenset(stand_ins if own is None or taken else {own["id"]}))

    return seat(accountable, False), seat(backup, accountable == backup)


def both_agree(seats: tuple[OwnerSeat, OwnerSeat], consents: Collection[str]) -> bool:
    """Whether two different people have agreed, one for each seat."""
    first, second = (seat.people & set(consents) for seat in seats)
    return any(one != other for one in first for other in second)


def still_needed(seats: tuple[OwnerSeat, OwnerSeat], consents: Collection[str]) -> list[str]:
    """The addresses of the owners nobody has spoken for yet."""
    if both_agree(seats, consents):
        return []
    open_ = [seat.address for seat in seats if not seat.people & set(consents)]
    return open_ or [seats[1].address]


def shelf_seats(shelf: Shelf, head: Row) -> tuple[OwnerSeat, OwnerSeat]:
    """The seats, from the rows of the writer's transaction."""
    return owner_seats(head, shelf.all("person"))


def demand_charter(reader: Reader, person: Row, name: str) -> None:
    """Raise `Refusal` unless the person administers charters or owns the version of this one in force."""
    head = reader.row("charter", name)
    if head is not None and person["active"] and person["email"] in (head["owner"], head["backup"]):
        return
    demand(person, "publish charters")


def demand_seat(seats: tuple[OwnerSeat, OwnerSeat], person: str, find: Callable[[str, str], Row | None]) -> None:
    """Raise `Refusal` unless the person may speak for one of the owners."""
    if not any(person in seat.people for seat in seats):
        who = find("person", person)
        named = f" `{who['email']}` is neither" if who else ""
        owners = " and ".join(f"`{seat.address}`" for seat in seats)
        raise Refusal("forbidden", f"only the owners of the version in force, {owners}, agree to a wider one;{named}")


@dataclass(frozen=True, slots=True)
class OwnerVoice:
    """One owner's seat as people see it: whether somebody has spoken for it, and whether `viewer` may."""

    address: str
    agreed_by: str
    stands_in: bool
    open_to_viewer: bool


def owner_voices(reader: Reader, name: str, consents: Collection[str], viewer: str) -> tuple[OwnerVoice, ...]:
    """The two seats of a charter's version in force beside those who have agreed, `consents`."""
    head, people = reader.row("charter", name), reader.rows("person", limit=10_000)
    if head is None:
        return ()
    names = {row["id"]: row for row in people}
    found = []
    for seat in owner_seats(head, people):
        spoke = next((person for person in consents if person in seat.people), None)
        owners = {row["id"] for row in people if row["email"] == seat.address}
        found.append(
            OwnerVoice(
                seat.address,
                names[spoke]["name"] if spoke else "",
                not seat.people & owners,
                spoke is None and viewer in seat.people and viewer not in consents,
            )
        )
    return tuple(found)

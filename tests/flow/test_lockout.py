"""Wrong passwords are counted where every server sees them, and forgotten again."""

import asyncio

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow.guessing import AT_ONCE, Guessing, LockedOut
from bailiwick.flow.lockout import MOST_DROPPED, MOST_FAILURES, TABLE, CountGuess, guess_ids, wait_us
from bailiwick.flow.person import SetPassword

ANA, RIGHT = "ana@acme.example", "a clock that is often right"


@pytest.fixture
async def doors(house):
    """Two servers that ask for passwords, over one store; Ana has one."""
    here = house.installation
    doors = [Guessing(here.store, here.reader, house.clock, bytes) for _ in range(2)]
    await house.commit(SetPassword(house.people["ana"], await doors[0]._hash(RIGHT), ""))
    return doors


async def guess(door, address=ANA, password="a wrong guess at it"):
    try:
        return await door.person(address, password)
    except (Refusal, LockedOut) as error:
        return type(error)


async def test_a_few_wrong_passwords_cost_nothing_and_a_right_one_clears_them(house, doors):
    for _ in range(2):
        for _ in range(MOST_FAILURES - 1):
            assert await guess(doors[0]) is Refusal
        assert (await guess(doors[0], password=RIGHT))["email"] == ANA
    assert house.reader.rows(TABLE) == []


async def test_an_address_that_was_guessed_at_one_server_waits_at_every_other(doors):
    for number in range(MOST_FAILURES):
        assert await guess(doors[number % 2]) is Refusal
    for door in doors:
        assert await guess(door, password=RIGHT) is LockedOut
        assert await guess(door, "rosa@acme.example") is Refusal, "no other address waits"


async def test_waiting_is_enough_and_starts_the_count_again(house, doors):
    for _ in range(MOST_FAILURES):
        await guess(doors[0])
    house.clock.advance(0.9)
    assert await guess(doors[0], password=RIGHT) is LockedOut
    house.clock.advance(1.2)
    assert await guess(doors[0]) is Refusal
    assert (await guess(doors[0], password=RIGHT))["email"] == ANA


async def test_guesses_all_at_once_gain_hardly_any(doors):
    found = await asyncio.gather(*(guess(doors[number % 2]) for number in range(40)))
    looked_at = found.count(Refusal)
    assert MOST_FAILURES <= looked_at < MOST_FAILURES + 2 * AT_ONCE
    assert found.count(LockedOut) == 40 - looked_at


async def test_made_up_addresses_do_not_fill_the_store(house, doors):
    for number in range(3 * MOST_DROPPED):
        await house.commit(CountGuess(f"{number}@acme.example"))
    house.clock.advance(3)
    for _ in range(3):
        await guess(doors[0])
    assert len(house.reader.rows(TABLE, limit=100)) == 1


@pytest.mark.parametrize(
    "counts, left_us",
    [((), 0), ((4,), 0), ((5,), 40_000_000), ((2, 2), 0), ((2, 3), 40_000_000), ((9, 9), 40_000_000)],
)
def test_the_wait_counts_from_the_last_wrong_password_of_two_minutes(counts, left_us):
    rows = [{"count": count, "last_us": 100_000_000 - at} for at, count in enumerate(counts)]
    assert wait_us(rows, 120_000_000) == left_us


def test_an_address_is_not_kept_as_it_is():
    this, before = guess_ids(ANA, 1_800_000_000_000_000)
    assert "ana" not in this and this > before

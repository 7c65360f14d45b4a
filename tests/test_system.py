"""Ids and randomness of the machine."""

import re
from concurrent.futures import ThreadPoolExecutor

from bailiwick.system import new_id, random_bytes


def test_ids_are_unique_well_formed_and_sort_by_time():
    first = new_id("act")
    found = [new_id("act") for _ in range(20_000)]
    assert len(set(found)) == 20_000
    assert all(re.fullmatch(r"act-[0-9a-hjkmnp-tv-z]{20}", name) for name in found)
    assert [name[:13] for name in found] == sorted(name[:13] for name in found) and first[:13] <= found[0][:13]


def test_no_random_byte_is_handed_out_twice_whatever_the_lengths_and_threads():
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(random_bytes, [16, 32, 33, 64] * 5_000))
    assert [len(part) for part in found[:4]] == [16, 32, 33, 64]
    assert len({part[:16] for part in found}) == len(found)
    assert len(random_bytes(10_000)) == 10_000

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger import tile
from bailiwick.ledger.tile import TileError


@pytest.mark.parametrize(
    "path, expected",
    [
        (tile.hash_path(0, 0), "tile/0/000"),
        (tile.hash_path(1, 7, 1), "tile/1/007.p/1"),
        (tile.hash_path(0, 1234), "tile/0/x001/234"),
        (tile.hash_path(3, 1234067, 255), "tile/3/x001/x234/067.p/255"),
        (tile.hash_path(0, 1_000_000), "tile/0/x001/x000/000"),
        (tile.entries_path(0, 5), "tile/entries/000.p/5"),
        (tile.entries_path(1000), "tile/entries/x001/000"),
    ],
)
def test_paths_are_those_of_the_specification(path, expected):
    assert path == expected


@pytest.mark.parametrize(
    "size, expected",
    [
        (0, []),
        (1, ["tile/entries/000.p/1", "tile/0/000.p/1"]),
        (255, ["tile/entries/000.p/255", "tile/0/000.p/255"]),
        (256, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]),
        (
            257,
            ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"],
        ),
    ],
)
def test_a_size_decides_which_files_there_are(size, expected):
    assert list(tile.paths(size)) == expected


def test_a_log_of_70_000_entries_has_three_levels():
    tiles = list(tile.hash_tiles(70_000))
    assert [len([1 for level, _, _ in tiles if level == n]) for n in range(4)] == [274, 2, 1, 0]
    assert tiles[-1] == (2, 0, 1)
    assert tiles[-2] == (1, 1, 17)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_entries_are_read_back_as_written(entries):
    assert tile.decode_entries(tile.encode_entries(entries), len(entries)) == entries


def test_a_length_is_two_big_endian_bytes():
    assert tile.encode_entries([b"ab", b""]) == b"\x00\x02ab\x00\x00"
    assert tile.encode_entries([b"x" * 65_535])[:2] == b"\xff\xff"


def test_a_leaf_of_65_536_bytes_does_not_fit():
    with pytest.raises(TileError, match="65535"):
        tile.encode_entries([b"x" * 65_536])


@pytest.mark.parametrize(
    "data, width",
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x01", 1),
        (b"\x00\x02a", 1),
        (b"\x00\x01a\x00", 1),
        (b"\x00\x01a", 2),
        (b"\x00\x01a\x00\x00", 1),
        (b"\x00\x00" * 257, 257),
        (b"", 0),
    ],
)
def test_an_entry_bundle_that_is_not_exact_is_refused(data, width):
    with pytest.raises(TileError):
        tile.decode_entries(data, width)


@pytest.mark.parametrize("data, width", [(b"", 1), (bytes(31), 1), (bytes(33), 1), (bytes(64), 1), (b"", 0)])
def test_a_hash_tile_that_is_not_exact_is_refused(data, width):
    with pytest.raises(TileError):
        tile.decode_hashes(data, width)


def test_hash_tiles_are_read_back_as_written():
    hashes = [bytes([n]) * 32 for n in range(256)]
    assert tile.decode_hashes(tile.encode_hashes(hashes), 256) == hashes
    for wrong in ([], [b"short"], [bytes(32)] * 257):
        with pytest.raises(TileError):
            tile.encode_hashes(wrong)


@given(st.integers(-1, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_a_path_is_read_back_as_what_it_was_written_for(level, index, width):
    path = tile.entries_path(index, width) if level < 0 else tile.hash_path(level, index, width)
    assert tile.parse_path(path) == tile.TilePath(level, index, width)


@given(st.text(alphabet="tile/entries0123456789x.p-", max_size=40))
def test_whatever_else_is_read_as_a_path_is_written_the_same(text):
    named = tile.parse_path(f"tile/{text}")
    if named is not None:
        write = tile.entries_path if named.is_entries else lambda *rest: tile.hash_path(named.level, *rest)
        assert write(named.index, named.width) == f"tile/{text}"

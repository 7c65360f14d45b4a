import pytest

from bailiwick.ledger import bundle
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.layout import tile_files
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import sign


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 1000, 65_536, 65_537, 66_000])
def test_a_log_laid_out_while_it_is_read_has_the_files_of_one_laid_out_whole(size, signer):
    leaves = [b'{"id":"%d"}' % number for number in range(size)]
    note = sign(Checkpoint(signer.name, size, Tree(map(leaf_hash, leaves)).root()).format(), signer)
    whole = bundle.build(leaves, note, signer.vkey, {}, {})
    found = list(tile_files(iter(leaves)))
    assert len(found) == len(dict(found))
    assert dict(found) == {path: data for path, data in whole.items() if path.startswith("tile/")}


def test_a_leaf_is_handed_on_before_the_next_bundle_is_read():
    read = []
    files = tile_files(_heard(read, number) for number in range(100_000))
    next(files)
    assert len(read) == 256


def _heard(read, number):
    read.append(number)
    return b"%d" % number

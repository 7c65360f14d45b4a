"""Signing in this process: the key lies in the data folder, and what was signed is the store's last checkpoint."""

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.growth import ForkError
from bailiwick.ledger.merkle import MerkleError
from bailiwick.ledger.note import Signer
from bailiwick.ports.signer import Prove, SignerRefused
from bailiwick.signer.pen import Pen


class OwnSigner:
    """Implements `ports.signer.CheckpointSigner`; remembers from `last`, the newest checkpoint there is, on.

    It keeps a mistake or a damaged store from being signed. Whoever holds this process holds its key as well: a
    signer of its own (`bailiwick signer`) is what stands between the two.
    """

    def __init__(self, key: Signer, last: Checkpoint | None, prove: Prove) -> None:
        self._pen = Pen(key, last, lambda _: None)
        self._prove = prove

    def note(self, text: str) -> bytes:
        head, last = Checkpoint.parse(text), self._pen.last
        try:
            proof = self._prove(last.size, head.size) if last and last.size < head.size else []
            return self._pen.sign(head, proof)
        except (ForkError, MerkleError) as error:
            raise SignerRefused(f"the checkpoint is not signed: {error}; run `bailiwick record verify`") from error

    def statement(self, text: str) -> bytes:
        return self._pen.state(text)

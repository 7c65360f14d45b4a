"""Which signer a server uses, and under which public key its record stands."""

from pathlib import Path

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import Signer
from bailiwick.ports.signer import Prove, SignerAway, SignerRefused
from bailiwick.signer.own import OwnSigner
from bailiwick.signer.remote import Conversation, RemoteSigner
from bailiwick.signer.signing import Signing


def sign_here(key: Signer, last: Checkpoint | None, prove: Prove) -> Signing:
    """Sign in this process with a key of its own; `last` is the newest checkpoint in the store."""
    return Signing(OwnSigner(key, last, prove))


def sign_elsewhere(path: Path, vkey: str, last: Checkpoint | None, prove: Prove) -> Signing:
    """Have another process sign; it must not have forgotten `last`."""
    return Signing(RemoteSigner(path, vkey, last.size if last else 0, prove))


def key_elsewhere(path: Path, origin: str, known: str) -> str:
    """The public key of the signer at `path`; `known` is what it was before, empty at the first start.

    A signer that is away does not stop a server that knows its key. Raises SignerAway or SignerRefused.
    """
    try:
        with Conversation(path) as signer:
            told, _ = signer.last(origin)
    except SignerAway:
        if known:
            return known
        raise
    if known and told != known:
        raise SignerRefused(
            f"the signer at `{path}` holds another key than this record was signed with; "
            "start the one that has the record's own key"
        )
    return told

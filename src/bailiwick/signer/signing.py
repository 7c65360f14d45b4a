"""Whether signing goes well: a signer, and what is the trouble with it, for people to see."""

import structlog

from bailiwick.ports.signer import SignerAway, SignerBehind, SignerRefused, StatementSigner
from bailiwick.ports.store import StoreUnavailable

log = structlog.get_logger("signer")


class Signing:
    """Hands on to `signer`; `trouble` says why the last head was not signed, and is empty when it was.

    A trouble is logged once when it comes, not every second while it lasts.
    """

    def __init__(self, signer: StatementSigner) -> None:
        self._signer = signer
        self.trouble = ""

    def note(self, text: str) -> bytes:
        try:
            note = self._signer.note(text)
        except SignerBehind:
            raise
        except (SignerAway, SignerRefused) as error:
            if self.trouble != str(error):
                log.error("signer.trouble", reason=str(error))
            self.trouble = str(error)
            raise
        if self.trouble:
            log.info("signer.back")
        self.trouble = ""
        return note

    def statement(self, text: str) -> bytes:
        """The signed note of another text than a head, such as an attestation; raises StoreUnavailable."""
        try:
            return self._signer.statement(text)
        except (SignerAway, SignerRefused) as error:
            raise StoreUnavailable(f"nothing can be signed just now: {error}") from error

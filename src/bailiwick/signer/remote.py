"""Signing by another process: the server asks over a unix socket and proves each growth from what is committed."""

import queue
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.growth import ForkError, check_growth
from bailiwick.ledger.merkle import MerkleError
from bailiwick.ledger.note import NoteError, open_note
from bailiwick.ports.signer import Prove, SignerAway, SignerBehind, SignerRefused
from bailiwick.signer.wire import MAX_LINE, WireError, read_line, text_of, write_line

PATIENCE_S: Final = 0.25
"""How long the writer waits for a signature; nothing else is written meanwhile."""
TALK_S: Final = 10.0
_REMEDY: Final = "see that `bailiwick signer` runs"


@dataclass(slots=True)
class _Errand:  # one head on its way to the signer and back
    text: str
    done: "queue.SimpleQueue[bytes | Exception]" = field(default_factory=queue.SimpleQueue)


class RemoteSigner:
    """Implements `ports.signer.CheckpointSigner`.

    A thread of its own talks to the signer. One that is slow or hangs costs the writer `PATIENCE_S` once, and then
    nothing until the errand under way has ended.
    """

    def __init__(self, path: Path, vkey: str, floor: int, prove: Prove) -> None:
        self._path, self._vkey, self._prove = path, vkey, prove
        self._floor = floor  # the largest size that this signer is known to have signed
        self._errand: _Errand | None = None

    def note(self, text: str) -> bytes:
        if self._errand is not None and self._errand.done.empty():
            raise self._slow()
        # what an earlier errand brought too late is for a smaller head: this one asks anew
        errand = self._errand = _Errand(text)
        threading.Thread(target=self._run, args=(errand,), name="bailiwick-signing", daemon=True).start()
        try:
            answer = errand.done.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise self._slow() from None
        self._errand = None
        if isinstance(answer, Exception):
            raise answer
        self._floor = max(self._floor, Checkpoint.parse(text).size)
        return answer

    def _check_overtaken(self, head: Checkpoint, last: Checkpoint) -> None:
        """Of several servers one may be ahead: what was signed is then what the store holds by now."""
        with suppress(MerkleError, ForkError):
            check_growth(head, last, self._prove(head.size, last.size))
            raise SignerBehind(f"another server had {last.size} entries signed meanwhile")

    def statement(self, text: str) -> bytes:
        with Conversation(self._path) as signer:
            return signer.state(self._vkey.partition("+")[0], text)

    def _slow(self) -> SignerAway:
        return SignerAway(f"the signer at `{self._path}` takes longer than {PATIENCE_S} s; {_REMEDY}")

    def _run(self, errand: _Errand) -> None:
        try:
            errand.done.put(self._talk(errand.text))
        except Exception as error:  # noqa: BLE001  # the writer, who waits, gets it
            errand.done.put(error)

    def _talk(self, text: str) -> bytes:
        head = Checkpoint.parse(text)
        with Conversation(self._path) as signer:
            vkey, last = signer.last(head.origin)
            if vkey != self._vkey:
                raise SignerRefused(f"the signer at `{self._path}` holds another key than this record is signed with")
            if (last.size if last else 0) < self._floor:
                known = f"last signed {last.size} entries" if last else "has signed nothing yet"
                raise SignerRefused(
                    f"the signer says that it {known}, but the record has its signature over {self._floor}: "
                    "its memory was put back; give it the newest checkpoint with `bailiwick signer --last`"
                )
            if last and last.size > head.size:
                self._check_overtaken(head, last)
            try:
                proof = self._prove(last.size, head.size) if last and last.size < head.size else []
            except MerkleError as error:
                raise SignerRefused(f"the growth of the log cannot be proved: {error}") from error
            note = signer.sign(text, proof)
        try:
            signed = open_note(note, self._vkey)
        except NoteError as error:
            raise SignerRefused(f"the signer's answer does not hold: {error}") from error
        if signed != text:
            raise SignerRefused("the signer signed another head than it was asked to")
        return note


class Conversation:
    """One connection to a signer; raises SignerAway when nobody answers and SignerRefused when it says no."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "Conversation":
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(TALK_S)
        try:
            self._socket.connect(str(self._path))
        except OSError as error:
            self._socket.close()
            reason = (error.strerror or type(error).__name__).lower()
            raise SignerAway(f"the signer at `{self._path}` does not answer: {reason}; {_REMEDY}") from None
        self._lines = self._socket.makefile("rb")
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def last(self, origin: str) -> tuple[str, Checkpoint | None]:
        """The signer's public key and the head that it signed last."""
        told = self._exchange({"ask": "last", "origin": origin})
        try:
            last = text_of(told, "last")
            return text_of(told, "vkey"), Checkpoint.parse(last) if last else None
        except (WireError, CheckpointError) as error:
            raise self._strange(error) from error

    def sign(self, head: str, proof: list[bytes]) -> bytes:
        """The signed note."""
        return self._note({"ask": "sign", "head": head, "proof": [one.hex() for one in proof]})

    def state(self, origin: str, text: str) -> bytes:
        """The signed note of a text that is no head."""
        return self._note({"ask": "state", "origin": origin, "text": text})

    def _note(self, message: dict[str, object]) -> bytes:
        try:
            return text_of(self._exchange(message), "note").encode()
        except WireError as error:
            raise self._strange(error) from error

    def _exchange(self, message: dict[str, object]) -> dict[str, object]:
        try:
            self._socket.sendall(write_line(message))
            told = read_line(self._lines.readline(MAX_LINE))
        except OSError as error:
            reason = (error.strerror or str(error) or type(error).__name__).lower()
            raise SignerAway(f"the signer at `{self._path}` does not answer: {reason}; {_REMEDY}") from None
        except WireError as error:
            raise self._strange(error) from error
        if "refused" in told:
            raise SignerRefused(f"the signer refuses: {told['refused']}")
        return told

    def _strange(self, error: Exception) -> SignerAway:
        return SignerAway(f"what answers at `{self._path}` is no signer: {error}; {_REMEDY}")

"""The keys under which payloads are kept, apart from the payloads, so that destroying one forgets what it opens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bailiwick.core.custody import SubjectName


class KeyStoreError(Exception):
    """The key store cannot be used, or does not know a key that a payload names; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """A subject whose key exists: the pseudonym under which the record speaks of them, and when it was first met."""

    id: str
    kind: str
    made_us: int


class PayloadKeys(Protocol):
    """Keys by id. Period keys are `<data class>@<month>`, subjects' keys have the subject's pseudonym `sub-…`.

    A key that a method has named is durable; a key that was destroyed leaves its id behind and is never made again.
    Every method blocks, a few milliseconds where it makes a key, else microseconds. Raises `KeyStoreError`.
    """

    def period(self, data_class: str, at_us: int) -> str:
        """The id of the key for what is laid down under a data class in the month of `at_us`; made when missing."""
        ...

    def subjects(self, names: Sequence[SubjectName], at_us: int) -> list[str]:
        """The pseudonyms of these people in order, made when missing."""
        ...

    def keys(self, ids: Iterable[str]) -> Mapping[str, bytes | None]:
        """The keys of 32 bytes by id; None where a key was destroyed. An id that was never made is an error."""
        ...

    def find(self, name: SubjectName) -> SubjectKey | None:
        """The subject of this name, None when nothing was ever kept of them or it was forgotten."""
        ...

    def subject(self, pseudonym: str) -> SubjectKey | None:
        """The subject of this pseudonym while its key exists."""
        ...

    def periods(self) -> list[str]:
        """The ids of all period keys that exist."""
        ...

    def destroy(self, ids: Iterable[str], at_us: int) -> int:
        """Destroy keys, and what leads from a name to them; replies with how many there still were.

        When it returns no byte of them is left in the store's files, nor in this process.
        """
        ...

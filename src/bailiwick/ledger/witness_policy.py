"""A witness policy (C2SP tlog-policy): which logs, which witnesses, and how many of them must have seen a checkpoint.

log acme.example/record+7c9f…+AYf…
witness north north.example/w1+1a2b…+BEx… https://north.example/tlog
witness south south.example/w1+3c4d…+BHq… https://south.example/tlog
group both all north south
quorum both
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Final, Literal

from bailiwick.ledger.cosignature import ML_DSA_44, Cosigner
from bailiwick.ledger.note import ED25519, NoteError, Verifier, parse_vkey, split_note

_MAX_BYTES: Final = 1_000_000
_MAX_LINES: Final = 1000
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,3}")
_BLANK: Final = re.compile(r"[ \t]+")
NONE: Final = "none"


class PolicyError(ValueError):
    """A policy cannot be read; `line` counts from 1, and is 0 where the whole file is meant."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}" if line else what)
        self.line = line
        self.what = what


@dataclass(frozen=True)
class KnownLog:
    """A log whose checkpoints count, by the key that signs them."""

    key: Verifier | Cosigner
    url: str = ""


@dataclass(frozen=True)
class Witness:
    """A cosigner under the name that the policy gives it; `url` is its submission prefix, or empty."""

    name: str
    key: Cosigner
    url: str = ""


@dataclass(frozen=True)
class Group:
    """Witnesses or other groups, of which `least` must have seen a checkpoint."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Witnessed:
    """What a policy says of one note: who signed it, who cosigned it when (seconds since 1970), and is it enough."""

    log: str | None
    seen: Mapping[str, int]
    enough: bool


@dataclass(frozen=True)
class WitnessPolicy:
    """A whole policy; `quorum` names a witness or a group, or is `none`."""

    logs: tuple[KnownLog, ...]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    def judge(self, note: bytes) -> Witnessed:
        """Hold a note against the policy; lines of unknown keys are passed over.

        Raises NoteError when the note is unreadable, or a line that says it is by a known key does not hold.
        """
        text, signatures = split_note(note)
        log, seen = None, dict[str, int]()
        for signature in signatures:
            for known in self.logs:
                if (signature.name, signature.key_hash) == (known.key.name, known.key.key_hash):
                    if not _signed(known.key, text, signature.signature):
                        raise NoteError(f"the signature by `{signature.name}` does not match; the note was changed")
                    # INVARIANT: a key speaks for the log of its own name only
                    log = signature.name if text.partition("\n")[0] == signature.name else log
            for witness in self.witnesses.values():
                if witness.key.made(signature):
                    seconds = witness.key.time_of(text, signature.signature)
                    if seconds is None:
                        raise NoteError(f"the cosignature by `{witness.name}` does not match; the note was changed")
                    seen[witness.name] = max(seconds, seen.get(witness.name, 0))
        return Witnessed(log, seen, (log is not None or not self.logs) and self.is_enough(seen.keys()))

    def is_enough(self, seen: Set[str]) -> bool:
        """Whether the witnesses of these names make up the quorum."""
        return self.quorum == NONE or self._has_seen(self.quorum, seen)

    def _has_seen(self, name: str, seen: Set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in seen
        return sum(self._has_seen(member, seen) for member in group.members) >= group.least


def parse_policy(data: bytes) -> WitnessPolicy:
    """Read a policy file; raises PolicyError, which names the line, on anything that the format does not allow."""
    if len(data) > _MAX_BYTES:
        raise PolicyError(0, f"the policy has {len(data)} bytes; at most {_MAX_BYTES} are read")
    if data and not data.endswith(b"\n"):
        raise PolicyError(data.count(b"\n") + 1, "the line does not end with a newline; add one")
    # INVARIANT: names are octets that mean nothing here, so none is normalised into another
    lines = data.decode("utf-8", "surrogateescape").split("\n")[:-1]
    if len(lines) > _MAX_LINES:
        raise PolicyError(_MAX_LINES + 1, f"the policy has more than {_MAX_LINES} lines")
    draft = _Draft()
    for number, line in enumerate(lines, 1):
        draft.take(number, line)
    if draft.quorum is None:
        raise PolicyError(0, "the policy has no `quorum` line; add one, such as `quorum none`")
    return WitnessPolicy(tuple(draft.logs), draft.witnesses, draft.groups, draft.quorum)


@dataclass
class _Draft:
    """A policy as far as it was read."""

    logs: list[KnownLog] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    keys: dict[tuple[str, bytes], int] = field(default_factory=dict)  # the line that first has a public key
    grouped: dict[str, str] = field(default_factory=dict)  # a member and the group that it is in
    line: int = 0

    def take(self, line: int, text: str) -> None:
        self.line = line
        if bad := next((c for c in text if (c < " " and c != "\t") or c == "\x7f"), None):
            raise self._wrong(f"there is a control character (0x{ord(bad):02x}); only tab and newline may be")
        word, *rest = _BLANK.split(text.strip(" \t"))
        if not word or word.startswith("#"):
            return
        known = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum}
        if word not in known:
            raise self._wrong(f"`{_shown(word)}` is none of log, witness, group and quorum")
        known[word](rest)

    def _log(self, rest: list[str]) -> None:
        if len(rest) not in (1, 2):
            raise self._wrong("a log is written `log VKEY [URL]`")
        key = self._key(rest[0])
        self._once("log", key.public)
        self.logs.append(KnownLog(key, *rest[1:]))

    def _witness(self, rest: list[str]) -> None:
        if len(rest) not in (2, 3):
            raise self._wrong("a witness is written `witness NAME VKEY [URL]`")
        name = self._new(rest[0])
        try:
            key = Cosigner.parse(rest[1])
        except NoteError as error:
            raise self._wrong(str(error)) from error
        self._once("witness", key.public)
        self.witnesses[name] = Witness(name, key, *rest[2:])

    def _group(self, rest: list[str]) -> None:
        if len(rest) < 3:
            raise self._wrong("a group is written `group NAME all|any|NUMBER MEMBER…`, with a member at least")
        name, least, *members = rest
        self._new(name)
        for member in members:
            self._known(member)
            if member in self.grouped:
                raise self._wrong(f"`{_shown(member)}` is a member of `{_shown(self.grouped[member])}` already")
            self.grouped[member] = name
        counts = {"all": len(members), "any": 1}
        if least not in counts and _THRESHOLD.fullmatch(least) is None:
            raise self._wrong(f"`{_shown(least)}` is neither all, any nor a number")
        wanted = counts.get(least) or int(least)
        if wanted > len(members):
            raise self._wrong(f"{wanted} of {len(members)} members can never be; lower the number")
        self.groups[name] = Group(name, wanted, tuple(members))

    def _quorum(self, rest: list[str]) -> None:
        if len(rest) != 1:
            raise self._wrong("a quorum is written `quorum NAME`, or `quorum none`")
        if self.quorum is not None:
            raise self._wrong("there is a `quorum` line already; a policy has one")
        self.quorum = rest[0] if rest[0] == NONE else self._known(rest[0])

    def _key(self, vkey: str) -> Verifier | Cosigner:
        try:
            kind = parse_vkey(vkey)[1]
            if kind not in (ED25519, ML_DSA_44):
                raise NoteError(f"the vkey has signature type {kind}; a log's is 1 (ed25519) or 6 (ml-dsa-44)")
            return Verifier.parse(vkey) if kind == ED25519 else Cosigner.parse(vkey)
        except NoteError as error:
            raise self._wrong(str(error)) from error

    def _once(self, what: Literal["log", "witness"], public: bytes) -> None:
        before = self.keys.setdefault((what, public), self.line)
        if before != self.line:
            raise self._wrong(f"the {what} of line {before} has the same public key; each stands once")

    def _new(self, name: str) -> str:
        if name == NONE:
            raise self._wrong("`none` has a meaning of its own; choose another name")
        if name in self.witnesses or name in self.groups:
            raise self._wrong(f"`{_shown(name)}` is defined already; choose another name")
        return name

    def _known(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise self._wrong(f"`{_shown(name)}` is no witness or group of a line before this one")
        return name

    def _wrong(self, what: str) -> PolicyError:
        return PolicyError(self.line, what)


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")[:80]


def _signed(key: Verifier | Cosigner, text: str, signature: bytes) -> bool:
    if isinstance(key, Verifier):
        return key.verifies(text, signature)
    return key.time_of(text, signature) is not None

"""What others hold of a record, held against an export of it, offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bailiwick.cli.trouble import usage

UNANCHORED = "Unanchored: that nothing was cut off the end shows only against a checkpoint kept elsewhere."

if TYPE_CHECKING:
    from bailiwick.ledger.anchor_file import Stamp, Vouch
    from bailiwick.ledger.bundle import Finding
    from bailiwick.ledger.witness_policy import WitnessPolicy


@dataclass(frozen=True)
class Holding:
    """What an auditor brings along: a witness policy, an authority's certificates, notes kept elsewhere."""

    policy: "WitnessPolicy | None" = None
    stamp: "Stamp | None" = None
    notes: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, policy: Path | None, tsa: Path | None, against: Sequence[Path]) -> "Holding":
        """Read the files; one that is none of its kind is a usage error."""
        return cls(
            None if policy is None else _policy(policy),
            None if tsa is None else _stamp(tsa),
            {str(path): _bytes(path) for path in against},
        )


@dataclass(frozen=True)
class Held:
    """How far others hold an export: by checked evidence, by what the export only states, and what contradicts."""

    vouches: "list[Vouch]"
    findings: "list[Finding]"

    @property
    def size(self) -> int:
        """Up to which size somebody was shown to hold it."""
        return max((one.size for one in self.vouches if one.checked), default=0)

    def document(self) -> list[dict[str, Any]]:
        """For programs."""
        names = ("size", "kind", "place", "checked", "at_us")
        return [{name: getattr(one, name) for name in names} for one in self.vouches]

    def lines(self, size: int) -> list[str]:
        """For people: up to where it is anchored, by whom and since when; and what is not."""
        from bailiwick.cli.output import moment

        told = []
        for one in (one for one in self.vouches if one.checked and one.size == self.size):
            since = f" since {moment(one.at_us)}" if one.at_us else ""
            told.append(f"Anchored up to {one.size} events by {one.place} ({one.kind}){since}.")
        stated = {f"{one.place} ({one.kind})": one.size for one in self.vouches if not one.checked}
        if stated:
            places = ", ".join(f"{place} up to {size}" for place, size in stated.items())
            told.append(f"Stated, not checked: {places} events; --policy, --tsa or --against check it.")
        if not self.size:
            told.append(UNANCHORED)
        elif self.size < size:
            left = size - self.size
            told.append(f"Unanchored above that: nobody else has seen the last {left} events.")
        return told


def held(files: Mapping[str, bytes], vkey: str | None, with_: Holding) -> Held:
    """Hold everything against the export; one whose entries cannot be read is left to what verifying it found."""
    from bailiwick.ledger import bundle
    from bailiwick.ledger.anchor_file import Vouch, check_anchors, check_note
    from bailiwick.ledger.merkle import Tree, leaf_hash

    key = vkey or files.get(bundle.VKEY, b"").decode("ascii", "replace").strip()
    try:
        tree = Tree(map(leaf_hash, bundle.entries(files)))
    except bundle.BundleError as error:
        notes = [bundle.Finding(path, f"it cannot be compared: {error}") for path in with_.notes]
        return Held([], notes)
    vouches, findings = check_anchors(files, key, tree, with_.policy, with_.stamp)
    for path, note in with_.notes.items():
        try:
            kept = check_note(note, key, tree)
            vouches.append(Vouch(kept.size, "note", Path(path).name, checked=True))
        except ValueError as error:
            findings.append(bundle.Finding(path, str(error)))
    return Held(sorted(vouches, key=lambda one: (one.size, one.kind, one.place)), findings)


def _policy(path: Path) -> "WitnessPolicy":
    from bailiwick.ledger.witness_policy import PolicyError, parse_policy

    try:
        return parse_policy(_bytes(path))
    except PolicyError as error:
        raise usage(f"--policy `{path}`: {error}") from None


def _stamp(path: Path) -> "Stamp":
    from bailiwick.anchor.timestamp import read_certificates, stamped_us
    from bailiwick.core.refusal import Refusal

    try:
        roots = read_certificates(_bytes(path))
    except Refusal as error:
        raise usage(f"--tsa `{path}`: {error.sentence}") from None
    return lambda note, token: stamped_us(note, token, roots)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise usage(f"cannot read `{path}`: {(error.strerror or type(error).__name__).lower()}") from None

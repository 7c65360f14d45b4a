"""Every kind of place that heads can be anchored at."""

from pathlib import Path

from bailiwick.anchor.folder import FolderAnchorer
from bailiwick.anchor.git import GitAnchorer
from bailiwick.anchor.timestamp import TimestampAnchorer
from bailiwick.anchor.witness import WitnessAnchorer
from bailiwick.ports.anchor import Anchorer


def anchor_kinds(vkey: str, folder: Path) -> dict[str, Anchorer]:
    """By name; `vkey` is the log's public key, `folder` is for what a kind has to keep on this machine."""
    return {
        "witness": WitnessAnchorer(vkey),
        "timestamp": TimestampAnchorer(),
        "git": GitAnchorer(vkey, folder),
        "folder": FolderAnchorer(vkey),
    }

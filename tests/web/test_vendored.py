import hashlib
from pathlib import Path

import bailiwick.web

VENDOR = Path(bailiwick.web.__file__).parent / "static" / "vendor"


def sums() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_every_vendored_file_is_the_one_that_was_vendored() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "SHA256SUMS"
    }
    assert found == sums()


def test_vendored_scripts_come_with_their_licence() -> None:
    assert "Zero-Clause BSD" in (VENDOR / "htmx.LICENSE").read_text()

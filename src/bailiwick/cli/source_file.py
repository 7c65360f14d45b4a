"""Texts that people write in files: charters and catalogues."""

import sys
from pathlib import Path
from typing import Final

from bailiwick.cli.trouble import CommandError, ExitCode

LARGEST: Final = 262_144


def read_source_file(path: Path) -> str:
    """The text of a file, or of standard input for `-`; what is no text at all is an invalid document."""
    try:
        data = sys.stdin.buffer.read(LARGEST + 1) if str(path) == "-" else path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise CommandError(f"cannot read `{path}`: {reason}", ExitCode.USAGE, tag="usage") from None
    if len(data) > LARGEST:
        raise CommandError(f"`{path}` is over {LARGEST} bytes", ExitCode.INVALID, tag="invalid")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        sentence = f"`{path}` is not utf-8 text ({error.reason} at byte {error.start})"
        raise CommandError(sentence, ExitCode.INVALID, tag="invalid") from None

"""Help texts as they are written: sentences, with examples set apart."""

import inspect
from collections.abc import Callable
from typing import Final

EXIT: Final = "Exit status: see `bailiwick --help`."


def lesson(command: Callable[..., None]) -> str:
    """The docstring of a command, its example lines indented so that help and reference keep them as they are."""
    lines = inspect.cleandoc(command.__doc__ or "").splitlines()
    shown = [f"    {line}" if line.startswith("bailiwick ") else line for line in lines]
    # Typer takes away an indentation that all lines but the first share, so the last one has none
    return "\n".join([*shown, "", EXIT])

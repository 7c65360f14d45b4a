"""What a command opened and leaves open until it ends, such as its connection to the server."""

from contextlib import ExitStack
from typing import Final

AT_END: Final = ExitStack()
"""Closed by `cli.app.run` when the command has ended, however it ended."""

"""Run a command that dies when its parent dies: `python -I -S leash.py PARENT_PID COMMAND...`.

A program of its own instead of a `preexec_fn`, which can deadlock in a process with threads. The kernel sends
the signal when the *thread* that started the command ends, so the event loop belongs in a thread that stays.
Standard library only: it runs before any package is on the path.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Set the death signal, make sure the parent did not die before that, become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command of a configured connector, no shell
    except OSError as error:
        sys.exit(f"cannot run `{command[0]}`: {error.strerror}")


if __name__ == "__main__":
    main()

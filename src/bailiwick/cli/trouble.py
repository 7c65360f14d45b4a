"""How a command ends when it cannot do what was asked: a sentence and an exit code, never a traceback."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What the exit status of every command means; docs/reference/exit-codes.md is for people."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    SIGNED_OUT = 3
    UNREACHABLE = 4
    INVALID = 5
    WIDER = 6


class CommandError(Exception):
    """Raised anywhere below a command. `problems` list what is wrong with a document, each with its place."""

    def __init__(
        self,
        sentence: str,
        code: ExitCode = ExitCode.REFUSED,
        *,
        tag: str = "refused",
        problems: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.tag = tag
        self.problems = tuple(problems)

    def document(self) -> dict[str, Any]:
        """What `--json` prints: the shape of the API's errors."""
        error: dict[str, Any] = {"code": self.tag, "message": self.sentence}
        if self.problems:
            error["problems"] = [dict(problem) for problem in self.problems]
        return {"error": error}

    def lines(self) -> list[str]:
        """What people read on standard error."""
        return [f"bailiwick: {self.sentence}", *(f"  {_place(problem)}" for problem in self.problems)]


def usage(sentence: str) -> CommandError:
    """The command line was not right; the sentence says how to write it."""
    return CommandError(sentence, ExitCode.USAGE, tag="usage")


def agent_trouble(error: Exception) -> CommandError:
    """An agent's own failure to get in: nobody there, or its key or name is refused."""
    status = getattr(error, "status", None)  # of `sdk.door.RefusedError`, which is not imported for `--help`
    if type(error).__name__ == "NoAnswerError":
        return CommandError(str(error), ExitCode.UNREACHABLE, tag="unreachable")
    code = ExitCode.SIGNED_OUT if status in (400, 401, 403) else ExitCode.REFUSED
    return CommandError(str(error), code, tag="agent")


def _place(problem: Mapping[str, Any]) -> str:
    where = [f"line {problem['line']}"] if problem.get("line") else []
    where += [f"`{problem['where']}`"] if problem.get("where") else []
    kind = "" if problem.get("severity", "error") == "error" else f"{problem['severity']}: "
    return f"{', '.join(where)}{': ' if where else ''}{kind}{problem.get('message', '')}"

"""The six agents of the demo, their keys, and the process they run in."""

import json
import os
import secrets
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bailiwick.demo.script import DRAFTER, DRILL, QA, RESPONDER, ROUTER, TRIAGE
from bailiwick.flow.es256 import RANDOM_BYTES, SigningKey
from bailiwick.store.private_file import create_private

_PATIENCE_S: Final = 60.0


class TroupeError(Exception):
    """The agents' process ended or fell silent; the text says where its log lies."""


@dataclass(frozen=True, slots=True)
class Part:
    """Who an agent is: its charter's workflow, what it is up to, and the era its client speaks."""

    name: str
    workflow: str
    intent: str
    mode: str = "auto"


PARTS: Final = (
    Part(DRAFTER, "campaign-production", "prepare and launch the spring campaign"),
    Part(ROUTER, "lead-routing", "route the leads of today"),
    Part(QA, "content-quality", "check the spring campaign before publication"),
    Part(RESPONDER, "knowledge-support", "answer the tickets of today", "legacy"),
    Part(TRIAGE, "incident-triage", "find out why the shop is slow"),
    Part(DRILL, "consent-drill", "show that consent lapses"),
)


def make_keys(folder: Path) -> dict[str, dict[str, str]]:
    """A new key for each agent, in a file of its own that nobody else can read; the public halves by name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    public = {}
    for part in PARTS:
        key = SigningKey.from_random(secrets.token_bytes(RANDOM_BYTES))
        create_private(folder / f"{part.name}.pem", key.pem())
        public[part.name] = key.public.jwk()
    return public


class Troupe:
    """The running agents' process. Started early: its imports take longer than everything else it does."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys
        self._log = keys / "agents.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "bailiwick.demo.troupe"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._pending = b""

    def enter(self, url: str) -> None:
        """Open a run for every agent; they can act from now on."""
        parts = [
            {
                "name": part.name,
                "key": str(self._keys / f"{part.name}.pem"),
                "workflow": part.workflow,
                "intent": part.intent,
                "mode": part.mode,
            }
            for part in PARTS
        ]
        self._exchange({"url": url, "agents": parts})

    def ask(self, agent: str, do: str, **details: Any) -> dict[str, Any]:
        """What the agent brings back from one deed; see `troupe`."""
        return self._exchange({"agent": agent, "do": do, **details})

    def close(self, agents: Sequence[str]) -> None:
        """Have these agents end their runs; they act no more."""
        for agent in agents:
            self.ask(agent, "close")

    def leave(self) -> None:
        """End the process; leaving twice is harmless."""
        if self._process.stdin and not self._process.stdin.closed:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _exchange(self, message: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._silent() from None
        answer = json.loads(self._line())
        return answer if isinstance(answer, dict) else {}

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._pending:
            readable, _, _ = select.select([descriptor], [], [], _PATIENCE_S)
            read = os.read(descriptor, 65_536) if readable else b""
            if not read:
                raise self._silent()
            self._pending += read
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _silent(self) -> TroupeError:
        log = self._log.read_text(errors="replace").strip().splitlines()
        return TroupeError(f"the agents' process gives no answer: {log[-1] if log else 'it left no log'}")

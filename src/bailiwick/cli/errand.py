"""What a bridge acts as: the agent within one run, or, where no intent was stated, the agent alone."""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from bailiwick.sdk.agent import AgentSession, Run
from bailiwick.sdk.bearer import Bearer
from bailiwick.sdk.door import AgentError


@dataclass(frozen=True, slots=True)
class Errand:
    """Why the session exists; it becomes the run's intent on the record."""

    intent: str
    workflow: str
    requester: str | None = None


@dataclass(slots=True)
class Pass:
    """Headers that let a message through. The run is opened with the first message, not before."""

    session: AgentSession
    errand: Errand | None
    _holder: Run | Bearer | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def headers(self) -> dict[str, str]:
        """`Authorization`, always fresh; raises `AgentError` with a sentence."""
        return await (await self._opened()).headers()

    async def renew(self, refused: dict[str, str]) -> dict[str, str]:
        """Headers to use after the gateway refused these ones with 401."""
        return await (await self._opened()).renew(refused)

    @property
    def run(self) -> str | None:
        """The run's id, once it is open."""
        return self._holder.id if isinstance(self._holder, Run) else None

    async def close(self) -> None:
        """End the run, if one was opened."""
        if isinstance(self._holder, Run):
            try:
                await self._holder.close("finished")
            except AgentError as error:
                print(f"bailiwick bridge: {error}", file=sys.stderr, flush=True)

    async def _opened(self) -> Run | Bearer:
        async with self._opening:
            if self._holder is None:
                self._holder = await self._open()
            return self._holder

    async def _open(self) -> Run | Bearer:
        if self.errand is None:
            return Bearer(self.session.fetch_token, lambda: time.time_ns() // 1000)
        errand = self.errand
        return await self.session.open_run(intent=errand.intent, workflow=errand.workflow, requester=errand.requester)


async def fetch_pass(server: str, agent: str, key: Path, errand: Errand | None) -> tuple[str, str | None]:
    """One access token, and the run it belongs to, which stays open for whoever uses the token."""
    async with AgentSession(server, agent, key) as session:
        entry = Pass(session, errand)
        headers = await entry.headers()
        return headers["Authorization"].removeprefix("Bearer "), entry.run

"""Agents at work until the server dies under them: every call is noted before it is sent, every answer as it comes."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from bailiwick.demo.caller import Caller, CallerError
from bailiwick.sdk import AgentSession, NoAnswerError, RefusedError, Run
from bench.crash.founding import AGENTS, WORKFLOW, Cast

HANDS: Final = 3
"""Calls that each agent has in flight at once."""
LONGEST_S: Final = 30.0
_CHECKPOINT_S: Final = 0.25
_CAMPAIGNS: Final = dict(zip(AGENTS, ("ads-search", "ads-spring", "ads-video"), strict=True))
_DECISION: Final = "bailiwick/decision"


@dataclass(slots=True)
class Call:
    """One call as its agent saw it: no `answer` and no `refused` means that nobody answered."""

    agent: str
    tool: str
    arguments: Mapping[str, Any]
    answer: dict[str, Any] | None = None
    refused: str | None = None

    @property
    def key(self) -> str:
        """Tells calls apart that differ in anything a decision reads."""
        return json.dumps([self.agent, self.tool, self.arguments], sort_keys=True)

    @property
    def decision(self) -> str:
        """The id of the decision that the answer carries."""
        return str(((self.answer or {}).get("_meta") or {}).get(_DECISION, ""))

    @property
    def said(self) -> str:
        """What the agent was told: succeeded, failed, unknown, denied or pending_approval."""
        answer = self.answer or {}
        if answer.get("isError") is not True:
            return "succeeded"
        body = answer.get("structuredContent") or {}
        return str(body.get("status", "failed"))


@dataclass(slots=True)
class Shift:
    """Everything that agents sent and auditors saw, over all the crashes of one installation."""

    cast: Cast
    chance: Random
    calls: list[Call] = field(default_factory=list)
    checkpoints: list[bytes] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @asynccontextmanager
    async def run(self, agent: str) -> AsyncIterator[Run]:
        """A new run of an agent."""
        async with AgentSession(self.cast.admin.url, agent, self.cast.keys[agent]) as session:
            yield await session.open_run(intent="work through the list of the day", workflow=WORKFLOW)

    async def work(self, kill: Callable[[], None] | None = None, after_s: float = 0.0) -> None:
        """Let every agent work until the server dies; `kill` ends it after some seconds, a failpoint by itself."""
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch())
            agents = [group.create_task(self._agent(agent)) for agent in AGENTS]
            if kill is not None:
                await asyncio.sleep(after_s)
                await asyncio.to_thread(kill)
            await asyncio.wait(agents, timeout=LONGEST_S)
            for task in (watch, *agents):
                task.cancel()

    async def send(self, run: Run, agent: str, tool: str, arguments: Mapping[str, Any]) -> Call:
        """Make one call; raises NoAnswerError when the server is gone."""
        call = Call(agent, tool, arguments)
        self.calls.append(call)
        try:
            call.answer = await run.call(tool, arguments)
        except RefusedError as refused:
            call.refused = str(refused)
        return call

    async def _agent(self, agent: str) -> None:
        try:
            async with self.run(agent) as run:
                await asyncio.gather(*(self._hand(run, agent, hand) for hand in range(HANDS)))
        except NoAnswerError:
            return

    async def _hand(self, run: Run, agent: str, hand: int) -> None:
        try:
            if hand == 0:
                await self._denied(run, agent)
                await self._launch(run, agent)
            while True:
                tool, arguments = self._any(AGENTS.index(agent) * HANDS + hand)
                await self.send(run, agent, tool, arguments)
        except (NoAnswerError, OSError):
            return

    async def _denied(self, run: Run, agent: str) -> None:
        # once in a run: denials beyond a number are counted on the record, not told one by one
        await self.send(run, agent, "ads__add_funds", {"amount_micros": 1_000_000 + next(self.numbers)})

    async def _launch(self, run: Run, agent: str) -> None:
        """Ask, be approved by the director, and launch."""
        arguments = {"campaign_id": _CAMPAIGNS[agent], "daily_budget_micros": 1_000_000 + next(self.numbers)}
        asked = await self.send(run, agent, "ads__launch_campaign", arguments)
        approval = ((asked.answer or {}).get("structuredContent") or {}).get("approval_id")
        if approval:
            try:
                await asyncio.to_thread(_approve, self.cast.director, approval)
            except CallerError as error:
                self.troubles.append(f"the director could not approve what was asked: {error}")
            await self.send(run, agent, "ads__launch_campaign", arguments)

    def _any(self, hand: int) -> tuple[str, dict[str, Any]]:
        number, contact = next(self.numbers), f"con-{hand + 1:04}"
        calls: list[tuple[str, dict[str, Any]]] = [
            (
                "crm__manage_objects",
                {
                    "object_type": "contacts",
                    "operation": "update",
                    "ids": [contact],
                    "properties": {"company": f"Guest House {number}"},
                },
            ),
            (
                "crm__manage_objects",
                {
                    "object_type": "contacts",
                    "operation": "create",
                    "records": [{"name": f"Guest {number}", "email": f"guest-{number}@acme.example"}],
                },
            ),
            (
                "desk__create_ticket",
                {"title": f"Letter {number} came back", "description": "Look for the new address."},
            ),
            (
                "ads__create_campaign",
                {
                    "name": f"Window {number}",
                    "audience": "neighbours",
                    "landing_url": f"https://acme.example/{number}",
                },
            ),
            ("crm__query", {"object_type": "contacts", "ids": [contact], "fields": ["segment"], "limit": 1}),
        ]
        return self.chance.choices(calls, weights=(4, 3, 2, 2, 1))[0]

    async def _watch(self) -> None:
        """Keep the signed checkpoints that somebody outside could have kept."""
        while True:
            await asyncio.sleep(_CHECKPOINT_S)
            try:
                seen = await asyncio.to_thread(self.cast.admin.ask, "GET", "/v1/record/checkpoint")
            except OSError:
                return
            if seen.status == 200:
                self.checkpoints.append(seen.body)


def _approve(director: Caller, approval: str) -> None:
    digest = director.need("GET", f"/v1/approvals/{approval}")["digest"]
    vote = {"vote": "approve", "comment": "as agreed", "digest": digest}
    director.need("POST", f"/v1/approvals/{approval}/votes", vote)

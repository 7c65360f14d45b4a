"""Where a script is performed: each deed is done for real, by whoever it belongs to."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bailiwick.demo.caller import Caller
from bailiwick.demo.cast import Troupe
from bailiwick.demo.company.office import Office
from bailiwick.demo.house import DEADLINE_S
from bailiwick.demo.script.step import (
    AgentAtConsole,
    Attempt,
    Await,
    Breakage,
    Consent,
    Crash,
    Deed,
    Direction,
    ExpiredToken,
    Lapse,
    Listing,
    PersonAsAgent,
    Recover,
    Resuming,
    Stopping,
    Straight,
)
from bailiwick.demo.seen import Seen, refused, seen_call

_ERA: Final = "2026-07-28"
_SHORT_S: Final = 1
_META: Final = "io.modelcontextprotocol/"


class StageError(Exception):
    """Something that a row needs did not come about; the text says what."""


@dataclass(slots=True)
class Stage:
    """The company, the agents, the signed-in people and Bailiwick's address; `asked` remembers rows by name."""

    office: Office
    troupe: Troupe
    url: str
    people: Mapping[str, Caller]
    asked: dict[str, Seen] = field(default_factory=dict)

    def direct(self, direction: Direction) -> None:
        """Let something happen that is no row of its own."""
        match direction:
            case Breakage(upstream, tool, kind):
                self.office.fault(upstream, tool, kind, seconds=2 * DEADLINE_S, times=1)
            case Crash(upstream):
                self.office.kill(upstream)
            case Recover(upstream):
                self.office.bring_back(upstream)
            case Lapse(asked):
                self._lapse(asked)
            case deed:
                phrase = self.perform(deed).phrase
                if phrase.startswith("refused"):
                    raise StageError(f"{deed.who} could not {deed.what}: {phrase}")

    def perform(self, deed: Deed) -> Seen:
        """Do it, and say what whoever did it saw."""
        match deed:
            case Attempt(agent, tool, arguments):
                return seen_call(self.troupe.ask(agent, "call", tool=tool, arguments=dict(arguments)))
            case Await(agent, asked, seconds):
                arguments = {"approval_id": self.asked[asked].approval, "wait_s": seconds}
                return seen_call(self.troupe.ask(agent, "call", tool="await_approval", arguments=arguments))
            case Listing(agent, methods):
                return self._listing(agent, methods)
            case ExpiredToken(agent, tool, arguments):
                return self._outlived(agent, tool, arguments)
            case PersonAsAgent(person, tool, arguments):
                return self._knock(self.people[person].token, tool, arguments)
            case Straight(agent, upstream):
                return self._straight(agent, upstream)
            case AgentAtConsole(agent, path):
                token = self.troupe.ask(agent, "tokens")["tokens"][0]
                return _turned_away(Caller(self.url, token).ask("GET", path).status)
            case Consent(people, asked):
                return self._vote(people, self.asked[asked].approval)
            case Stopping(person, scope):
                return self._halt(person, "PUT", f"/v1/halts/{scope}", "halted")
            case Resuming(person, scope):
                return self._halt(person, "POST", f"/v1/halts/{scope}/lift", "lifted")

    def _listing(self, agent: str, methods: tuple[str, ...]) -> Seen:
        phrases = {seen_call(self.troupe.ask(agent, "list", method=method)).phrase for method in methods}
        return Seen(" / ".join(sorted(phrases)))

    def _outlived(self, agent: str, tool: str, arguments: Mapping[str, Any]) -> Seen:
        """A token that the agent asked for with the shortest of lives, used once that is over."""
        token = self.troupe.ask(agent, "token", seconds=_SHORT_S)["token"]
        time.sleep(_SHORT_S + 0.1)
        return self._knock(token, tool, arguments)

    def _knock(self, token: str, tool: str, arguments: Mapping[str, Any]) -> Seen:
        """One bare request at the agents' door, as no library would send it."""
        meta = {_META + "protocolVersion": _ERA, _META + "clientCapabilities": {}}
        params = {"name": tool, "arguments": dict(arguments), "_meta": meta}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": _ERA,
            "Mcp-Method": "tools/call",
            "Mcp-Name": tool,
        }
        return _turned_away(Caller(self.url, token).ask("POST", "/mcp", body, headers).status)

    def _straight(self, agent: str, upstream: str) -> Seen:
        branch = self.office.branches[upstream]
        if upstream == "sink":
            return refused(*self.troupe.ask(agent, "mail", host=branch.host, port=branch.port)["codes"])
        return refused(*self.troupe.ask(agent, "doors", url=branch.url)["codes"])

    def _vote(self, people: tuple[str, ...], approval: str) -> Seen:
        seen = Seen("nobody voted")
        for person in people:
            caller = self.people[person]
            shown = caller.need("GET", f"/v1/approvals/{approval}")
            vote = {"vote": "approve", "comment": "checked, and it is as we agreed", "digest": shown["digest"]}
            answer = caller.ask("POST", f"/v1/approvals/{approval}/votes", vote)
            seen = Seen(str(answer.document().get("status"))) if answer.status < 300 else refused(answer.status)
        return seen

    def _halt(self, person: str, method: str, path: str, word: str) -> Seen:
        answer = self.people[person].ask(method, path, {"reason": f"the demo has it {word}"})
        return Seen(word) if answer.status < 300 else refused(answer.status)

    def _lapse(self, asked: str) -> None:
        approval = self.people["admin"].need("GET", f"/v1/approvals/{self.asked[asked].approval}")
        left_us = approval["use_by_us"] - time.time_ns() // 1000
        time.sleep(max(0, left_us) / 1_000_000 + 0.1)


def _turned_away(status: int) -> Seen:
    return refused(status) if status >= 400 else Seen(f"let in: {status}")

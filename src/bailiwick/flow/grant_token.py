"""Granting an agent a token: its assertion counts once, its run must be its own and open."""

from dataclasses import dataclass

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.client_assertion import Assertion
from bailiwick.flow.run import revoked
from bailiwick.ledger import canonical
from bailiwick.ports.store import Shelf


@dataclass(frozen=True, slots=True)
class GrantToken:
    """Use up a verified assertion; replies with the agent's epoch, which the token carries."""

    assertion: Assertion
    run: str | None
    token_expires_us: int

    def step(self, shelf: Shelf) -> int:
        agent = shelf.get("agent", self.assertion.agent)
        if agent is None:
            raise Refusal("forbidden", f"agent `{self.assertion.agent}` is not enrolled")
        trouble = revoked(agent, agent["epoch"])
        if trouble:
            raise Refusal("forbidden", trouble)
        # INVARIANT: single use is decided in the writer, so two replays cannot both pass
        key = canonical.digest(f"{agent['id']}|{self.assertion.jti}".encode())
        if shelf.get("assertion", key):
            raise Refusal("forbidden", "this client assertion was used already; sign a new one for each request")
        shelf.put("assertion", {"id": key, "expires_us": self.assertion.expires_us})
        if self.run is not None:
            run = shelf.get("run", self.run)
            if run is None or run["agent"] != agent["id"]:
                raise Refusal("unknown", f"there is no run `{self.run}` of this agent")
            if run["status"] != "open":
                raise Refusal("stale", f"run `{self.run}` has ended; open a new one")
        data = {"expires_us": self.token_expires_us}
        shelf.append(Event(EventType.TOKEN_ISSUED, Actor("agent", agent["id"]), data, self.run))
        return int(agent["epoch"])

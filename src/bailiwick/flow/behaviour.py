"""Versions of an agent's behaviour: registered with notes, tested by an acceptance run, then in force.

INVARIANT: no version comes into force without notes and without a finished run of its own that passed its checks;
going back to a version that once passed is one step.
"""

from dataclasses import dataclass
from typing import Final

from bailiwick.core.behaviour import AcceptanceCheck, Component, behaviour_document
from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf

MOST_BYTES: Final = 512 * 1024
"""The largest component; what is larger is registered as its digest, size and place."""
MAX_NOTE: Final = 2_000


@dataclass(frozen=True, slots=True)
class RegisterBehaviour:
    """Register a set of components for an agent. The same set again is the same version, whoever sends it."""

    agent: str
    components: tuple[Component, ...]
    note: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        agent = shelf.get("agent", self.agent)
        if agent is None:
            raise Refusal("unknown", f"there is no agent `{self.agent}`")
        note = _note(self.note, "say in a note what this version changes")
        digests = {component.key: self._keep(shelf, component) for component in self.components}
        body = canonical.encode(behaviour_document(self.agent, digests))
        digest = canonical.digest(body)
        before = shelf.get("behaviour", digest)
        if before is not None:
            raise Refusal("conflict", f"this is version {before['number']} of `{self.agent}`, registered already")
        shelf.put("document", {"id": digest, "kind": "behaviour", "body": body, "at_us": shelf.now_us})
        counter = shelf.get("behaviour_count", self.agent) or {"id": self.agent, "last": 0}
        shelf.put("behaviour_count", {"id": self.agent, "last": counter["last"] + 1})
        row: Row = {
            "id": digest,
            "agent": self.agent,
            "number": counter["last"] + 1,
            "components": digests,
            "note": note,
            "status": "registered",
            "registered_by": self.by,
            "registered_us": shelf.now_us,
            "acceptance": None,
            "activated_by": None,
            "activated_us": None,
        }
        shelf.put("behaviour", row)
        data = {"agent": self.agent, "behaviour": digest, "number": row["number"]}
        documents = (digest, *sorted(set(digests.values())))
        event = Event(EventType.BEHAVIOUR_REGISTERED, Actor("person", self.by), data, documents=documents)
        shelf.append(event, {"note": note})
        return row

    def _keep(self, shelf: Shelf, component: Component) -> str:
        try:
            body = canonical.encode_any(component.document())
        except canonical.CanonicalError as error:
            raise Refusal("invalid", f"component `{component.key}` cannot be named by its content: {error}") from error
        if len(body) > MOST_BYTES:
            message = f"component `{component.key}` has {len(body)} bytes, the most is {MOST_BYTES}; "
            raise Refusal("invalid", message + "register its digest, size and place instead")
        digest = canonical.digest(body)
        if shelf.get("document", digest) is None:
            shelf.put("document", {"id": digest, "kind": "component", "body": body, "at_us": shelf.now_us})
        return digest


@dataclass(frozen=True, slots=True)
class TestBehaviour:
    """Put the result of a version's acceptance run on the record; the run itself says what the agent did."""

    __test__ = False  # it is no test case, whatever a test runner makes of its name

    behaviour: str
    run: str
    checks: tuple[AcceptanceCheck, ...]
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = known_behaviour(shelf, self.behaviour)
        run = shelf.get("run", self.run)
        if run is None or run["behaviour"] != row["id"]:
            message = f"run `{self.run}` was not opened with version {row['number']} of `{row['agent']}`"
            raise Refusal("invalid", message)
        if run["status"] == "open":
            raise Refusal("conflict", f"run `{self.run}` is still open; close it first")
        if not self.checks:
            raise Refusal("invalid", "name at least one check that the run was held against")
        names = [check.name for check in self.checks]
        if len(set(names)) != len(names):
            raise Refusal("invalid", "two checks have the same name; name each once")
        trouble = _trouble(run)
        passed = trouble is None and all(check.passed for check in self.checks)
        row["acceptance"] = {
            "run": self.run,
            "passed": passed,
            "trouble": trouble,
            "checks": [check.document() for check in self.checks],
            "by": self.by,
            "at_us": shelf.now_us,
        }
        if row["status"] != "active":
            row["status"] = "accepted" if passed else "rejected"
        shelf.put("behaviour", row)
        data = {"agent": row["agent"], "behaviour": row["id"], "passed": passed}
        event = Event(EventType.BEHAVIOUR_TESTED, Actor("person", self.by), data, self.run, documents=(row["id"],))
        shelf.append(event, {"checks": row["acceptance"]["checks"], "trouble": trouble})
        return row


@dataclass(frozen=True, slots=True)
class ActivateBehaviour:
    """Put an accepted version in force for every run opened from now on; an earlier one is the way back."""

    behaviour: str
    note: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = known_behaviour(shelf, self.behaviour)
        note = _note(self.note, "say in a note why this version comes into force")
        agent = shelf.get("agent", row["agent"])
        if agent is None:
            raise Refusal("unknown", f"there is no agent `{row['agent']}`")
        if agent["behaviour"] == row["id"]:
            raise Refusal("conflict", f"version {row['number']} of `{row['agent']}` is in force already")
        if not (row["acceptance"] or {}).get("passed"):
            message = f"version {row['number']} of `{row['agent']}` has not passed an acceptance run; "
            raise Refusal("conflict", message + "open a run with `acceptance` and put its result on the record")
        before = shelf.get("behaviour", agent["behaviour"]) if agent["behaviour"] else None
        if before is not None:
            shelf.put("behaviour", {**before, "status": "superseded"})
        row |= {"status": "active", "activated_by": self.by, "activated_us": shelf.now_us}
        shelf.put("behaviour", row)
        shelf.put("agent", {**agent, "behaviour": row["id"]})
        data: dict[str, object] = {"agent": row["agent"], "behaviour": row["id"], "number": row["number"]}
        event = Event(EventType.BEHAVIOUR_ACTIVATED, Actor("person", self.by), data, documents=(row["id"],))
        shelf.append(event, {"note": note})
        return row


def known_behaviour(shelf: Shelf, digest: str) -> Row:
    """The version's row; raises `Refusal` for one that is not registered."""
    row = shelf.get("behaviour", digest)
    if row is None:
        raise Refusal("unknown", f"no behaviour `{digest}` is registered")
    return row


def pinned(shelf: Shelf, agent: Row, asked: str | None, acceptance: bool) -> str | None:
    """The version a new run is pinned to: the one in force, or for an acceptance run the one that it tests."""
    if asked is None:
        if acceptance:
            raise Refusal("invalid", "name the `behaviour` that this acceptance run is to test")
        in_force: str | None = agent["behaviour"]
        return in_force
    row = known_behaviour(shelf, asked)
    if row["agent"] != agent["id"]:
        raise Refusal("invalid", f"behaviour `{asked}` belongs to agent `{row['agent']}`, not to `{agent['id']}`")
    # INVARIANT: an edited prompt does not slip into ordinary work; only its acceptance run may carry it before
    if not acceptance and agent["behaviour"] != asked:
        message = f"version {row['number']} of `{agent['id']}` is not in force; "
        raise Refusal("conflict", message + "open the run with `acceptance` to test it")
    return asked


def _note(text: str, why: str) -> str:
    if not text.strip():
        raise Refusal("invalid", why)
    if len(text) > MAX_NOTE:
        raise Refusal("invalid", f"a note has at most {MAX_NOTE} characters")
    return text.strip()


def _trouble(run: Row) -> str | None:
    if run["outcome"] != "finished":
        return f"the run ended as `{run['outcome']}`"
    return None if run["calls"] else "the run did nothing that could be judged"

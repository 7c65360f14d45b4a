"""Compiled charters by digest: what the record holds as documents, ready to decide with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.core.action_index import ActionIndex
from bailiwick.core.catalogue import Catalogue
from bailiwick.core.catalogue_form import parse_catalogue
from bailiwick.core.charter import Charter, parse_charter
from bailiwick.core.decide import Policy, compile_policy
from bailiwick.core.trial import in_canary, takes_part
from bailiwick.flow.connector import target_of
from bailiwick.flow.schema_check import SchemaCheck
from bailiwick.ledger import canonical
from bailiwick.ports.reader import Reader
from bailiwick.ports.upstream import Target

NO_CATALOGUE: Final = ""
"""Stands for the catalogue of a connector that does not exist: it lists nothing."""


NOTHING: Final = Catalogue("", {}, ())
"""The catalogue of a connector that does not exist."""


class DocumentMissing(LookupError):
    """A decision names a charter or catalogue that is not among the documents."""


@dataclass(frozen=True, slots=True)
class ReviewedTools:
    """A catalogue with the raw tool definitions it was reviewed against and their argument checks."""

    catalogue: Catalogue
    index: ActionIndex
    definitions: Mapping[str, Mapping[str, Any]]
    checks: Mapping[str, SchemaCheck]


def catalogue_document(source: Mapping[str, object], definitions: list[dict[str, Any]]) -> bytes:
    """The versioned form of a catalogue: what IT wrote and the exact definitions it was written against."""
    return canonical.encode_any({"catalogue": dict(source), "definitions": definitions})


def read_catalogue_document(body: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Inverse of `catalogue_document`."""
    document = canonical.decode_strict(body, max_bytes=len(body), max_depth=64)
    if not isinstance(document, dict):
        raise DocumentMissing("a catalogue document must be an object")
    return document["catalogue"], document["definitions"]


def read_tools(body: bytes) -> ReviewedTools:
    """The reviewed tools that a catalogue document states."""
    source, definitions = read_catalogue_document(body)
    catalogue = parse_catalogue(source, definitions)
    reviewed = {definition["name"]: definition for definition in definitions if definition["name"] in catalogue.tools}
    checks = {name: SchemaCheck(definition["inputSchema"]) for name, definition in reviewed.items()}
    return ReviewedTools(catalogue, ActionIndex(catalogue.actions), reviewed, checks)


def read_policy(charter: bytes, catalogue: bytes | None, charter_digest: str, catalogue_digest: str) -> Policy:
    """Compile the policy that two documents state; pure, so that any decision can be made again from the record."""
    tools = NOTHING if catalogue is None else parse_catalogue(*read_catalogue_document(catalogue))
    return compile_policy(read_charter_document(charter), charter_digest, tools, catalogue_digest)


def read_charter_document(body: bytes) -> Charter:
    """The charter that its versioned form states."""
    document = canonical.decode_strict(body)
    if not isinstance(document, dict):
        raise DocumentMissing("a charter document must be an object")
    return parse_charter(document)


class PolicySource:
    """Compiled policies and reviewed tools by digest, and which digests are in force.

    The digests in force are remembered between calls. That is safe because the writer compares them with the rows of
    its own transaction and refuses a stale one; `forget` after that refusal.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._policies: dict[tuple[str, str], Policy] = {}
        self._tools: dict[str, ReviewedTools] = {}
        self._agents: dict[str, str] = {}
        self._canaries: dict[str, str | None] = {}
        self._connectors: dict[str, str] = {}
        self._targets: dict[str, Target] = {}

    def forget(self) -> None:
        """Read again which charter and catalogue versions are in force. Any thread may."""
        # INVARIANT: who is reading a row now keeps what comes of it in a dictionary that nobody looks into any more
        self._agents, self._canaries, self._connectors, self._targets = {}, {}, {}, {}

    def charter_in_force(self, agent: str) -> str:
        """The digest of the agent's charter; raises `DocumentMissing` for an unknown agent."""
        known = self._agents
        digest = known.get(agent)
        if digest is None:
            row = self._reader.row("agent", agent)
            head = self._reader.row("charter", row["charter"]) if row else None
            if head is None:
                raise DocumentMissing(f"agent `{agent}` is not enrolled under a published charter")
            digest = known[agent] = head["digest"]
        return digest

    def canary_in_force(self, agent: str) -> str | None:
        """The digest of the version that decides a share of the agent's runs; mostly there is none."""
        known = self._canaries
        if agent not in known:
            row = self._reader.row("agent", agent)
            trial = self._reader.row("trial", row["charter"]) if row else None
            found = trial["digest"] if trial and in_canary(trial, self.charter_in_force(agent)) else None
            known[agent] = found
        return known[agent]

    def charter_of_run(self, agent: str, run: str | None) -> str:
        """The digest of the version that decides in this run: the one in force, or the one on trial."""
        head, canary = self.charter_in_force(agent), self.canary_in_force(agent)
        if canary is None or run is None:
            return head
        opened, row = self._reader.row("run", run), self._reader.row("agent", agent)
        trial = self._reader.row("trial", row["charter"]) if row else None
        return canary if opened and takes_part(trial, head, opened) else head

    def catalogue_in_force(self, connector: str) -> str:
        """The digest of the connector's catalogue, or `NO_CATALOGUE` when there is none."""
        known = self._connectors
        digest = known.get(connector)
        if digest is None:
            row = self._reader.row("connector", connector)
            digest = (row["catalogue"] if row else None) or NO_CATALOGUE
            if digest:  # names that do not exist are not remembered: callers choose them
                known[connector] = digest
        return digest

    def target(self, connector: str) -> Target | None:
        """Where the connector lives; None when there is none of that name."""
        known = self._targets
        target = known.get(connector)
        if target is None:
            row = self._reader.row("connector", connector)
            if row is None:
                return None
            target = known[connector] = target_of(row)
        return target

    def connectors(self) -> list[str]:
        """Every connector with a reviewed catalogue."""
        return [row["id"] for row in self._reader.rows("connector", limit=1000, ascending=True) if row["catalogue"]]

    def policy(self, charter_digest: str, catalogue_digest: str) -> Policy:
        """The compiled policy of two documents."""
        key = (charter_digest, catalogue_digest)
        policy = self._policies.get(key)
        if policy is None:
            # INVARIANT: as `read_policy` reads them, but a catalogue is one for all charters over it
            charter = read_charter_document(self._document(charter_digest))
            tools = self.tools(catalogue_digest) if catalogue_digest else None
            catalogue, index = (tools.catalogue, tools.index) if tools else (NOTHING, None)
            policy = compile_policy(charter, charter_digest, catalogue, catalogue_digest, index)
            self._policies[key] = policy
        return policy

    def tools(self, catalogue_digest: str) -> ReviewedTools:
        """The reviewed tools of one catalogue version."""
        tools = self._tools.get(catalogue_digest)
        if tools is None:
            tools = self._tools[catalogue_digest] = read_tools(self._document(catalogue_digest))
        return tools

    def _document(self, digest: str) -> bytes:
        body = self._reader.document(digest)
        if body is None:
            raise DocumentMissing(f"document `{digest}` is not in the store")
        return body

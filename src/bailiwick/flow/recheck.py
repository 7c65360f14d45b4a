"""Deciding again from an export alone: every recorded decision must come out as it stands on the record.

The export is taken as verified (`ledger.bundle.verify`): what is asked here is whether the same documents, request and
facts lead to the same verdict, not whether somebody changed a byte.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from bailiwick.core.decide import DECIDER, Policy, decide
from bailiwick.core.event import EventType
from bailiwick.core.facts import Facts
from bailiwick.core.refusal import Refusal
from bailiwick.core.request import Request
from bailiwick.core.verdict import verdict_document
from bailiwick.flow.decide_action import data_touched
from bailiwick.flow.fact_form import fact_troubles
from bailiwick.flow.policy import NO_CATALOGUE, read_catalogue_document, read_policy
from bailiwick.flow.prepare import action_digest, rewritten_arguments
from bailiwick.flow.schema_check import SchemaCheck
from bailiwick.ledger import bundle, canonical
from bailiwick.ledger.forgotten import Forgotten
from bailiwick.ledger.segment import join

EVENT_OF: Final = {
    "deny": EventType.ACTION_DENIED.value,
    "ask": EventType.ACTION_ASKED.value,
    "allow": EventType.ACTION_INTENDED.value,
}
DECISIONS: Final = frozenset(EVENT_OF.values())
_PAYLOAD_DEPTH: Final = 96

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where deciding again does not give what is recorded; `index` is the event's position in the log."""

    index: int
    action: str
    field: str
    recorded: object
    recomputed: object


@dataclass(frozen=True, slots=True)
class RecheckReport:
    """What came of deciding again. `summed` denials were only counted when they happened, so nobody can repeat them.

    `erased` decisions rest on something that was forgotten, which the record itself says: they are no difference.
    """

    decided: int
    identical: int
    erased: int
    summed: int
    runs: int
    differences: tuple[Difference, ...]


class _ErasedError(Exception):
    """A part of a decision was forgotten, and the record says so."""


class _UnreadableError(Exception):
    """A part of a decision cannot be read back; the arguments are the field and the reason."""


def recheck(files: Mapping[str, bytes], run: str | None, progress: Progress | None = None) -> RecheckReport:
    """Decide every recorded decision of one run, or of all, again; `progress` hears done and total.

    Raises `BundleError` when the log itself cannot be read, `Refusal` when it does not know the run.
    """
    events = list(_events(files))
    if run is not None and not any(leaf.get("run") == run for _, leaf in events):
        raise Refusal("unknown", f"the export holds no run `{run}`; `bailiwick run list` shows the runs there are")
    chosen = [
        (index, leaf)
        for index, leaf in events
        if leaf.get("type") in DECISIONS and (run is None or leaf.get("run") == run)
    ]
    again = _Again(files, bundle.forgotten(files))
    differences: list[Difference] = []
    identical = erased = 0
    for done, (index, leaf) in enumerate(chosen, 1):
        found = again.differences(index, leaf)
        if found is None:
            erased += 1
        else:
            identical += not found
            differences += found
        if progress is not None:
            progress(done, len(chosen))
    summed = 0 if run else sum(_summed(leaf) for _, leaf in events)
    runs = len({leaf.get("run") for _, leaf in chosen})
    return RecheckReport(len(chosen), identical, erased, summed, runs, tuple(differences))


def _events(files: Mapping[str, bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, entry in enumerate(bundle.entries(files)):
        try:
            leaf = canonical.read_canonical(entry)
        except canonical.CanonicalError as error:
            raise bundle.BundleError(f"entry {index} is not a leaf: {error}; verify the export first") from error
        if not isinstance(leaf, dict):
            raise bundle.BundleError(f"entry {index} is not a json object; verify the export first")
        yield index, leaf


def _summed(leaf: Mapping[str, Any]) -> int:
    data = leaf.get("data")
    if leaf.get("type") != EventType.ACTION_DENIALS_COUNTED.value or not isinstance(data, Mapping):
        return 0
    count = data.get("count")
    return count if type(count) is int else 0


@dataclass(slots=True)
class _Again:
    """Decides again with what the files hold; documents are compiled once."""

    files: Mapping[str, bytes]
    forgotten: Forgotten
    policies: dict[tuple[str, str], Policy] = field(default_factory=dict)
    schemas: dict[str, Mapping[str, SchemaCheck]] = field(default_factory=dict)

    def differences(self, index: int, leaf: Mapping[str, Any]) -> list[Difference] | None:
        """Every difference of one decision; a part that cannot be read is one. None when a part was forgotten."""
        found = _Found(index, str(leaf.get("action", "")))
        try:
            self._compare(leaf, found)
        except _ErasedError:
            return None
        except _UnreadableError as error:
            part, reason = error.args
            found.add(part, "unreadable", reason)
        return found.differences

    def _compare(self, leaf: Mapping[str, Any], found: "_Found") -> None:
        data = _mapping(leaf.get("data"), "data")
        payload = self._payload(leaf, found.index)
        for trouble in fact_troubles(payload["facts"]):
            raise _UnreadableError("facts", trouble)
        request, facts = _read_request(payload["request"]), Facts.from_document(payload["facts"])
        policy = self._policy(data)
        self._compare_inputs(leaf, data, found, request, facts, policy)
        # INVARIANT: `decide` is what the server calls, and it reads nothing but these three values
        again = verdict_document(decide(policy, request, facts))
        recorded = payload["verdict"]
        for name in sorted(again.keys() | recorded.keys()):
            found.compare(f"payload.verdict.{name}", recorded.get(name), again.get(name))
        _compare_leaf(leaf, data, found, again)

    def _compare_inputs(
        self,
        leaf: Mapping[str, Any],
        data: Mapping[str, Any],
        found: "_Found",
        request: Request,
        facts: Facts,
        policy: Policy,
    ) -> None:
        argument_bytes = canonical.encode_any(dict(request.arguments))
        digest = action_digest(request.connector, request.tool, argument_bytes)
        known = policy.catalogue.tools.get(request.tool)
        found.compare("payload.request.digest", request.digest, digest)
        found.compare("payload.request.agent", request.agent, _mapping(leaf.get("actor"), "actor").get("id"))
        found.compare("payload.request.run", request.run, leaf.get("run"))
        found.compare("connector", data.get("connector"), request.connector if known else "")
        found.compare("tool", data.get("tool"), request.tool if known else "")
        found.compare("payload.facts.at_us", facts.at_us, leaf.get("at_us"))
        found.compare("payload.facts.decider", facts.decider, DECIDER)
        found.compare("payload.facts.definition", facts.definition, known.definition_digest if known else "")
        schema = self._schemas(policy.catalogue_digest).get(request.tool)
        trouble = schema.trouble(request.arguments) if schema else None
        found.compare("payload.facts.schema_error", facts.schema_error, trouble)
        entry = policy.catalogue.resolve(request.tool, request.arguments)
        touched = data_touched(entry, request.arguments)
        for name in ("effect", "reads", "sends"):
            found.compare(name, data.get(name), touched.get(name))
        documents = [name for name in (policy.charter_digest, policy.catalogue_digest) if name]
        found.compare("documents", leaf.get("documents"), documents)

    def _payload(self, leaf: Mapping[str, Any], index: int) -> dict[str, dict[str, Any]]:
        commitment = _mapping(leaf.get("payload"), "payload").get("commitment")
        try:
            skeleton = self._body(commitment)
        except KeyError:
            if self.forgotten.payload(leaf):
                raise _ErasedError from None
            raise _UnreadableError("payload", "the export has no such payload") from None

        def segment(name: str) -> bytes | None:
            try:
                return self._body(name)
            except KeyError:
                if self.forgotten.segment(index, name):
                    return None
                raise _UnreadableError("payload", f"the export has no segment `{name}`") from None

        payload = join(skeleton, segment)
        if payload.erased:
            raise _ErasedError
        parts = _mapping(payload.value, "payload")
        return {name: _mapping(parts.get(name), f"payload.{name}") for name in ("request", "facts", "verdict")}

    def _body(self, commitment: object) -> bytes:
        """The bytes of a payload, strictly read before anybody else reads them; raises `KeyError`."""
        try:
            body = bundle.payload_body(self.files[bundle.payload_path(commitment)])
            value = canonical.decode_strict(body, max_bytes=len(body), max_depth=_PAYLOAD_DEPTH)
        except (bundle.BundleError, canonical.CanonicalError) as error:
            raise _UnreadableError("payload", str(error)) from None
        if canonical.encode_sorted(value) != body:
            raise _UnreadableError("payload", "it is not as the store writes it")
        return body

    def _policy(self, data: Mapping[str, Any]) -> Policy:
        charter, catalogue = str(data.get("charter")), str(data.get("catalogue"))
        key = (charter, catalogue)
        if key not in self.policies:
            body = None if catalogue == NO_CATALOGUE else self._document(catalogue, "catalogue")
            try:
                self.policies[key] = read_policy(self._document(charter, "charter"), body, charter, catalogue)
            except _UnreadableError:
                raise
            except Exception as error:
                sentence = f"the documents cannot be compiled ({type(error).__name__}: {error})"
                raise _UnreadableError("documents", sentence) from error
        return self.policies[key]

    def _schemas(self, catalogue: str) -> Mapping[str, SchemaCheck]:
        if catalogue == NO_CATALOGUE:
            return {}
        if catalogue not in self.schemas:
            definitions = read_catalogue_document(self._document(catalogue, "catalogue"))[1]
            self.schemas[catalogue] = {item["name"]: SchemaCheck(item["inputSchema"]) for item in definitions}
        return self.schemas[catalogue]

    def _document(self, name: str, part: str) -> bytes:
        try:
            return self.files[bundle.document_path(name)]
        except KeyError:
            raise _UnreadableError(part, f"the export has no document `{name}`") from None
        except bundle.BundleError as error:
            raise _UnreadableError(part, str(error)) from None


@dataclass(slots=True)
class _Found:
    index: int
    action: str
    differences: list[Difference] = field(default_factory=list)

    def add(self, name: str, recorded: object, recomputed: object) -> None:
        self.differences.append(Difference(self.index, self.action, name, recorded, recomputed))

    def compare(self, name: str, recorded: object, recomputed: object) -> None:
        # INVARIANT: exact types; True is not 1
        if type(recorded) is not type(recomputed) or recorded != recomputed:
            self.add(name, recorded, recomputed)


def _compare_leaf(leaf: Mapping[str, Any], data: Mapping[str, Any], found: _Found, again: Mapping[str, object]) -> None:
    """Hold what the log itself says against the verdict; the approval that an `ask` opened is not its own."""
    found.compare("type", leaf.get("type"), EVENT_OF[str(again["verdict"])])
    for name in ("verdict", "rules", "tier", "code"):
        found.compare(name, data.get(name), again.get(name))
    found.compare("name", data.get("name"), again["action"])
    if again["verdict"] == "allow":
        found.compare("approval", data.get("approval"), again["approval"])
    elif again["verdict"] == "ask":
        found.compare("approval", type(data.get("approval")).__name__, "str")


def _read_request(document: Mapping[str, Any]) -> Request:
    try:
        request = Request.from_document(document)
        # the store sorts keys its own way; a decision read them in canonical order
        request = replace(request, arguments=rewritten_arguments(request.arguments)[0])
    except (KeyError, TypeError) as error:
        raise _UnreadableError("payload.request", f"it is not a request ({error})") from None
    if request.document() != document:
        raise _UnreadableError("payload.request", "it does not read back as it stands")
    return request


def _mapping(value: object, part: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _UnreadableError(part, "it is not an object")
    return cast("dict[str, Any]", value)

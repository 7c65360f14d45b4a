"""Every event of the record as one sentence for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bailiwick.core.event import RecordedEvent
from bailiwick.core.phrase import joined
from bailiwick.flow.approval_view import entry_of
from bailiwick.flow.payload import commitment_of, read_payload
from bailiwick.flow.people import People
from bailiwick.flow.policy import PolicySource
from bailiwick.ports.reader import Reader
from bailiwick.web.shell import scope_words

Leaf = Mapping[str, Any]


@dataclass(slots=True)
class Teller:
    """Tells events; names come from the rows, words that were typed from the payloads."""

    reader: Reader
    policies: PolicySource
    people: People
    _payloads: dict[int, Mapping[str, Any] | None] = field(default_factory=dict)

    def tell(self, event: RecordedEvent) -> str:
        """The sentence; an event of a later version is told by its tag."""
        told = _TOLD.get(event.leaf["type"])
        return told(self, event) if told else f"`{event.leaf['type']}`, which this version does not know"

    def actor(self, leaf: Leaf) -> str:
        """Who did it, by name where it is a person."""
        actor = leaf["actor"]
        return self.people.name(actor["id"]) if actor["kind"] == "person" else str(actor["id"])

    def payload(self, event: RecordedEvent) -> Mapping[str, Any] | None:
        """What the payload says; None when it was erased, empty when there is none."""
        if event.index not in self._payloads:
            found = read_payload(self.reader, event)
            gone: Mapping[str, Any] | None = None if commitment_of(event.leaf) else {}
            self._payloads[event.index] = found.value if found else gone
        return self._payloads[event.index]

    def typed(self, event: RecordedEvent, name: str) -> str:
        """A text of the payload, as a person typed it."""
        return str((self.payload(event) or {}).get(name) or "")

    def does(self, data: Mapping[str, Any]) -> str:
        """What the action is called."""
        connector = str(data.get("connector") or "")
        catalogue = data.get("catalogue") or (self.policies.catalogue_in_force(connector) if connector else "")
        name = data.get("name")
        entry = entry_of(self.policies, str(catalogue), str(name) if name else None)
        if entry is not None:
            return entry.sentence
        known = name or data.get("tool")
        return f"do `{known}`" if known else "use a tool that nothing lists"


def _decided(words: str) -> Callable[[Teller, RecordedEvent], str]:
    def told(teller: Teller, event: RecordedEvent) -> str:
        return f"{teller.actor(event.leaf)} {words} {teller.does(event.leaf['data'])}"

    return told


def _denied(teller: Teller, event: RecordedEvent) -> str:
    verdict = (teller.payload(event) or {}).get("verdict") or {}
    why = verdict.get("sentence") or event.leaf["data"]["code"]
    return f"{teller.actor(event.leaf)} may not {teller.does(event.leaf['data'])}: {why}"


def _outcome(word: str) -> Callable[[Teller, RecordedEvent], str]:
    def told(teller: Teller, event: RecordedEvent) -> str:
        data, trouble = event.leaf["data"], teller.typed(event, "trouble")
        text = f"{word} {data.get('agent', '')}: {teller.does(data)}"
        return f"{text}; {trouble}" if trouble else text

    return told


def _approval(words: str) -> Callable[[Teller, RecordedEvent], str]:
    def told(teller: Teller, event: RecordedEvent) -> str:
        data, comment = event.leaf["data"], teller.typed(event, "comment")
        head = words.format(who=teller.actor(event.leaf), slots=joined(data.get("slots", [])), **_voted(data))
        text = f"{head} `{data.get('name', data['approval'])}` of {data.get('agent', 'an agent')}"
        return f"{text}: “{comment}”" if comment else text

    return told


def _voted(data: Mapping[str, Any]) -> dict[str, str]:
    return {
        "voted": {"approve": "approved", "deny": "denied"}.get(data.get("vote", ""), ""),
        "slot": data.get("slot", ""),
    }


def _said(words: str) -> Callable[[Teller, RecordedEvent], str]:
    """A sentence with fields of `data`, and `{who}` for the actor."""

    def told(teller: Teller, event: RecordedEvent) -> str:
        return words.format_map({**event.leaf["data"], "who": teller.actor(event.leaf)})

    return told


def _person(verb: str) -> Callable[[Teller, RecordedEvent], str]:
    def told(teller: Teller, event: RecordedEvent) -> str:
        data = event.leaf["data"]
        name = teller.people.name(data.get("person")) or "a person"
        roles = joined(data["roles"]) or "none"
        asleep = "" if data.get("active", True) else ", no longer active"
        return f"{teller.actor(event.leaf)} {verb} {name}; roles: {roles}{asleep}"

    return told


def _run_opened(teller: Teller, event: RecordedEvent) -> str:
    data, who = event.leaf["data"], teller.actor(event.leaf)
    intent = teller.typed(event, "intent")
    if not data["declared"] or not intent:
        return f"{who} started work on {data['workflow']} without saying what for"
    return f"{who} opened a run: {intent}"


def _tool(words: str) -> Callable[[Teller, RecordedEvent], str]:
    def told(teller: Teller, event: RecordedEvent) -> str:
        sentence = teller.typed(event, "sentence") or f"a tool of `{event.leaf['data']['connector']}`"
        text = f"{sentence[:1].upper()}{sentence[1:]}; {words.format(who=teller.actor(event.leaf))}"
        note = teller.typed(event, "note")
        return f"{text}: “{note}”" if note else text

    return told


def _halt(verb: str) -> Callable[[Teller, RecordedEvent], str]:
    def told(teller: Teller, event: RecordedEvent) -> str:
        scope = scope_words(event.leaf["data"]["scope"])
        text = f"{teller.actor(event.leaf)} {verb} {scope[:1].lower()}{scope[1:]}"
        reason = teller.typed(event, "reason")
        return f"{text}: “{reason}”" if reason else text

    return told


def _retention(teller: Teller, event: RecordedEvent) -> str:
    data = event.leaf["data"]
    most = f"{data['most_days']} days at most" if data["most_days"] else "for ever"
    head = f"{teller.actor(event.leaf)} set that payloads of class `{data['class']}` are kept"
    return f"{head} {data['keep_days']} days at least and {most}"


def _pruned(_: Teller, event: RecordedEvent) -> str:
    data = event.leaf["data"]
    return f"{data['payloads']} payloads of class `{data['class']}` were past their time and were removed"


def _place(event: RecordedEvent, what: str) -> str:
    return f"`{event.leaf['data']['place']}` ({event.leaf['data']['kind']}) {what}"


_TOLD: Final[Mapping[str, Callable[[Teller, RecordedEvent], str]]] = {
    "installation.started": _said("Bailiwick {version} started, and found {unsettled} actions without an outcome"),
    "installation.declared": _said("{who} declared that this installation is run in {mode} mode"),
    "person.added": _person("added"),
    "person.changed": _person("changed"),
    "person.signed_in": _said("{who} signed in by {by}"),
    "connector.added": _said("{who} added the connector `{connector}`"),
    "connector.changed": _said("{who} changed the connector `{connector}`: {change}"),
    "catalogue.imported": _said(
        "{who} imported the catalogue of `{connector}`: {reviewed} tools reviewed, {quarantined} not"
    ),
    "tool.quarantined": _tool("in quarantine"),
    "tool.reviewed": _tool("accepted by {who}"),
    "charter.proposed": _said("{who} proposed a version of charter `{name}`"),
    "charter.seconded": _said("{who} agreed, as an owner, to the proposed version of charter `{name}`"),
    "charter.withdrawn": _said("{who} took back the proposed version of charter `{name}`"),
    "charter.tagged": _said("{who} moved the tag `{tag}` of charter `{name}`"),
    "charter.published": _said("{who} published version {version} of charter `{name}`"),
    "agent.enrolled": _said("{who} enrolled {name} under charter `{charter_name}`"),
    "agent.revoked": _said("{who} revoked {name}"),
    "token.issued": _said("{who} got a token"),
    "run.opened": _run_opened,
    "run.ended": _said("{who} ended the run: {outcome}"),
    "run.attested": _said("{who} took a signed account of what data the run touched"),
    "action.denied": _denied,
    "action.denials_counted": _said("{who} was refused {count} more times within a minute"),
    "action.asked": _decided("asked to"),
    "action.intended": _decided("was allowed to"),
    "action.succeeded": _outcome("Done for"),
    "action.failed": _outcome("Failed for"),
    "action.unknown": _outcome("Outcome unknown for"),
    "action.reconciled": _said("{who} settled `{name}` of {agent} as {outcome}"),
    "approval.opened": _approval("{slots} asked to decide"),
    "approval.voted": _approval("{who} {voted} as {slot}:"),
    "approval.approved": _approval("Everybody asked approved"),
    "approval.denied": _approval("Denied:"),
    "approval.expired": _approval("Nobody decided or used in time:"),
    "subject.erased": _said("{who} had the {kind} {subject} forgotten: {segments} parts of {events} events"),
    "retention.set": _retention,
    "record.pruned": _pruned,
    "record.bundled": _said("{who} took the first {size} events away as evidence: {files} files"),
    "halt.set": _halt("stopped"),
    "halt.lifted": _halt("resumed"),
    "anchor.added": lambda _, event: _place(event, "is anchored at from now on"),
    "anchor.changed": lambda _, event: _place(event, "has new settings"),
    "anchor.removed": lambda _, event: _place(event, "is anchored at no more"),
    "record.anchored": lambda _, event: _place(event, f"holds the first {event.leaf['data']['size']} events"),
    "server.stopped": _said("The server `{server}` stopped and left {unsettled} actions without an outcome"),
    "server.lost": _said("The server `{server}` fell silent and left {unsettled} actions without an outcome"),
    "server.returned": _said("The server `{server}` is back: it had only been silent"),
}

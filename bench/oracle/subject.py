"""What is judged: our own decision, from the same documents, along the way that a call takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from bailiwick.flow.prepare import local_time
from bailiwick.ledger import canonical
from bench.oracle import cedar
from bench.oracle.case import Call
from bench.oracle.terms import Terms

CHARTER = "sha256:charter"
DIGESTS = {"digest": "sha256:call", "definition": "sha256:definition", "charter": CHARTER}


@dataclass(frozen=True)
class Reply:
    """Our verdict in the words of `cedar`; `reason` is the code of a refusal."""

    verdict: str
    reason: str | None = None
    sentence: str = ""


class Subject:
    """One charter compiled by our own code.

    `core` names the package that holds it, so that a changed copy can be judged as well.
    """

    def __init__(self, terms: Terms, core: str = "bailiwick.core") -> None:
        self._catalogue, self._decide, self._facts, self._request, verdicts = (
            import_module(f"{core}.{name}") for name in ("catalogue", "decide", "facts", "request", "verdict")
        )
        self._allow, self._ask = verdicts.Allow, verdicts.Ask
        charter = import_module(f"{core}.charter").parse_charter(terms.charter)
        catalogue = import_module(f"{core}.catalogue_form").parse_catalogue(terms.catalogue, definitions(terms))
        self.charter = charter
        self.policy = self._decide.compile_policy(charter, CHARTER, catalogue, "sha256:catalogue")

    def reply(self, call: Call) -> Reply:
        """The verdict on one call."""
        try:
            arguments = canonical.decode_strict(call.arguments.encode())
        except canonical.CanonicalError as trouble:
            return Reply(cedar.DENY, cedar.UNREADABLE, str(trouble))
        if not isinstance(arguments, dict):
            return Reply(cedar.DENY, cedar.UNREADABLE)
        request = self._request.Request(
            "agent", "run", "be judged", "acme", call.tool, self._sent(call.tool, arguments), DIGESTS["digest"]
        )
        verdict = self._decide.decide(self.policy, request, self._stated(call.facts))
        if isinstance(verdict, self._allow):
            return Reply(f"allow {verdict.tier.word}")
        if isinstance(verdict, self._ask):
            return Reply(cedar.ASK)
        return Reply(cedar.DENY, verdict.code.value, verdict.sentence)

    def _sent(self, tool: str, arguments: dict[str, Any]) -> Any:
        """The arguments as `flow.prepare` would send them."""
        written: Any = canonical.rewritten(arguments)[0]
        check = self.policy.check(tool, written)
        try:
            filled = self._catalogue.apply_defaults(check.entry, written) if check else written
        except ValueError:
            filled = written
        return canonical.rewritten(filled)[0]

    def _stated(self, facts: Mapping[str, Any]) -> Any:
        words, run, consent = self._facts, facts["run"], facts["consent"]
        return words.Facts(
            at_us=facts["at_us"],
            decider=self._decide.DECIDER,
            definition=DIGESTS["definition"],
            revoked="the agent was dismissed" if facts["revoked"] else None,
            connector_stop="the credential is too old" if facts["connector_stopped"] else None,
            schema_error="an argument has the wrong type" if facts["schema_broken"] else None,
            quarantine="the tool changed" if facts["quarantined"] else None,
            local={zone: local_time(zone, facts["at_us"]) for zone in self._zones()},
            halts=(words.HaltFact("all", "a drill"),) if facts["halted"] else (),
            run=words.RunFact(
                "open" if run["open"] else "finished",
                run["calls"],
                run["elapsed_us"],
                run["repeats"],
                run["failures"],
            ),
            totals=facts["totals"],
            twin=words.TwinFact("act-1", "unknown") if facts["twin"] else None,
            approval=self._approval(consent) if consent else None,
            seen=facts["seen"],
            done=facts["done"],
            spent=facts["spent"],
        )

    def _approval(self, consent: Mapping[str, Any]) -> Any:
        digests = {name: own if consent[name] == cedar.THIS else "sha256:other" for name, own in DIGESTS.items()}
        return self._facts.ApprovalFact(
            "apr-1", consent["status"], **digests, use_by_us=consent["use_by_us"], filled=consent["filled"]
        )

    def _zones(self) -> set[str]:
        windows = [self.charter.when, *(grant.when for grant in self.charter.grants)]
        return {window.zone for window in windows if window}


def definitions(terms: Terms) -> list[dict[str, Any]]:
    """Tool definitions that name every argument of the terms; what they allow is a fact, not checked here."""
    paths = sorted(terms.paths)
    return [{"name": tool, "inputSchema": _schema(paths)} for tool in terms.tools]


def _schema(paths: list[str]) -> dict[str, Any]:
    heads = {path.partition(".")[0] for path in paths}
    return {"type": "object", "properties": {head: {"type": "object"} for head in sorted(heads)}}

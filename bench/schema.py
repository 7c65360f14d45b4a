"""The API against its own OpenAPI document: `python -m bench.schema [--examples N]`.

Schemathesis with every check, signed in, over HTTP to a seeded server. Ends with one line that carries the figures
and exits non-zero unless nothing fails and every operation reached a 2xx.
"""

import argparse
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from schemathesis.engine import Status, events, from_schema

from bench.seeded import AGENT, CONNECTOR
from bench.stage import SPARE, Stage, stage

OPEN: Final = ("/oauth/", "/.well-known/", "/health", "/v1/sessions")
CONFIG: Final[dict[str, Any]] = {
    "seed": 20261122,
    "checks": {
        # 422 says: it fits the document and still cannot be meant (a charter text with a typo, an unknown role)
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "409", "422", "429", "502"],
        },
        # what is too long for its field may be too long for a body at all
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"],
        },
    },
    "operations": [
        # a gateway says 502 when the system behind it is not there; the operation documents it
        {
            "include-path-regex": "/v1/connectors/",
            "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "4xx", "502"]}},
        },
        # AuthZEN has no 422: a page token of another search, or a denial that binds to nothing, is a bad request too
        {
            "include-path-regex": "/access/v1/",
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "409", "410"]},
            },
        },
    ],
}


@dataclass(slots=True)
class Result:
    """What a run of the suite found."""

    operations: set[str] = field(default_factory=set)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def reached(self) -> set[str]:
        """Operations that answered a 2xx at least once."""
        return {label for label, seen in self.statuses.items() if any(200 <= status < 300 for status in seen)}

    @property
    def line(self) -> str:
        """The closing line."""
        failed = len(self.failures) + len(self.errors)
        return f"schema: {len(self.operations)} operations, {len(self.reached)} reached 2xx, {failed} failures"

    @property
    def good(self) -> bool:
        """Whether the document and the API agree."""
        return bool(self.operations) and self.reached >= self.operations and not self.failures and not self.errors

    def take(self, event: events.EngineEvent) -> None:
        """Count one event of the engine."""
        if isinstance(event, events.FatalError):
            self.errors.append(repr(event.exception))
        elif isinstance(event, events.NonFatalError):
            self.errors.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.ScenarioFinished):
            self._scenario(event)

    def _scenario(self, event: events.ScenarioFinished) -> None:
        for case_id, interaction in event.recorder.interactions.items():
            node = event.recorder.cases.get(case_id)
            if node is not None and interaction.response is not None:
                self.statuses[node.value.operation.label][interaction.response.status_code] += 1
        for case_id, checks in event.recorder.checks.items():
            for check in checks:
                if check.status == Status.FAILURE and check.failure_info is not None:
                    label = event.recorder.cases[case_id].value.operation.label
                    info = check.failure_info
                    text = f"{info.failure.title}: {info.failure.message}\n    {info.code_sample}"
                    self.failures.setdefault((label, check.name), text)


def examine(on: Stage, examples: int, *, quick: bool = False) -> Result:
    """Run every phase with every check against the server; `quick` leaves out boundary values and sequences."""
    settings = CONFIG | {"generation": {"max-examples": examples, "deterministic": True, "database": "none"}}
    if quick:
        settings |= {"phases": {"coverage": {"enabled": False}, "stateful": {"enabled": False}}}
    config = schemathesis.Config.from_dict(settings)
    schema = schemathesis.openapi.from_url(f"{on.url}/openapi.json", config=config)
    supply(schema, on)
    result = Result({found.ok().label for found in schema.get_all_operations()})
    for event in from_schema(schema).execute():
        result.take(event)
    return result


def supply(schema: Any, on: Stage) -> None:
    """Give the schema's cases a signed-in session, and every second valid case values that exist."""
    turns: Counter[str] = Counter()

    @schema.auth(refresh_interval=None)
    class Signed:
        def get(self, case: Any, _context: Any) -> str | None:
            label = case.operation.label
            return (
                None
                if label.partition(" ")[2].startswith(OPEN[:3]) or label == "POST /v1/sessions"
                else on.token(label)
            )

        def set(self, case: Any, data: str | None, _context: Any) -> None:
            if data is not None:
                case.headers["Authorization"] = f"Bearer {data}"

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        label = case.operation.label
        positive = case.meta is None or case.meta.generation.mode.is_positive
        turns[label] += positive
        if positive and turns[label] % 2 == 1:
            _fill(case, on, label)
        _spare(case)


def _fill(case: Any, on: Stage, label: str) -> None:
    wanted = on.wanted(label)
    if wanted is None:
        return
    case.path_parameters.update(wanted.path)
    if wanted.body is not None:
        case.body = wanted.body
    if wanted.token is not None and "Authorization" in case.headers:
        case.headers["Authorization"] = f"Bearer {wanted.token}"


def _spare(case: Any) -> None:
    """Keep what the rest of the test stands on: its agent and its connector; and run no made-up programs."""
    method, path, values = case.operation.method.upper(), case.operation.path, case.path_parameters
    if method == "DELETE" and path == "/v1/agents/{name}" and values.get("name") == AGENT:
        values["name"] = "somebody-else"
    if method == "PUT" and path == "/v1/connectors/{name}":
        if values.get("name") == CONNECTOR:
            values["name"] = SPARE
        if isinstance(case.body, dict) and isinstance(case.body.get("command"), list) and case.body["command"]:
            case.body["command"] = ["false" for _ in case.body["command"]]


def main(argv: list[str]) -> int:
    """Run the suite, print what failed and the closing line."""
    parser = argparse.ArgumentParser(prog="python -m bench.schema", description=__doc__)
    parser.add_argument("--examples", type=int, default=50, help="generated cases an operation and phase")
    parser.add_argument("--quick", action="store_true", help="generated cases only: no boundary values, no sequences")
    parser.add_argument("--statuses", action="store_true", help="print which statuses each operation answered")
    options = parser.parse_args(argv)
    with stage() as on:
        result = examine(on, options.examples, quick=options.quick)
    for (label, check), text in sorted(result.failures.items()):
        print(f"FAILED {label} {check}\n    {text}\n")
    for error in result.errors:
        print(f"ERROR {error}\n")
    if options.statuses:
        for label, seen in sorted(result.statuses.items()):
            print(f"{label}: {dict(sorted(seen.items()))}")
    for label in sorted(result.operations - result.reached):
        print(f"NO 2XX {label}: {dict(sorted(result.statuses[label].items()))}")
    print(result.line)
    return 0 if result.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

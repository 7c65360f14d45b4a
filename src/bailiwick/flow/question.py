"""What may be asked of a decision: which request, by whom, under which charter, on which facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bailiwick.core.path import ABSENT, look, with_value
from bailiwick.core.refusal import Refusal
from bailiwick.core.request import Request
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.occasion import Recorded
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.week_time import WeekTime

SEPARATOR: Final = "__"
NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Stated:
    """What is assumed of the facts; None and names left out stay as they are.

    `week_time` is the first such time from now on, or from the recorded action on.
    `totals` are sums such as `day.records` before this call, `spent` budgets such as `day.usd` (money in micros),
    `done` actions that the run's tree came to, as `intended` or `succeeded`.
    """

    at_us: int | None = None
    week_time: WeekTime | None = None
    calls: int | None = None
    elapsed_us: int | None = None
    repeats: int | None = None
    failures: int | None = None
    totals: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about. `action` is a recorded one; otherwise `tool` is `connector__tool` or an action's name.

    `agent` asks as that agent, under its charter unless `charter` (with a `version`) or `source` names another one.
    Its facts are those of now, in `run` or in a run that is just opened; `fresh` leaves out all it did before.
    """

    tool: str | None = None
    arguments: Mapping[str, object] | None = None
    action: str | None = None
    agent: str | None = None
    charter: str | None = None
    version: int | None = None
    source: str | None = None
    run: str | None = None
    fresh: bool = False


def asked_request(question: Question, recorded: Recorded | None, policies: PolicySource) -> Request:
    """The request as it is asked, not yet read under a charter."""
    if recorded is not None:
        request = recorded.request
        connector, tool, when = (
            _tool(question.tool, policies) if question.tool else (request.connector, request.tool, {})
        )
        arguments = request.arguments if question.arguments is None else _with(question.arguments, when)
        return replace(
            request, agent=question.agent or request.agent, connector=connector, tool=tool, arguments=arguments
        )
    if question.tool is None:
        raise Refusal("invalid", "name what is asked: a tool as agents see it, an action, or one on the record")
    connector, tool, when = _tool(question.tool, policies)
    return Request(
        agent=question.agent or NOBODY,
        run=question.run or "",
        intent="",
        connector=connector,
        tool=tool,
        arguments=_with(question.arguments or {}, when),
        digest="",
    )


def _tool(name: str, policies: PolicySource) -> tuple[str, str, Mapping[str, object]]:
    """Connector and tool, and the arguments that a named action implies."""
    connector, _, tool = name.partition(SEPARATOR)
    if tool:
        return connector, tool, {}
    connector = name.partition(".")[0]
    reviewed = reviewed_tools(policies, policies.catalogue_in_force(connector))
    entry = reviewed.catalogue.action(name) if reviewed else None
    if entry is None:
        sentence = f"`{name}` is no action and no tool; write `connector__tool` as agents see it, or `crm.contact.read`"
        raise Refusal("invalid", sentence)
    return connector, entry.tool, entry.when


def _with(arguments: Mapping[str, object], when: Mapping[str, object]) -> Mapping[str, object]:
    for path, value in when.items():
        if look(arguments, path) is ABSENT:
            try:
                arguments = with_value(arguments, path, value)
            except ValueError:
                continue  # something that is no object stands in the way, so it is another action
    return arguments

"""The tools an agent may see: those with at least one action its charter grants and does not forbid."""

from collections.abc import Callable
from typing import Any, Final

from bailiwick.flow.policy import PolicySource

SEPARATOR: Final = "__"
AWAIT_APPROVAL: Final = "await_approval"
LONGEST_WAIT_S: Final = 25
Holds = Callable[[str, str], bool]
"""Whether a tool of a connector is in quarantine."""

AWAIT_APPROVAL_TOOL: Final[dict[str, Any]] = {
    "name": AWAIT_APPROVAL,
    "title": "Wait for an approval",
    "description": (
        "Wait until people have decided on a pending approval, at most wait_s seconds. "
        "When it is approved, repeat exactly the call that was waiting."
    ),
    "inputSchema": {
        "type": "object",
        "properties": {
            "approval_id": {"type": "string", "description": "the approval_id of the pending result"},
            "wait_s": {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT_S, "default": LONGEST_WAIT_S},
        },
        "required": ["approval_id"],
        "additionalProperties": False,
    },
    "annotations": {"readOnlyHint": True, "openWorldHint": False},
}


def wire_name(connector: str, tool: str) -> str:
    """The name of a tool on the wire; model APIs refuse dots."""
    return f"{connector}{SEPARATOR}{tool}"


def split_name(name: str) -> tuple[str, str]:
    """Connector and tool of a wire name; connector names hold no underscore, so the first separator decides."""
    connector, _, tool = name.partition(SEPARATOR)
    return connector, tool


def visible_tools(policies: PolicySource, agent: str, holds: Holds, run: str | None = None) -> list[dict[str, Any]]:
    """Raw definitions of every visible tool under its wire name, in a stable order; none that is in quarantine."""
    charter = policies.charter_of_run(agent, run)
    listed = []
    for connector in policies.connectors():
        catalogue = policies.catalogue_in_force(connector)
        policy, tools = policies.policy(charter, catalogue), policies.tools(catalogue)
        granted = {c.entry.tool for c in policy.checks.values() if c.grant is not None and c.cannot is None}
        listed += [
            {**definition, "name": wire_name(connector, name)}
            for name, definition in sorted(tools.definitions.items())
            if name in granted and not holds(connector, name)
        ]
    return [*listed, AWAIT_APPROVAL_TOOL]


def header_schema(policies: PolicySource, name: str) -> dict[str, Any] | None:
    """The input schema of a wire tool when parts of it travel as headers too, else None: nothing to compare."""
    connector, tool = split_name(name)
    catalogue = policies.catalogue_in_force(connector)
    definition = policies.tools(catalogue).definitions.get(tool) if catalogue else None
    schema = definition["inputSchema"] if definition else None
    return schema if schema and "x-mcp-header" in str(schema) else None

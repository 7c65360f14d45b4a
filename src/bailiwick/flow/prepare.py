"""The private facts of an action: what can be known of it before the writer looks at the shared rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bailiwick.core.catalogue import ActionEntry, apply_defaults
from bailiwick.core.check import Check
from bailiwick.core.decide import Policy
from bailiwick.flow.policy import NO_CATALOGUE, PolicySource, ReviewedTools
from bailiwick.ledger import canonical


@dataclass(frozen=True, slots=True)
class Prepared:
    """One call, ready to be decided: `argument_bytes` are the digested bytes and the only ones ever dispatched.

    `canary` is the version on trial, if there is one, under which the writer decides the runs that take part.
    """

    agent: str
    epoch: int
    run: str | None
    parent: str | None
    connector: str
    tool: str
    arguments: Mapping[str, object]
    argument_bytes: bytes
    digest: str
    policy: Policy
    entry: ActionEntry | None
    definition: str
    schema_error: str | None
    local: Mapping[str, tuple[int, int]]
    canary: Policy | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the agent sent, parsed strictly: `connector` and `tool` may name nothing that exists.

    `traceparent` and `tracestate` are its W3C trace context, unread; nothing is decided by it.
    """

    agent: str
    epoch: int
    run: str | None
    parent: str | None
    connector: str
    tool: str
    arguments: Mapping[str, object]
    traceparent: str = ""
    tracestate: str = ""


@dataclass(frozen=True, slots=True)
class CallReading:
    """What a call means under one policy, read from the call and the documents alone.

    `argument_bytes` are the canonical bytes of `arguments`; `local` has each zone that the charter's hours name.
    """

    arguments: Mapping[str, object]
    argument_bytes: bytes
    digest: str
    entry: ActionEntry | None
    definition: str
    schema_error: str | None
    local: Mapping[str, tuple[int, int]]


def prepare(call: ToolCall, policies: PolicySource, now_us: int) -> Prepared:
    """Gather the private facts; raises `DocumentMissing` when the agent has no charter."""
    charter = policies.charter_in_force(call.agent)
    catalogue = policies.catalogue_in_force(call.connector)
    policy = policies.policy(charter, catalogue)
    tools = policies.tools(catalogue) if catalogue != NO_CATALOGUE else None
    read = read_call(policy, tools, call.connector, call.tool, call.arguments, now_us)
    trial = policies.canary_in_force(call.agent)
    canary = policies.policy(trial, catalogue) if trial else None
    check = canary.check(call.tool, read.arguments) if canary else None
    return Prepared(
        agent=call.agent,
        epoch=call.epoch,
        run=call.run,
        parent=call.parent,
        connector=call.connector,
        tool=call.tool,
        arguments=read.arguments,
        argument_bytes=read.argument_bytes,
        digest=read.digest,
        policy=policy,
        entry=read.entry,
        definition=read.definition,
        schema_error=read.schema_error,
        local={**read.local, **_local(check, now_us)} if check else read.local,
        canary=canary,
    )


def read_call(
    policy: Policy, tools: ReviewedTools | None, connector: str, tool: str, sent: Mapping[str, object], at_us: int
) -> CallReading:
    """What the call means; `tools` are those of the policy's catalogue, None where there is no such catalogue."""
    # INVARIANT: what is decided is what is dispatched, read back from the canonical bytes: numbers, order and all
    arguments, argument_bytes = rewritten_arguments(sent)
    check = policy.check(tool, arguments)
    entry = check.entry if check else None
    if entry and entry.defaults:
        arguments, argument_bytes = rewritten_arguments(with_defaults(entry, arguments))
    known = tools.catalogue.tools.get(tool) if tools else None
    return CallReading(
        arguments=arguments,
        argument_bytes=argument_bytes,
        digest=action_digest(connector, tool, argument_bytes),
        entry=entry,
        definition=known.definition_digest if known else "",
        schema_error=tools.checks[tool].trouble(arguments) if tools and known else None,
        local=_local(check, at_us),
    )


def _local(check: Check | None, at_us: int) -> dict[str, tuple[int, int]]:
    return {window.zone: local_time(window.zone, at_us) for _, window in check.windows} if check else {}


def rewritten_arguments(arguments: Mapping[str, object]) -> tuple[Mapping[str, object], bytes]:
    """The arguments as their canonical bytes read, and those bytes."""
    written, data = canonical.rewritten(dict(arguments))
    return (written if isinstance(written, dict) else arguments), data


def with_defaults(entry: ActionEntry | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
    """The arguments as they will be sent, as far as the catalogue's defaults can be filled in."""
    try:
        return apply_defaults(entry, arguments) if entry else arguments
    except ValueError:
        return arguments  # something else stands in the way of a default; `decide` refuses that


def action_digest(connector: str, tool: str, argument_bytes: bytes) -> str:
    """SHA-256 of the canonical JSON of `{arguments, connector, tool}`, built around the argument bytes themselves."""
    joined = b'{"arguments":%b,"connector":%b,"tool":%b}'
    first, second = (canonical.encode_any(name) for name in (connector, tool))
    return "sha256:" + hashlib.sha256(joined % (argument_bytes, first, second)).hexdigest()


def local_time(zone: str, now_us: int) -> tuple[int, int]:
    """Weekday (0 = Monday) and minute of the day in `zone`."""
    local = datetime.fromtimestamp(now_us / 1_000_000, UTC).astimezone(ZoneInfo(zone))
    return local.weekday(), local.hour * 60 + local.minute

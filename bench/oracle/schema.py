"""The Cedar schema of a charter over a catalogue: with it, a policy that reads what is not there fails to load."""

from collections.abc import Iterable

from bench.oracle.terms import Terms
from bench.oracle.value import SLOTS

_ITEMS = "\n".join(f"  item{at}?: Item," for at in range(SLOTS))
TYPES = f"""\
entity Agent;
entity Connector;
type Item = {{ text?: String, host?: String, fits: Set<String> }};
type Argument = {{
  kind: String,
  token: String,
  place?: Long,
  whole?: Long,
  size?: Long,
  items?: Set<String>,
  comparable: Bool,
{_ITEMS}
}};
type Clock = {{ weekday: Long, minute: Long }};
type Run = {{ open: Bool, calls: Long, elapsed_us: Long, repeats: Long, failures: Long }};
type Consent = {{
  status: String, digest: String, definition: String, charter: String, use_by_us?: Long, filled: Bool,
}};
"""


def text(terms: Terms) -> str:
    """An action for each tool, and one below it that asks whether nobody needs to hear of the call."""
    context = f"""{{
  args: {_record(terms.paths, "Argument", optional=True)},
  at_us: Long, digest: String, definition: String, charter: String,
  revoked: Bool, halted: Bool, connector_stopped: Bool, quarantined: Bool, schema_broken: Bool, twin: Bool,
  run: Run,
  local: {_record(terms.zones, "Clock")},
  totals: {_record(terms.totals, "Long")},
  spent: {_record(terms.budgets, "Long")},
  seen: {_record(terms.unique, "Long", optional=True)},
  intended: Set<String>, succeeded: Set<String>,
  consent?: Consent,
  supposed: Bool,
}}"""
    applies = f"appliesTo {{ principal: [Agent], resource: [Connector], context: {context} }};"
    actions = []
    for tool in terms.tools:
        actions.append(f"action {quoted(calling(tool))} {applies}")
        actions.append(f"action {quoted(quietly(tool))} in [{quoted(calling(tool))}] {applies}")
    return TYPES + "\n".join(actions)


def calling(tool: str) -> str:
    """The action of calling a tool. An agent may send any name, and none of them may be a quiet action."""
    return f"call {tool}"


def quietly(tool: str) -> str:
    """The action of calling a tool without anybody hearing of it."""
    return f"quietly {tool}"


def quoted(text: str) -> str:
    """A Cedar string: printable ASCII stands for itself, everything else is escaped."""
    plain = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(plain.get(c, c if " " <= c <= "~" else f"\\u{{{ord(c):x}}}") for c in text) + '"'


def _record(names: Iterable[str], kind: str, *, optional: bool = False) -> str:
    mark = "?" if optional else ""
    return "{ " + ", ".join(f"{quoted(name)}{mark}: {kind}" for name in sorted(names)) + " }"

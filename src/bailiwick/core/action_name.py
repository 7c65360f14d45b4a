"""The names of actions, `crm.contact.read`, and the patterns over them, `billing.*`."""

import re
from typing import Final

from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading

_SEGMENT: Final = r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*"
ACTION: Final = re.compile(rf"{_SEGMENT}(?:\.{_SEGMENT})+")
PATTERN: Final = re.compile(rf"{_SEGMENT}(?:\.{_SEGMENT})*(?:\.{_SEGMENT}|\.\*)")


def read_action(reading: Reading, value: object, place: Place) -> str:
    """The name of one action."""
    action = reading.text(value, place)
    if action and not ACTION.fullmatch(action):
        hint = "name one action" if "*" in action else "write `connector.action`"
        reading.wrong(place, f"`{action}` is no action: {hint}, as in `crm.contact.read`")
    return action

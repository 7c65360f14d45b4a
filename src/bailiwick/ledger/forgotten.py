"""What a record says is gone: parts of people who were forgotten, and bodies past the time they are kept.

`subject.erased` names in its payload the commitments whose keys were destroyed; `record.pruned` says up to which moment
the bodies of a data class were removed. Whatever else is missing was taken away by somebody who did not say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

ERASED_EVENT: Final = "subject.erased"
PRUNED_EVENT: Final = "record.pruned"
ERASED_LIST: Final = "erased"
"""The key of the list of commitments in the payload of `subject.erased`."""


@dataclass(slots=True)
class Forgotten:
    """Hears the events of a log, in any order; entries are known by their position."""

    _erased: dict[str, int] = field(default_factory=dict)
    _pruned: dict[str, int] = field(default_factory=dict)

    def hear(self, index: int, event: Mapping[str, Any], payload: bytes | None) -> None:
        """Note what an event says is gone; `payload` is the body of its payload."""
        kind = event.get("type")
        if kind == ERASED_EVENT and payload is not None:
            for commitment in _listed(payload):
                self._erased[commitment] = max(index, self._erased.get(commitment, 0))
        elif kind == PRUNED_EVENT:
            data = event.get("data")
            name, until = (data.get("class"), data.get("until_us")) if isinstance(data, Mapping) else (None, None)
            if isinstance(name, str) and type(until) is int:
                self._pruned[name] = max(until, self._pruned.get(name, 0))

    def segment(self, index: int, commitment: str) -> bool:
        """Whether a segment that entry `index` relies on was erased afterwards."""
        return self._erased.get(commitment, -1) > index

    def payload(self, event: Mapping[str, Any]) -> bool:
        """Whether the payload of this event was pruned."""
        payload, at_us = event.get("payload"), event.get("at_us")
        name = payload.get("class") if isinstance(payload, Mapping) else None
        return isinstance(name, str) and type(at_us) is int and at_us < self._pruned.get(name, 0)


def _listed(payload: bytes) -> list[str]:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return []
    listed = value.get(ERASED_LIST) if isinstance(value, dict) else None
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []

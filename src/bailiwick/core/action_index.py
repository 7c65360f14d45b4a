"""Finding the one action that a call means, in a time that does not grow with the catalogue."""

from collections.abc import Iterable, Mapping

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.path import look

_Key = tuple[tuple[type, object], ...]


class ActionIndex:
    """The actions of a catalogue by tool, then by the paths that tell them apart, then by the values there.

    Actions of one tool are disjoint (a catalogue that is not is refused when it is read), so at most one matches.
    """

    def __init__(self, actions: Iterable[ActionEntry]) -> None:
        self._tools: dict[str, dict[tuple[str, ...], dict[_Key, ActionEntry]]] = {}
        for entry in actions:
            paths = tuple(sorted(entry.when))
            # INVARIANT: exact types; True == 1 must not pick an action
            key = tuple((type(entry.when[path]), entry.when[path]) for path in paths)
            self._tools.setdefault(entry.tool, {}).setdefault(paths, {})[key] = entry

    def find(self, tool: str, arguments: Mapping[str, object]) -> ActionEntry | None:
        """The action that these arguments make of the tool, or None: unclassified, so refused."""
        for paths, entries in self._tools.get(tool, {}).items():
            values = [look(arguments, path) for path in paths]
            try:
                entry = entries.get(tuple([(type(value), value) for value in values]))
            except TypeError:  # a list or an object has no hash, and tells no actions apart
                continue
            if entry is not None:
                return entry
        return None

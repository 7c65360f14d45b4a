"""How the payloads of a call are kept: under which data class, and which parts of them are somebody's."""

from collections.abc import Mapping
from typing import Any, Final

from bailiwick.core.catalogue import classes_read
from bailiwick.core.custody import Custody, Path, SubjectName, SubjectRule, class_of, found_parts, owners_of
from bailiwick.core.path import ABSENT, look
from bailiwick.flow.prepare import Prepared

_STRUCTURED: Final = "structuredContent"
# Texts and digests that are made from the arguments: they tell what stands there to whoever guesses it.
_MADE_OF_ARGUMENTS: Final[tuple[Path, ...]] = (
    ("request", "digest"),
    ("facts", "schema_error"),
    ("facts", "approval"),
    ("verdict", "sentence"),
    ("access_request",),
)
_NOBODYS: Final = frozenset({"state", "unreadable", "result_size"})
_TAKEN_APART: Final = frozenset({"result", "shows"})


def decision_custody(call: Prepared, payload: Mapping[str, Any]) -> Custody:
    """How the payload of a decision is kept."""
    parts = found_parts(subject_rules(call), "arguments", call.arguments, ("request", "arguments"))
    return _custody(call, parts, owners_of(parts), _MADE_OF_ARGUMENTS, payload)


def outcome_custody(call: Prepared, detail: Mapping[str, Any]) -> Custody:
    """How the payload of an outcome is kept: whatever is no declared part of the result may quote any of it."""
    rules = subject_rules(call)
    named = owners_of(found_parts(rules, "arguments", call.arguments))
    result = detail.get("result")
    structured = result.get(_STRUCTURED) if isinstance(result, Mapping) else None
    parts = found_parts(rules, "result", structured, ("result", _STRUCTURED)) | _shown(rules, detail.get("shows"))
    everybody = tuple(sorted({*named, *owners_of(parts)}))
    free: list[Path] = [("result", name) for name in result if name != _STRUCTURED] if everybody and result else []
    if named and not parts and structured is not None:
        free.append(("result", _STRUCTURED))  # it answers a call about somebody, and nothing says where it names them
    # INVARIANT: whatever else an outcome comes to say is everybody's until somebody says that it is nobody's
    free += [(name,) for name in detail if name not in _NOBODYS | _TAKEN_APART]
    return _custody(call, parts, everybody, tuple(free), detail)


def _shown(rules: tuple[SubjectRule, ...], shows: object) -> dict[Path, tuple[SubjectName, ...]]:
    """The ids that are kept of a result too long to keep: each belongs to whom it names."""
    if not isinstance(shows, Mapping):
        return {}
    kinds = {rule.kind for rule in rules}
    listed = ((kind, at, str(name)) for kind, names in shows.items() for at, name in enumerate(names))
    return {("shows", kind, at): (SubjectName(kind, name),) for kind, at, name in listed if kind in kinds}


def subject_rules(call: Prepared) -> tuple[SubjectRule, ...]:
    """The rules of the call's action; of every action of the tool where the call is none of them."""
    if call.entry is not None:
        return call.entry.subjects
    entries = [entry for entry in call.policy.catalogue.actions if entry.tool == call.tool]
    return tuple(dict.fromkeys(rule for entry in entries for rule in entry.subjects))


def _custody(
    call: Prepared,
    parts: dict[Path, tuple[SubjectName, ...]],
    everybody: tuple[SubjectName, ...],
    free: tuple[Path, ...],
    payload: Mapping[str, Any],
) -> Custody:
    if everybody:
        parts |= {path: everybody for path in free if _there(payload, path)}
    return Custody(data_class(call), parts)


def data_class(call: Prepared) -> str:
    """The classes of data that the call reads or sends, as one name."""
    entry = call.entry
    if entry is None:
        return class_of(())
    return class_of([*classes_read(entry, call.arguments), *([entry.sends] if entry.sends else [])])


def _there(payload: Mapping[str, Any], path: Path) -> bool:
    value = look(payload, ".".join(map(str, path)))
    return value is not ABSENT and value is not None

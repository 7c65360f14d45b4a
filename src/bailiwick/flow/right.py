"""What people may do in the product, by role. Reading is open to everybody who is signed in; so is stopping."""

from collections.abc import Mapping
from typing import Final

from bailiwick.core.refusal import Refusal
from bailiwick.ports.store import Row

ADMINISTRATOR: Final = "administrator"
DATA_PROTECTION: Final = "data-protection"

RIGHTS: Final[Mapping[str, frozenset[str]]] = {
    "manage people": frozenset({ADMINISTRATOR}),
    "manage connectors": frozenset({ADMINISTRATOR}),
    "publish charters": frozenset({ADMINISTRATOR}),
    "release behaviours": frozenset({ADMINISTRATOR}),
    "enrol agents": frozenset({ADMINISTRATOR}),
    "export the record": frozenset({ADMINISTRATOR, "auditor"}),
    "forget people": frozenset({ADMINISTRATOR, DATA_PROTECTION}),
    "manage anchors": frozenset({ADMINISTRATOR}),
    "set retention": frozenset({ADMINISTRATOR, DATA_PROTECTION}),
    "reconcile actions": frozenset({ADMINISTRATOR, "it-change"}),
}
"""Which roles hold each right. Approving is not here: each charter says who approves."""


def demand(person: Row, right: str) -> None:
    """Raise `Refusal` unless one of the person's roles holds the right."""
    if not person["active"]:
        raise Refusal("forbidden", "your account is not active; ask an administrator")
    if RIGHTS[right].isdisjoint(person["roles"]):
        roles = " or ".join(sorted(RIGHTS[right]))
        raise Refusal("forbidden", f"only {roles} may {right}; ask one of them")

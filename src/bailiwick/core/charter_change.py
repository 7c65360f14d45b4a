"""What a newer version of a charter changes, and whether both owners have to agree to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter, covers
from bailiwick.core.compare import Comparison, Relation, compare


@dataclass(frozen=True, slots=True)
class ChangedTerm:
    """Something that no single decision shows. A `weighty` one needs both owners, as a wider charter does."""

    name: str
    before: str
    after: str
    weighty: bool


@dataclass(frozen=True, slots=True)
class CharterChange:
    """A version beside the one in force: every action compared, and what changes besides."""

    comparison: Comparison
    terms: tuple[ChangedTerm, ...]

    @property
    def relation(self) -> Relation:
        """What the newer version is to the older, in everything that is decided."""
        return self.comparison.relation

    @property
    def needs_both(self) -> bool:
        """Whether one person alone may not put it in force."""
        return self.relation in (Relation.WIDER, Relation.INCOMPARABLE) or any(term.weighty for term in self.terms)


def charter_change(before: Charter, after: Charter, catalogues: Iterable[Catalogue], from_us: int) -> CharterChange:
    """What `after` changes, decided at moments from `from_us` on."""
    return CharterChange(compare(before, after, catalogues, from_us), tuple(_terms(before, after)))


def _terms(before: Charter, after: Charter) -> Iterator[ChangedTerm]:
    # INVARIANT: who may agree to more, and what stops an agent, cannot be changed by one person in a first step
    was, now = before.owner, after.owner
    if (was.accountable, was.backup) != (now.accountable, now.backup):
        yield ChangedTerm("owner", f"{was.accountable}, {was.backup}", f"{now.accountable}, {now.backup}", True)
    if before.workflow != after.workflow:
        yield ChangedTerm("workflow", before.workflow, after.workflow, True)
    for pattern in before.cannot:
        if not any(covers(kept, pattern) for kept in after.cannot):
            yield ChangedTerm("cannot", pattern, "", True)
    for name, old, new in (("sla", before.sla, after.sla), ("evaluation", before.evaluation, after.evaluation)):
        if old != new:
            yield ChangedTerm(name, old or "", new or "", old is not None)
    if before.purpose != after.purpose:
        yield ChangedTerm("purpose", before.purpose, after.purpose, False)
    if was.review_by != now.review_by:
        yield ChangedTerm("review_by", was.review_by, now.review_by, False)

"""A charter's text, read, checked and compared before the writer is asked, so that deciding does not wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.core.approval_rule import Candidate
from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter, CharterError, parse_charter
from bailiwick.core.charter_change import CharterChange, charter_change
from bailiwick.core.publish_check import check
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.people import People, is_solo
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.responsibility import day_of, grant_problems
from bailiwick.flow.source import Source, SourceError, read_source
from bailiwick.ledger import canonical
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row


@dataclass(frozen=True, slots=True)
class CharterDraft:
    """A publishable text; `change` is what it does to the version `base` in force, None where there is none."""

    text: Source
    charter: Charter
    digest: str
    base: str | None
    change: CharterChange | None


def draft_charter(source: str, reader: Reader, policies: PolicySource, now_us: int) -> CharterDraft:
    """Draft a text against what is in force now; raises `SourceError` with everything that forbids it."""
    text, charter = read_text_of(source)
    people = None if is_solo(reader) else People.read(reader).by_address()
    connectors = {row["id"]: row for row in reader.rows("connector", limit=1000)}
    head = reader.row("charter", charter.name)
    document = reader.document(head["digest"]) if head else None
    return draft(text, charter, catalogues_in_force(policies), people, connectors, (head, document), now_us)


def read_text_of(source: str) -> tuple[Source, Charter]:
    """The text as a charter; raises `SourceError` with every reason why it is none."""
    text = read_source(source)
    try:
        return text, parse_charter(text.document)
    except CharterError as error:
        raise SourceError(text.flaws(error.problems)) from None


def draft(
    text: Source,
    charter: Charter,
    catalogues: Mapping[str, Catalogue],
    people: list[Candidate] | None,
    connectors: Mapping[str, Row],
    in_force: tuple[Row | None, bytes | None],
    now_us: int,
) -> CharterDraft:
    """Check and compare; `in_force` is the row and the document of the version that decides now."""
    problems = [*check(charter, list(catalogues.values()), people)]
    problems += grant_problems(charter, connectors, day_of(now_us))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise SourceError(text.flaws(errors))
    head, document = in_force
    change = None
    if head is not None and document is not None:
        before = canonical.decode_strict(document)
        change = charter_change(
            parse_charter(before if isinstance(before, dict) else {}), charter, catalogues.values(), now_us
        )
    return CharterDraft(text, charter, text.digest, head["digest"] if head else None, change)

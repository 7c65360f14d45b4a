"""What a version has to be before it may be tried: publishable, and seconded where it is the wider one."""

from collections.abc import Mapping

from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter, CharterError, parse_charter
from bailiwick.core.charter_change import charter_change
from bailiwick.core.publish_check import check
from bailiwick.flow.person import is_solo
from bailiwick.flow.publish import by_address
from bailiwick.flow.responsibility import day_of, grant_problems, granted_connectors
from bailiwick.flow.source import Source, SourceError, read_source
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf


def publishable(shelf: Shelf, source: str, catalogues: Mapping[str, Catalogue]) -> tuple[Source, Charter]:
    """The text as a charter that could be published now; raises `SourceError` with everything against it."""
    text = read_source(source)
    try:
        charter = parse_charter(text.document)
    except CharterError as error:
        raise SourceError(text.flaws(error.problems)) from None
    problems = [*check(charter, list(catalogues.values()), None if is_solo(shelf) else by_address(shelf))]
    problems += grant_problems(charter, granted_connectors(shelf, charter), day_of(shelf.now_us))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise SourceError(text.flaws(errors))
    return text, charter


def wants_second(shelf: Shelf, head: Row, charter: Charter, catalogues: Mapping[str, Catalogue]) -> bool:
    """Whether a second person has to agree before this decides anything: publishing it would need both owners."""
    if is_solo(shelf):
        return False
    document = shelf.get("document", head["digest"])
    text = canonical.decode_strict(document["body"]) if document else {}
    before = parse_charter(text) if isinstance(text, dict) and text else None
    return before is None or charter_change(before, charter, catalogues.values(), shelf.now_us).needs_both

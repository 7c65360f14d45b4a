"""The searches of the AuthZEN Authorization API 1.0: which agents, tools or actions would be permitted."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from fastapi import APIRouter

from bailiwick.api.access import Here
from bailiwick.api.authzen import DECIDES, arguments_of, run_of
from bailiwick.api.pep import Asking, EnforcementPoint, PlainFaultRoute
from bailiwick.api.wire.authzen import (
    ActionSearch,
    CallBody,
    EntityBody,
    PageGiven,
    ResourceSearch,
    SearchResults,
    SubjectSearch,
)
from bailiwick.core.refusal import Refusal
from bailiwick.flow.access_search import AccessSearch, FoundNames, Wanted
from bailiwick.flow.evaluation import Entity
from bailiwick.flow.glimpse import Glimpse
from bailiwick.flow.installation import Installation
from bailiwick.ledger.canonical import CanonicalError, decode_strict, encode, encode_any

router = APIRouter(tags=["authzen"], route_class=PlainFaultRoute)
USUAL: Final = 100
MOST: Final = 1_000
_Search = SubjectSearch | ResourceSearch | ActionSearch


@router.post(
    "/access/v1/search/subject", summary="Which agents may do this?", response_model=SearchResults, responses=DECIDES
)
def search_subject(asked: SubjectSearch, pep: Asking, here: Here) -> Any:
    """Agents by name (AuthZEN 1.0 section 8.4). An agent's own token finds at most itself."""
    search = _Asked(here, pep, "subject", asked, asked.action)
    kind = asked.subject.type
    found = search.by.subjects(kind, asked.action.name, _entity(asked.resource))
    return search.page(found, [{"type": kind, "id": name} for name in found.names])


@router.post(
    "/access/v1/search/resource", summary="Which tools may it use?", response_model=SearchResults, responses=DECIDES
)
def search_resource(asked: ResourceSearch, pep: Asking, here: Here) -> Any:
    """Tools or connectors by name (AuthZEN 1.0 section 8.5)."""
    pep.check(asked.subject.id)
    search = _Asked(here, pep, "resource", asked, asked.action)
    kind = asked.resource.type
    found = search.by.resources(_entity(asked.subject), asked.action.name, kind)
    return search.page(found, [{"type": kind, "id": name} for name in found.names])


@router.post(
    "/access/v1/search/action", summary="Which actions may it do?", response_model=SearchResults, responses=DECIDES
)
def search_action(asked: ActionSearch, pep: Asking, here: Here) -> Any:
    """Catalogued actions by name (AuthZEN 1.0 section 8.6)."""
    pep.check(asked.subject.id)
    search = _Asked(here, pep, "action", asked, None)
    found = search.by.actions(_entity(asked.subject), _entity(asked.resource))
    return search.page(found, [{"name": name} for name in found.names])


class _Asked:
    """A search with its place among the pages. A token is of one question and one page size (section 8.2)."""

    def __init__(
        self, here: Installation, pep: EnforcementPoint, kind: str, asked: _Search, action: CallBody | None
    ) -> None:
        question = encode_any({"kind": kind, "asked": asked.model_dump(exclude={"page"}, exclude_unset=True)})
        self._of = hashlib.sha256(question).hexdigest()[:32]
        limit, after = asked.page.limit, None
        if asked.page.token:
            after, first = self._read(asked.page.token)
            if limit is not None and limit != first:
                raise Refusal("invalid", f"`page.limit` was {first} on the page before; leave it so, or out")
            limit = first
        self._limit = USUAL if limit is None else limit
        wanted = Wanted(
            arguments=arguments_of(action, asked.context),
            run=run_of(asked.context, pep),
            askable=asked.context.get("askable") is True,
            only=pep.agent.agent if pep.agent else None,
            epoch=pep.agent.epoch if pep.agent else None,
        )
        shelf = Glimpse(here.reader, here.clock.now_us())
        self.by = AccessSearch(here.reader, shelf, here.policies, wanted, min(self._limit, MOST), after)

    def page(self, found: FoundNames, results: list[dict[str, str]]) -> SearchResults:
        token = ""
        if found.after is not None:
            data = encode({"after": found.after, "limit": self._limit, "of": self._of})
            token = urlsafe_b64encode(data).decode()
        return SearchResults(page=PageGiven(next_token=token, count=len(results)), results=results)

    def _read(self, token: str) -> tuple[str, int]:
        try:
            said = decode_strict(urlsafe_b64decode(token.encode()), max_bytes=4096, max_depth=2)
        except (CanonicalError, ValueError):
            said = None
        if not isinstance(said, dict) or said.get("of") != self._of:
            raise Refusal("invalid", "`page.token` is of another search; send the same search again with it")
        after, limit = said.get("after"), said.get("limit")
        if not isinstance(after, str) or type(limit) is not int or limit < 0:
            raise Refusal("invalid", "`page.token` is none of ours; begin the search again")
        return after, limit


def _entity(body: EntityBody) -> Entity:
    return Entity(body.type, body.id)

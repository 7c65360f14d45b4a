"""The five questions of the record: who asked, which policy applied, what data, which tool, what changed."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, READS
from bailiwick.api.paging import Limit, When, moment_us
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.question import AnswerLineBody, NewSearch, QuestionWord, SavedSearchBody, SearchList
from bailiwick.flow.answer import ask
from bailiwick.flow.inquiry import read_inquiry, read_question
from bailiwick.flow.saved_search import DropSearch, SaveSearch, saved_search, searches_of

router = APIRouter(tags=["record"])
Word = Annotated[str | None, Query(max_length=200)]
Search = Annotated[str, Path(max_length=100, description="The id of a saved search, `srch-…`")]


@router.get(
    "/v1/questions/{question}",
    summary="Ask the record one of the five questions",
    response_model=Page[AnswerLineBody],
    responses=FINDS,
)
async def ask_question(
    question: QuestionWord,
    here: Here,
    _: Reading,
    run: Annotated[str | None, Query(max_length=200, description="A run, with all that were started in it")] = None,
    agent: Word = None,
    person: Annotated[str | None, Query(max_length=200, description="An e-mail address, or an id `per-…`")] = None,
    data_class: Word = None,
    thing: Annotated[str | None, Query(max_length=200, description="An object: `contact/4711`")] = None,
    tool: Annotated[str | None, Query(max_length=200, description="An action, connector, or `connector__tool`")] = None,
    since: When = None,
    until: When = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(pattern="^[0-9a-f]{24}$", description="`next` of the page before")] = None,
) -> Any:
    """Newest first; every condition narrows, none asks about everything. Denials are part of who, policy and data."""
    asked = {"run": run, "agent": agent, "person": person, "data_class": data_class, "thing": thing, "tool": tool}
    times = {"since_us": moment_us(since, "since"), "until_us": moment_us(until, "until")}
    await here.index.catch_up()

    def answered() -> Any:
        inquiry = read_inquiry(here.reader, read_question(question), asked | times)
        return ask(here.index, inquiry, before=cursor, limit=limit)

    return await run_sync(answered)


@router.get("/v1/searches", summary="List your saved searches", response_model=SearchList, responses=READS)
def list_searches(here: Here, who: Reading) -> Any:
    """By name."""
    return {"items": searches_of(here.reader, who.id)}


@router.post(
    "/v1/searches", summary="Save a search", status_code=201, response_model=SavedSearchBody, responses=CHANGES
)
async def save_search(asked: NewSearch, who: Changing, here: Here) -> Any:
    """A name that you have used before is replaced and keeps its link."""

    def read() -> Any:
        return read_inquiry(here.reader, read_question(asked.question), asked.asked.model_dump())

    return await here.store.commit(SaveSearch(who.id, asked.name, await run_sync(read)))


@router.get("/v1/searches/{search}", summary="Read a saved search", response_model=SavedSearchBody, responses=FINDS)
def read_search(search: Search, here: Here, _: Reading) -> Any:
    """Whoever saved it: the link can be given to others."""
    return saved_search(here.reader, search)


@router.delete("/v1/searches/{search}", summary="Delete a saved search", status_code=204, responses=CHANGES)
async def drop_search(search: Search, who: Changing, here: Here) -> None:
    """Only your own."""
    await here.store.commit(DropSearch(search, who.id))

"""Versions of a charter: comparing two, agreeing to a proposal, taking it back, tags, going back."""

from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, answers
from bailiwick.api.wire.base import Page, TextLineBody
from bailiwick.api.wire.charter import CharterVersionBody
from bailiwick.api.wire.charter_version import (
    ChangedTermBody,
    CharterTagBody,
    ComparedActionBody,
    ComparedPair,
    ComparedText,
    ComparisonBody,
    ExampleBody,
    Seconding,
    VersionChoice,
)
from bailiwick.core.compare import Example
from bailiwick.core.example_words import call_words, example_sentence, facts_words
from bailiwick.core.refusal import Refusal
from bailiwick.core.verdict import verdict_document
from bailiwick.flow.charter_version import CharterPair, compare_texts, named_version, tags_of
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.installation import Installation
from bailiwick.flow.publishing import move_tag, roll_back, second_version, withdraw_version

router = APIRouter(tags=["charters"])
CharterName = Annotated[str, Path(max_length=100, description="A charter's name")]
Tag = Annotated[str, Path(max_length=60, description="A name for a version, such as `stable`")]
_COMPARES = answers(400, 401, 403, 404, 413, 415, 422)
_MOST_ITEMS: Final = 50


@router.post("/v1/charters/compare", summary="Compare two charters", response_model=ComparisonBody, responses=_COMPARES)
async def compare_charters(asked: ComparedPair, here: Here, _: Changing) -> Any:
    """For every action the same, narrower, wider or incomparable, with calls that show it. Nothing is stored."""
    return await run_sync(_compared, here, asked)


def _compared(here: Installation, asked: ComparedPair) -> ComparisonBody:
    before, after = (_text(here, side, name) for side, name in ((asked.before, "before"), (asked.after, "after")))
    pair = compare_texts(before, after, here.policies, here.clock.now_us())
    says = {
        entry.name: entry.sentence
        for catalogue in catalogues_in_force(here.policies).values()
        for entry in catalogue.actions
    }
    return _body(pair, says)


def _text(here: Installation, side: ComparedText, name: str) -> tuple[str, str]:
    if side.source is not None and side.version is None:
        return name, side.source
    if side.version is not None and side.source is None:
        return named_version(here.reader, side.version)
    raise Refusal("invalid", f"name exactly one of `version` and `source` in `{name}`")


def _body(pair: CharterPair, says: dict[str, str]) -> ComparisonBody:
    change = pair.change
    return ComparisonBody(
        before=pair.before,
        after=pair.after,
        relation=change.relation.value,
        needs_both=change.needs_both,
        actions=[
            ComparedActionBody(
                action=one.action,
                says=says.get(one.action, ""),
                relation=one.relation.value,
                examples=[_example(example) for example in one.examples],
            )
            for one in change.comparison.actions
        ],
        terms=[ChangedTermBody.model_validate(term) for term in change.terms],
        lines=[TextLineBody.model_validate(line) for line in pair.lines],
    )


def _example(example: Example) -> ExampleBody:
    arguments = dict(example.request.arguments)
    short = all(len(value) <= _MOST_ITEMS for value in arguments.values() if isinstance(value, list | dict | str))
    return ExampleBody(
        direction=example.direction,
        sentence=example_sentence(example),
        call=call_words(example),
        beside=list(facts_words(example)),
        connector=example.request.connector,
        tool=example.request.tool,
        arguments=arguments if short else None,
        facts=example.facts.document(),
        before=verdict_document(example.before),
        after=verdict_document(example.after),
    )


@router.post(
    "/v1/charters/{name}/second",
    summary="Agree to a proposed version",
    response_model=CharterVersionBody,
    responses=CHANGES,
)
async def second_charter(name: CharterName, asked: Seconding, who: Changing, here: Here) -> Any:
    """As an owner of the version in force, to exactly this text. `published` once both owners have agreed."""
    return CharterVersionBody(**await second_version(here, who.person, name, asked.digest))


@router.post(
    "/v1/charters/{name}/withdraw",
    summary="Take back a proposed version",
    response_model=CharterVersionBody,
    responses=CHANGES,
)
async def withdraw_charter(name: CharterName, who: Changing, here: Here) -> Any:
    """The version in force stays."""
    return CharterVersionBody(**await withdraw_version(here, who.person, name))


@router.post(
    "/v1/charters/{name}/rollback",
    summary="Publish an earlier version again",
    response_model=CharterVersionBody,
    responses=CHANGES,
)
async def roll_back_charter(name: CharterName, asked: VersionChoice, who: Changing, here: Here) -> Any:
    """Under the same rule as any other text: where it is wider, both owners have to agree."""
    return CharterVersionBody(**await roll_back(here, who.person, name, asked.version))


@router.get(
    "/v1/charters/{name}/tags",
    summary="List the tags of a charter",
    response_model=Page[CharterTagBody],
    responses=FINDS,
)
def list_tags(name: CharterName, here: Here, _: Reading) -> Any:
    """By name; always one page."""
    if here.reader.row("charter", name) is None:
        raise Refusal("unknown", f"there is no charter `{name}`")
    return {"items": [CharterTagBody(**row) for row in tags_of(here.reader, name)], "next": None}


@router.put("/v1/charters/{name}/tags/{tag}", summary="Move a tag", response_model=CharterTagBody, responses=CHANGES)
async def put_tag(name: CharterName, tag: Tag, asked: VersionChoice, who: Changing, here: Here) -> Any:
    """To a published version; the record keeps where it pointed before."""
    return CharterTagBody(**await move_tag(here, who.person, name, tag, asked.version))

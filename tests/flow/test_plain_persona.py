"""The sentences of every shipped role agree with what is enforced, just inside and just outside each of its rules."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bailiwick
from bailiwick.core.catalogue import ActionEntry, Catalogue, Tool
from bailiwick.core.catalogue_form import parse_catalogue
from bailiwick.core.charter import Charter, Grant
from bailiwick.core.decide import DECIDER, compile_policy, decide
from bailiwick.core.facts import Facts, RunFact
from bailiwick.core.limit import Op
from bailiwick.core.path import look, with_value
from bailiwick.core.plain import plain
from bailiwick.core.request import Request
from bailiwick.core.tier import SteppedTier
from bailiwick.flow.argument_template import argument_template
from bailiwick.flow.prepare import local_time
from bailiwick.flow.source import read_charter, read_source
from tests.core.sentence_reader import SentenceReader
from tests.core.test_plain_agrees import outcome

ROOM = Path(bailiwick.__file__).parent
PERSONAS = [path for path in sorted((ROOM / "persona").glob("*.yaml")) if not path.stem.endswith("_test")]
NOW = 1_800_000_000_000_000  # Friday 2027-01-15, 08:00 UTC


def catalogues() -> list[Catalogue]:
    found = []
    for path in sorted((ROOM / "demo" / "catalogue").glob("*.yaml")):
        definitions = json.loads(path.with_suffix(".tools.json").read_text())["tools"]
        found.append(parse_catalogue(read_source(path.read_bytes()).document, definitions))
    return found


CATALOGUES = catalogues()
ENTRIES = [entry for catalogue in CATALOGUES for entry in catalogue.actions]
TOOLS: dict[str, Tool] = {name: tool for catalogue in CATALOGUES for name, tool in catalogue.tools.items()}


def paths_of(charter: Charter) -> dict[str, list[str]]:
    """The arguments of each tool by their paths: those of its schema, and those inside them that limits name."""
    found = {name: list(tool.input_schema.get("properties", {})) for name, tool in TOOLS.items()}  # type: ignore[attr-defined]
    for grant in charter.grants:
        entry = next(entry for entry in ENTRIES if entry.name == grant.action)
        known = found[entry.tool]
        known += [one.argument for one in grant.limits if one.argument not in [*known, *entry.measures]]
    return found


def near(grant: Grant, entry: ActionEntry, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The call itself, and calls just inside and just outside each limit and each step."""
    yield arguments
    for limit in grant.limits:
        value = look(arguments, limit.argument)
        yield without(arguments, limit.argument)
        if limit.op in (Op.MAX, Op.MIN) and isinstance(limit.value, int):
            yield from (with_value(arguments, limit.argument, limit.value + by) for by in (-1, 0, 1))
        elif limit.op in (Op.ONE_OF, Op.STARTS_WITH, Op.MATCHES) and isinstance(limit.value, tuple):
            others = [*limit.value, f"{limit.value[0]}x", f"x{limit.value[0]}", "", None]
            yield from (with_value(arguments, limit.argument, other) for other in others)
        elif limit.op is Op.ONLY and isinstance(value, list):
            yield from (with_value(arguments, limit.argument, other) for other in ([], [*value, "phone"], value[:1]))
        elif limit.op is Op.ONLY and isinstance(value, dict):
            yield from (with_value(arguments, limit.argument, one) for one in ({}, {**value, "secret": "x"}))
        elif limit.op is Op.DOMAIN:
            outside = ["a@evil.example", "a@acme.example.evil.example", "https://sub.acme.example/x", "acme.example"]
            for other in outside:
                yield with_value(arguments, limit.argument, [other] if isinstance(value, list) else other)
    yield from sizes(grant, entry, arguments)


def sizes(grant: Grant, entry: ActionEntry, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Calls as large as each step allows, and one larger."""
    if isinstance(grant.tier, SteppedTier) and grant.tier.by in entry.measures:
        how = entry.measures[grant.tier.by]
        for most in (0, *(most for most, _ in grant.tier.steps)):
            for size in (most, most + 1):
                if how.kind == "length_of":
                    items = [f"n{number}@acme.example" for number in range(size)]
                    yield with_value(arguments, str(how.of), items)
                elif how.kind == "value_of":
                    yield with_value(arguments, str(how.of), size)


def without(arguments: dict[str, Any], path: str) -> dict[str, Any]:
    """The arguments with one left out."""
    copied = copy.deepcopy(arguments)
    *way, last = path.split(".")
    inside: Any = copied
    for part in way:
        inside = inside.get(part, {}) if isinstance(inside, dict) else {}
    if isinstance(inside, dict):
        inside.pop(last, None)
    return copied


def moments(charter: Charter, base: Facts, totals: tuple[str, ...], tops: list[int]) -> Iterator[Facts]:
    """The facts, and facts just inside and just outside what the charter says of runs, hours, sums and the past."""
    yield base
    run = charter.run
    for stands in (
        RunFact("open", run.calls - 1, 0, 0, 0),
        RunFact("open", run.calls, 0, 0, 0),
        RunFact("open", 0, run.seconds * 1_000_000 - 1, 0, 0),
        RunFact("open", 0, run.seconds * 1_000_000, 0, 0),
        RunFact("open", 0, 0, run.repeats - 1, run.retries),
        RunFact("open", 0, 0, run.repeats, 0),
        RunFact("open", 0, 0, 0, run.retries + 1),
    ):
        yield replace(base, run=stands)
    for zone in base.local:
        for weekday in (0, 4, 5, 6):
            for minute in (0, 419, 420, 1199, 1200, 1439):
                yield replace(base, local={**base.local, zone: (weekday, minute)})
    for name in totals:
        for top in tops:
            yield from (replace(base, totals={name: max(0, top + by)}) for by in (-1, 0, 1))
    for key, spent in base.spent.items():
        most = next(one.most for one in charter.budget if one.key == key)
        yield from (replace(base, spent={**base.spent, key: max(spent, most + by)}) for by in (-1, 0, 1))
    for rule in charter.order:
        yield replace(base, done={rule.reads: "intended"})
        yield replace(base, done={rule.reads: "succeeded"})


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_whoever_reads_a_shipped_roles_sentences_knows_what_it_may_do(path: Path) -> None:
    charter = read_charter(path.read_text())[0]
    words = plain(charter, ENTRIES)
    reader = SentenceReader(ENTRIES, paths_of(charter)).read(words.sentences)
    outcomes: dict[str, int] = {}
    for catalogue in CATALOGUES:
        policy = compile_policy(charter, "sha256:c", catalogue, "sha256:k")
        for entry in catalogue.actions:
            check, grant = policy.checks[entry.name], charter.grant(entry.name)
            schema = TOOLS[entry.tool].input_schema
            arguments = argument_template(schema, entry, grant.limits if grant else ())
            base = Facts(
                NOW,
                DECIDER,
                "",
                local={window.zone: local_time(window.zone, NOW) for _, window in check.windows},
                totals=dict.fromkeys(check.totals, 0),
                spent={limit.key: 0 for limit in check.budget},
            )
            tops = [most for most, _ in grant.tier.steps] if grant and isinstance(grant.tier, SteppedTier) else []
            calls = [*near(grant, entry, arguments)] if grant else [arguments]
            for at, call in enumerate(calls):
                for facts in moments(charter, base, check.totals, tops) if at == 0 else (base,):
                    if policy.check(entry.tool, call) is not check:
                        continue  # these arguments mean another action
                    request = Request("agent", "run-1", "", catalogue.connector, entry.tool, call, "sha256:a")
                    made = outcome(decide(policy, request, facts))
                    assert reader.predict(entry, call, facts) == made, (entry.name, call, facts, words)
                    outcomes[made[0]] = outcomes.get(made[0], 0) + 1
    assert outcomes["refused"] > 50 and outcomes["runs"] + outcomes["told"] > 20, outcomes


def test_the_sentence_of_the_director_says_what_is_enforced() -> None:
    """May publish, may not send: the words a marketing director is shown for the Campaign Drafter."""
    charter = read_charter((ROOM / "persona" / "campaign-drafter.yaml").read_text())[0]
    words = plain(charter, ENTRIES)
    assert "May not send e-mail messages." in words.may_not
    assert any(sentence.startswith("May edit campaigns (") for sentence in words.may)

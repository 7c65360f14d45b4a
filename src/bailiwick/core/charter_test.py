"""Charter tests: which calls an agent makes, what is assumed, and what must come of it, as values.

A test file stands beside its charter and is read like one; every problem is told at once, with its place:

    charter: lead-router.yaml
    catalogues: [{file: crm.yaml, tools: crm.tools.json}]
    now: 2026-05-04T09:00+02:00
    cases:
      - name: reads two hundred contacts
        call: {tool: crm__query, arguments: {object_type: contacts, fields: [segment], limit: 200}}
        expect: allow
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.core.problem import Place, Problem
from bailiwick.core.reading import Reading, did_you_mean
from bailiwick.core.stated import StatedFacts, read_moment, read_stated, read_word
from bailiwick.core.stated_call import StatedCall, read_stated_call
from bailiwick.core.tier import Tier
from bailiwick.core.verdict import DenyCode

VERDICTS: Final = ("allow", "ask", "deny")
FRESH: Final = StatedFacts()


class CharterTestError(Exception):
    """A document is no charter test; `problems` holds every reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A catalogue to test against; without `tools` (a `tools/list` answer) no argument's form is checked."""

    file: str
    tools: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come out; None or empty does not matter. Every rule of `rules` must be among the verdict's."""

    verdict: str
    action: str | None = None
    tier: str | None = None
    code: str | None = None
    rules: tuple[str, ...] = ()
    approvers: tuple[str, ...] | None = None

    def unmet(self, verdict: Mapping[str, Any]) -> tuple[str, ...]:
        """How a verdict's document differs, as sentences."""
        found = []
        for name in ("verdict", "action", "tier", "code"):
            wanted, got = getattr(self, name), verdict.get(name)
            if wanted is not None and wanted != got:
                found.append(f"{name} is `{got}`, expected `{wanted}`" if got else f"no {name}, expected `{wanted}`")
        got = tuple(verdict["rules"])
        found += [
            f"rule `{rule}` took no part; those that did: {', '.join(got)}" for rule in self.rules if rule not in got
        ]
        asked = tuple((verdict.get("ask") or {}).get("slots", ()))
        if self.approvers is not None and sorted(self.approvers) != sorted(asked):
            found.append(f"approvers are {_listed(asked)}, expected {_listed(self.approvers)}")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class CharterCase:
    """One expectation, for every one of `agents` making every one of `calls`."""

    name: str
    place: Place
    agents: tuple[str, ...]
    calls: tuple[StatedCall, ...]
    at_us: int
    stated: StatedFacts
    expect: Expectation


@dataclass(frozen=True, slots=True)
class CharterTest:
    """A whole test file; `agents` maps an agent's name to its charter's file, `catalogues` None means the server's."""

    agents: Mapping[str, str]
    catalogues: tuple[CatalogueFile, ...] | None
    cases: tuple[CharterCase, ...]


_KEYS: Final = ("charter", "agents", "catalogues", "now", "facts", "calls", "cases")


def parse_charter_test(document: Mapping[str, object]) -> CharterTest:
    """A test from plain JSON data; raises CharterTestError with all problems at once."""
    reading = Reading()
    top = reading.mapping(document, (), _KEYS, need=("now", "cases"))
    agents = _agents(reading, top)
    calls = _calls(reading, top["calls"]) if "calls" in top else {}
    base = _Base(
        agents=tuple(agents),
        calls=calls,
        at_us=read_moment(reading, top["now"], ("now",)) if "now" in top else 0,
        stated=read_stated(reading, top["facts"], ("facts",), FRESH) if "facts" in top else FRESH,
    )
    catalogues = _catalogues(reading, top["catalogues"]) if "catalogues" in top else None
    listed = reading.list(top.get("cases", ()), ("cases",))
    cases = tuple(_case(reading, item, ("cases", at), base) for at, item in enumerate(listed))
    if "cases" in top and listed == []:
        reading.wrong(("cases",), "is empty, so nothing is tested: add `{name: ..., call: ..., expect: ...}`")
    _check_names(reading, cases)
    if reading.problems:
        raise CharterTestError(tuple(reading.problems))
    return CharterTest(agents, catalogues, cases)


@dataclass(frozen=True, slots=True)
class _Base:
    agents: tuple[str, ...]
    calls: Mapping[str, StatedCall]
    at_us: int
    stated: StatedFacts


def _agents(reading: Reading, top: Mapping[str, object]) -> dict[str, str]:
    if "charter" in top and "agents" not in top:
        file = reading.text(top["charter"], ("charter",))
        return {file.rpartition("/")[2].rpartition(".")[0] or "agent": file}
    if "charter" in top:
        reading.wrong(("charter",), "stands beside `agents`: write one of the two")
    elif "agents" not in top:
        reading.wrong((), "names no charter: add `charter: FILE`, or `agents: {NAME: FILE}` for several")
    files = reading.mapping(top.get("agents", {}), ("agents",))
    if top.get("agents") == {}:
        reading.wrong(("agents",), "is empty: write `{lead-router: lead-router.yaml}`")
    found = {}
    for name, wanted in files.items():
        reading.name(name, ("agents", name))
        found[name] = reading.text(wanted, ("agents", name))
    return found


def _catalogues(reading: Reading, value: object) -> tuple[CatalogueFile, ...]:
    place: Place = ("catalogues",)
    found = []
    for at, item in enumerate(reading.list(value, place)):
        here: Place = (*place, at)
        if isinstance(item, str):
            found.append(CatalogueFile(reading.text(item, here), None, here))
            continue
        form = reading.mapping(item, here, ("file", "tools"), need=("file",))
        file = reading.text(form["file"], (*here, "file")) if "file" in form else ""
        tools = reading.text(form["tools"], (*here, "tools")) if "tools" in form else None
        found.append(CatalogueFile(file, tools, here))
    if value == []:
        reading.wrong(place, "is empty: list a catalogue, or leave it out to use the installation's")
    return tuple(found)


def _calls(reading: Reading, value: object) -> dict[str, StatedCall]:
    items = reading.mapping(value, ("calls",)).items()
    return {name: read_stated_call(reading, item, ("calls", name), name) for name, item in items}


_CASE: Final = ("name", "as", "call", "at", "facts", "expect")


def _case(reading: Reading, value: object, place: Place, base: _Base) -> CharterCase:
    form = reading.mapping(value, place, _CASE, need=("name", "call", "expect"))
    stated = base.stated
    if "facts" in form:
        stated = read_stated(reading, form["facts"], (*place, "facts"), stated)
    return CharterCase(
        name=reading.text(form["name"], (*place, "name")) if "name" in form else "",
        place=place,
        agents=_chosen_agents(reading, form["as"], (*place, "as"), base) if "as" in form else base.agents,
        calls=_chosen_calls(reading, form["call"], (*place, "call"), base) if "call" in form else (),
        at_us=read_moment(reading, form["at"], (*place, "at")) if "at" in form else base.at_us,
        stated=stated,
        expect=_expectation(reading, form["expect"], (*place, "expect")) if "expect" in form else Expectation("deny"),
    )


def _one_or_more(value: object, place: Place) -> list[tuple[Place, object]]:
    if isinstance(value, list | tuple):
        return [((*place, at), item) for at, item in enumerate(value)]
    return [(place, value)]


def _chosen_agents(reading: Reading, value: object, place: Place, base: _Base) -> tuple[str, ...]:
    names = []
    for at, item in _one_or_more(value, place):
        name = reading.text(item, at)
        if name and name not in base.agents:
            hint = did_you_mean(name, base.agents) or f": known are {', '.join(base.agents)}"
            reading.wrong(at, f"unknown agent `{name}`{hint}")
        names.append(name)
    if not names:
        reading.wrong(place, "names nobody: leave `as` out to mean every agent")
    return tuple(names)


def _chosen_calls(reading: Reading, value: object, place: Place, base: _Base) -> tuple[StatedCall, ...]:
    calls = []
    for at, item in _one_or_more(value, place):
        if isinstance(item, Mapping):
            calls.append(read_stated_call(reading, item, at, ""))
            continue
        name = reading.text(item, at)
        known = base.calls.get(name)
        if known:
            calls.append(known)
        elif name:
            hint = did_you_mean(name, base.calls) or ": list it under `calls`, or write `{tool: ..., arguments: ...}`"
            reading.wrong(at, f"unknown call `{name}`{hint}")
    if value == []:
        reading.wrong(place, "is empty: name a call")
    return tuple(calls)


_EXPECT: Final = ("verdict", "action", "tier", "code", "rule", "approvers")


def _expectation(reading: Reading, value: object, place: Place) -> Expectation:
    if isinstance(value, str):
        return Expectation(read_word(reading, value, place, VERDICTS))
    form = reading.mapping(value, place, _EXPECT, need=("verdict",))
    verdict = read_word(reading, form["verdict"], (*place, "verdict"), VERDICTS) if "verdict" in form else "deny"
    texts = {key: _texts(reading, form[key], (*place, key)) for key in ("rule", "approvers") if key in form}
    found = Expectation(
        verdict=verdict,
        action=reading.text(form["action"], (*place, "action")) if "action" in form else None,
        tier=read_word(reading, form["tier"], (*place, "tier"), _TIERS) if "tier" in form else None,
        code=read_word(reading, form["code"], (*place, "code"), _CODES) if "code" in form else None,
        rules=texts.get("rule", ()),
        approvers=texts.get("approvers"),
    )
    if found.code and verdict != "deny":
        reading.wrong((*place, "code"), "only a deny has a code: remove it")
    if found.tier and verdict == "deny":
        reading.wrong((*place, "tier"), "a deny has no tier; a call that is never allowed has `code: never`")
    if found.approvers is not None and verdict != "ask":
        reading.wrong((*place, "approvers"), "only an ask names approvers: remove them")
    return found


_TIERS: Final = tuple(tier.word for tier in Tier)
_CODES: Final = tuple(code.value for code in DenyCode)


def _texts(reading: Reading, value: object, place: Place) -> tuple[str, ...]:
    return tuple(reading.text(item, at) for at, item in _one_or_more(value, place))


def _check_names(reading: Reading, cases: tuple[CharterCase, ...]) -> None:
    first: dict[str, int] = {}
    for at, case in enumerate(cases):
        if case.name and first.setdefault(case.name, at) != at:
            reading.wrong((*case.place, "name"), f"`{case.name}` is the name of `cases[{first[case.name]}]` too")


def _listed(words: tuple[str, ...]) -> str:
    return " and ".join(f"`{word}`" for word in words) or "nobody"

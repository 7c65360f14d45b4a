"""An example of a comparison in words: the call, what stands beside it, and what each charter answers."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from bailiwick.core.budget_limit import amount_text
from bailiwick.core.compare import Example
from bailiwick.core.phrase import time_span
from bailiwick.core.verdict import Allow, Ask, Verdict, verdict_word

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHOWN: Final = 3
_LONGEST: Final = 60
_PER: Final = {"run": "in this run", "day": "today", "tree": "in this run and all it belongs with"}


def example_sentence(example: Example) -> str:
    """`Before: denied, … After: allowed, at medium risk.`"""
    return f"Before: {_answer(example.before)}. After: {_answer(example.after)}."


def call_words(example: Example) -> str:
    """The call with its arguments, as `mail__send kind=letter to=51 items, such as x`."""
    shown = [f"{name}={_value(value)}" for name, value in example.request.arguments.items()]
    return " ".join([f"{example.request.connector}__{example.request.tool}", *shown])


def facts_words(example: Example) -> tuple[str, ...]:
    """What stands beside the call, as far as it is not nothing: the time, the run, what was spent and done."""
    return tuple(_facts(example))


def answer_words(verdict: Verdict) -> str:
    """What goes with the verdict's own word: `at medium risk`, whom it asks, why it is denied."""
    match verdict:
        case Allow():
            return f"at {verdict.tier.word} risk"
        case Ask():
            return f"{' and '.join(verdict.rule.slots)} within {time_span(verdict.rule.within_us)}"
    return verdict.sentence


def _answer(verdict: Verdict) -> str:
    word, said = {"allow": "allowed", "ask": "asks", "deny": "denied"}[verdict_word(verdict)], answer_words(verdict)
    return f"{word} ({said})" if word == "denied" else f"{word} {said}"


def _value(value: object) -> str:
    if isinstance(value, list) and len(value) > _SHOWN:
        return f"{len(value):,} items, such as {_value(value[0])}"
    if isinstance(value, Mapping) and len(value) > _SHOWN:
        return f"{len(value):,} keys, such as {_value(next(iter(value)))}"
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or not value.isprintable() else value
    return (text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...") or '""'


def _facts(example: Example) -> Iterator[str]:
    facts, run = example.facts, example.facts.run
    for zone, (weekday, minute) in facts.local.items():
        yield f"{_DAYS[weekday]} {minute // 60:02}:{minute % 60:02} in {zone}"
    if run.calls:
        yield f"after {run.calls:,} calls in this run" if run.calls > 1 else "after 1 call in this run"
    if run.elapsed_us:
        yield f"{time_span(run.elapsed_us)} into the run" if run.elapsed_us >= 1_000_000 else "just begun"
    if run.repeats:
        yield (
            f"the same call made {run.repeats:,} times before" if run.repeats > 1 else "the same call made once before"
        )
    if run.failures:
        yield f"of which {run.failures:,} failed"
    for name, total in facts.totals.items():
        if total:
            scope, _, unit = name.partition(".")
            yield f"{amount_text(total, name)} {unit} already {_PER[scope]}"
    for name, spent in facts.spent.items():
        if spent:
            scope, _, unit = name.partition(".")
            yield f"{amount_text(spent, name)} {unit} of the budget used {_PER[scope]}"
    for action, state in facts.done.items():
        yield f"{action} {'has succeeded' if state == 'succeeded' else 'was begun'} before"
    for argument, at_us in facts.seen.items():
        ago = facts.at_us - at_us
        yield f"{argument} last used {time_span(ago)} ago" if ago >= 1_000_000 else f"{argument} used just now"

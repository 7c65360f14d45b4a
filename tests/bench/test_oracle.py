"""Our decisions and Cedar's, on the same calls; and that a mistake in ours does not stay hidden."""

from collections import Counter

import pytest

from bench.oracle.__main__ import REQUESTS, drawn, judged, main, smallest
from bench.oracle.cedar import Oracle
from bench.oracle.comparison import agree
from bench.oracle.plant import Plant, planted
from bench.oracle.subject import Subject

FEW = 600

PLANTS = {
    "a maximum excludes itself": ("limit", "value > bound if at_most", "value >= bound if at_most"),
    "a minimum excludes itself": ("limit", "else value < bound)", "else value <= bound)"),
    "true is a number": ("limit", "if type(value) is not int and (", "if not isinstance(value, int) and ("),
    "an absent argument keeps its limit": ("decide", "limit.missing if value is ABSENT", "None if value is ABSENT"),
    "1 is as good as true": ("limit", "(type(value), value) in known else", "value in allowed else"),
    "an empty list holds only what it may": (
        "limit",
        "if not value:\n            # INVARIANT",
        "if 0:\n            # INVARIANT",
    ),
    "another word ends in the domain": ("limit", 'tuple("." + domain for', "tuple(domain for"),
    "a path may step up": ("limit", 'if ".." in value', 'if "..." in value'),
    "what is forbidden may come": ("limit", "return lambda value: why", "return lambda value: None"),
    "a pattern fits a part": ("pattern", "return end == 0", "return end >= 0"),
    "a digit of another script": ("pattern", '"#": "[0-9]"', '"#": r"\\d"'),
    "the same value in other letters": ("uniqueness", ".casefold().strip()", ".strip()"),
    "a step excludes itself": ("tier", "if size <= most:", "if size < most:"),
    "a size of true": ("decide", "type(amount) is int and amount >= 0", "isinstance(amount, int) and amount >= 0"),
    "the last minute is outside": ("window", "<= minute < self.end_min", "<= minute < self.end_min - 1"),
    "the end is inside": ("window", "<= minute < self.end_min", "<= minute <= self.end_min"),
    "true picks the action of 1": (
        "action_index",
        "tuple([(type(value), value) for value",
        "tuple([(int, value) for value",
    ),
    "a field nobody classified": ("catalogue", "classes.get(item, UNCLASSIFIED)", 'classes.get(item, "public")'),
    "a list of nothing reads nothing": ("catalogue", "set(reads.classes.values()) if", "set() if"),
    "a negative size": (
        "catalogue",
        "if type(value) is int and value >= 0 else None",
        "if type(value) is int else None",
    ),
    "a pattern covers its own name only": ("charter", "action.startswith(pattern[:-1])", "action == pattern"),
    "the floor is ignored": ("decide", "tier = max(chosen, check.entry.floor)", "tier = chosen"),
    "a total leaves this call out": ("decide", "amount += case.facts.totals[by]", "amount = case.facts.totals[by]"),
    "one call more": ("decide", "run.calls >= limits.calls", "run.calls > limits.calls"),
    "one second more": ("decide", "run.elapsed_us >= limits", "run.elapsed_us > limits"),
    "one repeat more": ("decide", "run.repeats >= limits", "run.repeats > limits"),
    "one retry less": ("decide", "run.failures > limits", "run.failures >= limits"),
    "a budget of one less": ("decide", "spent + use > limit.most", "spent + use >= limit.most"),
    "used a moment too early": (
        "decide",
        "facts.at_us - at_us >= within_us",
        "facts.at_us - at_us > within_us",
    ),
    "an attempt is as good as a success": ("decide", "done.get(rule.other) != SUCCEEDED", "rule.other not in done"),
    "a refusal counts as no answer": ("decide", 'approval.status == "denied"', 'approval.status == "refused"'),
    "consent to other bytes": ("decide", "and approval.digest == case.request.digest", "and True"),
    "consent to another tool definition": ("decide", "and approval.definition == case.facts.definition", "and True"),
    "consent under another charter": ("decide", "and approval.charter == case.charter_digest", "and True"),
    "consent at its last moment": (
        "decide",
        "case.facts.at_us < approval.use_by_us",
        "case.facts.at_us <= approval.use_by_us",
    ),
    "consent of those who left": ("decide", "and approval.filled", "and True"),
    "used consent": ("decide", 'approval.status == "approved"\n', 'approval.status in ("approved", "consumed")\n'),
    "a halt does not stop": ("decide", "if facts.halts:", "if not facts.halts:"),
    "what is sent out is not looked at": ("decide", "if entry.sends is not None and", "if entry.sends is None and"),
    "an unsettled twin": ("decide", "if twin is None or", "if twin is not None or"),
}


class Drawn:
    """The calls that `make oracle` judges, with our answers; made as far as somebody asks."""

    def __init__(self):
        self._coming, self._made = drawn(REQUESTS), []

    def __iter__(self):
        yield from self._made
        for terms, calls in self._coming:
            subject = Subject(terms)
            self._made.append((terms, [(call, subject.reply(call)) for call in calls]))
            yield self._made[-1]


@pytest.fixture(scope="module")
def answered():
    return Drawn()


def test_cedar_agrees_with_every_decision_and_each_verdict_is_common():
    verdicts = Counter()
    for verdict, disagreement in judged(FEW):
        assert disagreement is None, str(disagreement)
        verdicts[verdict.split()[0]] += 1
    assert all(verdicts[word] >= 0.1 * FEW for word in ("allow", "ask", "deny"))


@pytest.mark.parametrize("mistake", PLANTS)
def test_cedar_notices(answered, mistake):
    # Cedar is only asked where the mistake shows: what it says elsewhere is what it said of the right code
    with planted(Plant(*PLANTS[mistake])) as core:
        for terms, calls in answered:
            subject = Subject(terms, core)
            for call, right in calls:
                wrong = subject.reply(call)
                if (wrong.verdict, wrong.reason) == (right.verdict, right.reason):
                    continue
                cedar = Oracle(terms).answer(call.tool, call.arguments, call.facts)
                assert agree(terms, call.tool, right, cedar)
                if not agree(terms, call.tool, wrong, cedar):
                    return
    pytest.fail("no call shows the mistake")


def test_a_mistake_is_shown_as_a_small_case():
    with planted(Plant("decide", "tier = max(chosen, check.entry.floor)", "tier = chosen")) as core:
        case = str(smallest(core, tries=400))
    assert "ours:  allow low\nCedar: " in case
    assert len(case.splitlines()) < 60


def test_the_last_line_carries_the_figures(capsys):
    assert main(["--requests", "40"]) == 0
    assert capsys.readouterr().out.startswith("oracle: 40 requests over 1 charters, ")

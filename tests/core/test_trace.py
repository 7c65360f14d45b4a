"""A decision shown rule by rule says what was decided, and nothing else."""

from typing import Any

from hypothesis import given, settings

from bailiwick.core import decide as deciding
from bailiwick.core.decide import decide
from bailiwick.core.rule_words import ASKED
from bailiwick.core.trace import TraceStep, trace
from bailiwick.core.verdict import Ask, Deny
from tests.core.charter_world import Scene, scenes


def states(steps: tuple[TraceStep, ...]) -> list[str]:
    return [step.state for step in steps]


@given(scenes())
@settings(max_examples=300)
def test_the_first_rule_that_objects_is_the_one_the_verdict_names(scene: Scene) -> None:
    verdict = decide(scene.policy, scene.request, scene.facts)
    steps = trace(scene.policy, scene.request, scene.facts)
    answers = [at for at, step in enumerate(steps) if step.state in ("objected", "asked")]
    if isinstance(verdict, Deny):
        assert [steps[at].state for at in answers] == ["objected"]
        assert steps[answers[0]].rule == verdict.rules[-1]
        assert steps[answers[0]].found == verdict.sentence
    elif isinstance(verdict, Ask):
        assert [steps[at].rule for at in answers] == ["approve"]
        assert answers == [len(steps) - 1]
    else:
        assert set(states(steps)) == {"passed"}
    end = answers[0] if answers else len(steps)
    assert set(states(steps[:end])) <= {"passed"}
    assert set(states(steps[end + 1 :])) <= {"unreached"}


@given(scenes())
@settings(max_examples=100)
def test_every_rule_of_the_charter_has_its_place_in_the_text(scene: Scene) -> None:
    for step in trace(scene.policy, scene.request, scene.facts):
        value: Any = scene.document
        for part in step.place:
            assert isinstance(value, dict | list), step
            value = value[part]  # type: ignore[index]  # a missing key fails the test


@given(scenes())
@settings(max_examples=100)
def test_what_was_not_reached_says_nothing_of_what_it_would_have_found(scene: Scene) -> None:
    for step in trace(scene.policy, scene.request, scene.facts):
        assert step.says.endswith(".")
        assert step.state != "unreached" or step.found == ""


def test_every_question_of_the_decision_has_words() -> None:
    assert [objection.__name__ for objection in deciding.OBJECTIONS] == list(ASKED)  # type: ignore[attr-defined]

"""Every plain sentence agrees with what is enforced: whoever only reads the sentences predicts every decision."""

from dataclasses import replace

from hypothesis import assume, given, note, settings

from bailiwick.core.charter import parse_charter
from bailiwick.core.decide import DECIDER, decide
from bailiwick.core.facts import Facts, RunFact
from bailiwick.core.plain import plain
from bailiwick.core.verdict import Allow, Ask, Deny, DenyCode, Verdict
from tests.core.charter_world import ACTIONS, ARGUMENTS, NOW, READ, SEND, UPDATE, Scene, scenes
from tests.core.sentence_reader import SentenceReader

TOLD = {"low": "runs", "medium": "told"}


def outcome(verdict: Verdict) -> tuple[str, ...]:
    """A verdict in the words of the reader."""
    match verdict:
        case Allow():
            return (TOLD[verdict.tier.word],)
        case Ask():
            return ("asks", *verdict.rule.slots, str(verdict.rule.within_us // 1_000_000))
        case Deny():
            return ("refused",)


@given(scenes(quiet=True))
@settings(max_examples=500)
def test_the_sentences_of_a_charter_alone_predict_every_decision(scene: Scene) -> None:
    facts, check = replace(scene.facts, approval=None), scene.check
    assume(check is not None)
    assert check is not None
    verdict = decide(scene.policy, scene.request, facts)
    # what the tool itself takes is the catalogue's to say, not the charter's
    assume(not (isinstance(verdict, Deny) and verdict.code is DenyCode.SCHEMA))
    sentences = plain(scene.charter, ACTIONS).sentences
    for sentence in sentences:
        note(sentence)
    note(f"{scene.request.tool} {scene.request.arguments} -> {verdict}")
    reader = SentenceReader(ACTIONS, {tool: list(paths) for tool, paths in ARGUMENTS.items()}).read(sentences)
    assert reader.predict(check.entry, scene.request.arguments, facts) == outcome(verdict)


def test_a_sentence_that_says_something_else_is_caught() -> None:
    """The reader has teeth: a number or a word changed in any kind of sentence changes what it predicts."""
    charter = parse_charter(SAMPLE)
    sentences = plain(charter, ACTIONS).sentences
    paths = {tool: list(names) for tool, names in ARGUMENTS.items()}
    for before, after in LIES:
        assert any(before in sentence for sentence in sentences), (before, sentences)
        lies = [sentence.replace(before, after) for sentence in sentences]
        readers = [SentenceReader(ACTIONS, paths).read(words) for words in (sentences, lies)]
        assert any(
            readers[0].predict(entry, arguments, facts) != readers[1].predict(entry, arguments, facts)
            for entry, arguments in CALLS
            for facts in MOMENTS
        ), f"{before} -> {after}"


SAMPLE = {
    "charter": "lead-router",
    "purpose": "Assign new leads to the team that handles them.",
    "workflow": "lead-routing",
    "owner": {"accountable": "ana@acme.example", "backup": "ben@acme.example", "review_by": "2027-02-01"},
    "data": {"may_read": ["internal"], "may_send_out": ["public"]},
    "can": [
        {"do": READ.name, "tier": "low", "limits": {"fields": {"only": ["segment"]}, "limit": {"max": 5}}},
        {"do": UPDATE.name, "tier": {"by": "day.records", "steps": [{"max": 4, "is": "medium"}], "else": "high"}},
        {"do": SEND.name, "tier": "medium", "limits": {"to": {"domain": ["acme.example"]}}},
    ],
    "cannot": ["ads.*"],
    "order": [{"after": READ.name, "never": SEND.name}],
    "approve": {"all_of": [{"role": "it-change"}], "within": "4h"},
    "when": {"days": ["mon"], "hours": "07:00-20:00", "zone": "Europe/Madrid"},
    "run": {"calls": 3, "seconds": 60, "repeats": 2, "retries": 1},
    "budget": {"per_day": {"sends": 2}},
}
LIES = (
    ("segment", "email"),
    ("at most 5", "at most 6"),
    ("up to 4", "up to 3"),
    ("above that it must ask", "above that never"),
    ("only at acme.example", "only at else.example"),
    ("May not touch anything in ads.", "May not touch anything in mail."),
    ("internal data", "customer data"),
    ("send out public", "send out internal"),
    ("it-change must", "legal must"),
    ("4 hours", "3 hours"),
    ("Monday", "Tuesday"),
    ("07:00", "08:00"),
    ("20:00", "19:00"),
    ("at most 3 calls", "at most 2 calls"),
    ("in 1 minute", "in 2 minutes"),
    ("at most twice", "at most once"),
    ("once more", "twice more"),
    ("set out to read contacts", "set out to update fields of contacts"),
    ("2 messages sent", "1 message sent"),
)
CALLS = (
    (READ, {"object_type": "contacts", "fields": ["segment"], "limit": 5}),
    (READ, {"object_type": "contacts", "fields": ["segment"], "limit": 6}),
    (UPDATE, {"ids": ["a"], "options": {"notify": False}}),
    (UPDATE, {"ids": ["a", "b", "c", "d"], "options": {"notify": False}}),
    (UPDATE, {"ids": ["a", "b", "c", "d", "e"], "options": {"notify": False}}),
    (SEND, {"to": ["a@acme.example"], "subject": "x"}),
)
OPEN = RunFact("open", 0, 0, 0, 0)
FRESH = Facts(
    NOW,
    DECIDER,
    "",
    local={"Europe/Madrid": (0, 450)},
    run=OPEN,
    totals={"day.records": 0},
    spent={"day.sends": 0},
)
MOMENTS = (
    FRESH,
    replace(FRESH, run=replace(OPEN, calls=2)),
    replace(FRESH, run=replace(OPEN, elapsed_us=90_000_000)),
    replace(FRESH, run=replace(OPEN, repeats=1)),
    replace(FRESH, run=replace(OPEN, failures=2)),
    replace(FRESH, local={"Europe/Madrid": (0, 1_150)}),
    replace(FRESH, local={"Europe/Madrid": (1, 450)}),
    replace(FRESH, done={READ.name: "intended"}),
    replace(FRESH, spent={"day.sends": 1}),
)

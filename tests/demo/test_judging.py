"""A row holds only if what was seen, what is recorded and what the systems show are all as expected."""

import json
from dataclasses import replace

import pytest

from bailiwick.demo.play import Played, judge
from bailiwick.demo.recorded import RecordBook
from bailiwick.demo.script.step import NOTHING, Attempt, Row
from bailiwick.demo.seen import Seen, seen_call
from bailiwick.demo.witness import Effect, Look
from bailiwick.ledger.bundle import build
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, sign

WRITE = Row("write", "writes", Attempt("drafter", "crm__write", {}, ""), "allow, succeeded", changes=1)
SEEN = Seen("allow, succeeded", "act-1")
DONE = Effect(1, 0, 0, frozenset({"act-1"}))


def book(*leaves):
    bodies = [json.dumps(leaf).encode() for leaf in leaves]
    tree = Tree(map(leaf_hash, bodies))
    key = Signer("acme.example/log", bytes(32))
    note = sign(Checkpoint("acme.example/log", len(bodies), tree.root(len(bodies))).format(), key)
    return RecordBook(build(bodies, note, key.vkey, {}, {}))


def leaf(at_us, kind, action="act-1", **data):
    return {"at_us": at_us, "type": kind, "data": data, "action": action}


INTENDED = leaf(11, "action.intended")
SUCCEEDED = leaf(12, "action.succeeded", evidence="reply")


def judged(row=WRITE, seen=SEEN, effect=DONE, leaves=(INTENDED, SUCCEEDED)):
    (one,) = judge([Played("scene", row, seen, effect, 10, 20)], book(*leaves))
    return one


def test_a_row_holds_when_everything_is_as_expected():
    assert judged().holds


@pytest.mark.parametrize(
    "changed, difference",
    [
        ({"seen": Seen("deny: limit", "act-1")}, "drafter saw `deny: limit`"),
        ({"leaves": (leaf(11, "action.denied", code="limit"),)}, "the record says `deny: limit`"),
        ({"leaves": (leaf(5, "action.intended"), leaf(30, "action.succeeded"))}, "the record says `nothing`"),
        ({"leaves": (INTENDED, SUCCEEDED, leaf(13, "agent.revoked"))}, "the record says `allow, succeeded, agent"),
        ({"effect": Effect(0, 0, 0)}, "the systems show nothing instead of 1 change"),
        ({"effect": replace(DONE, changes=2)}, "the systems show 2 changes instead of 1 change"),
        ({"effect": replace(DONE, micros=5_000_000)}, "the systems show 1 change, 5 EUR"),
        ({"seen": replace(SEEN, action="act-2")}, "told of `act-2`"),
        ({"effect": replace(DONE, actions=frozenset({None}))}, "under an action that the record does not show"),
    ],
)
def test_any_difference_fails_the_row_and_is_named(changed, difference):
    one = judged(**changed)
    assert not one.holds
    assert any(difference in sentence for sentence in one.differences)


def test_a_row_at_a_door_expects_nothing_on_the_record():
    row = Row("door", "knocks", WRITE.deed, "refused: 401", on_record=NOTHING)
    assert judged(row, Seen("refused: 401"), Effect(0, 0, 0), (leaf(5, "action.intended"),)).holds
    assert not judged(row, Seen("refused: 401"), Effect(0, 0, 0)).holds


@pytest.mark.parametrize(
    "answer, phrase",
    [
        ({"failure": "nobody answers"}, "no answer: nobody answers"),
        ({"error": {"code": -32601, "message": "no", "data": "prompts/list"}}, "refused: -32601"),
        (
            {"error": {"code": -32602, "message": "no", "data": {"status": "denied", "code": "unlisted"}}},
            "deny: unlisted",
        ),
        ({"result": {"isError": True, "_meta": {"bailiwick/decision": "act-1"}}}, "allow, failed (tool-error)"),
        ({"result": {"isError": True, "structuredContent": {"status": "denied", "code": "limit"}}}, "deny: limit"),
    ],
)
def test_what_an_agent_reads_becomes_a_phrase(answer, phrase):
    assert seen_call(answer).phrase == phrase


def test_an_effect_is_what_is_new_between_two_looks():
    before = Look((("crm", 1, "act-1"),), 4, 100)
    after = Look((("crm", 1, "act-1"), ("ads", 1, "act-2")), 5, 70)
    assert after.since(before) == Effect(1, 1, 30, frozenset({"act-2"}))

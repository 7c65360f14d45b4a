import pytest

from bailiwick.anchor.witness import WitnessAnchorer
from bailiwick.core.refusal import Refusal
from bailiwick.ledger.note import Signer
from bailiwick.ledger.witness_policy import parse_policy
from bailiwick.ports.anchor import AnchorAlarm, AnchorAway, Place
from tests.anchor.grown import FORK, KEY, LOG, head
from tests.anchor.witness_server import NOW, WitnessServer


def policy(*servers, quorum=None, log=True):
    lines = [f"log {KEY.vkey}"] if log else []
    lines += [f"witness w{n} {server.key.vkey} {server.url}" for n, server in enumerate(servers)]
    names = " ".join(f"w{n}" for n in range(len(servers)))
    return "\n".join([*lines, f"group all-of-them {quorum or 'all'} {names}", "quorum all-of-them", ""])


@pytest.fixture
def north():
    with WitnessServer("north.example/w", KEY.vkey) as server:
        yield server


@pytest.fixture
def south():
    with WitnessServer("south.example/w", KEY.vkey, kind=6) as server:
        yield server


def place(text, seen=None):
    return Place("w", WitnessAnchorer(KEY.vkey).check({"policy": text}), "", seen or {})


async def anchor(text, size, seen=None, tree=LOG):
    return await WitnessAnchorer(KEY.vkey).anchor(place(text, seen), head(size, tree), tree)


async def test_witnesses_of_both_kinds_cosign_a_log_as_it_grows(north, south):
    text, seen = policy(north, south), {}
    for size in (1, 2, 100, 100, 256, 400):
        found = await anchor(text, size, seen)
        judged = parse_policy(text.encode()).judge(found.note)
        assert (judged.enough, judged.seen) == (True, {"w0": NOW, "w1": NOW})
        assert found.seen == {"w0": size, "w1": size}
        assert WitnessAnchorer(KEY.vkey).holds({"policy": text}, found.note, b"") == ""
        seen = found.seen
    assert (north.size, south.size) == (400, 400)
    assert north.asked == [0, 1, 2, 100, 100, 256]


async def test_a_witness_that_saw_another_size_says_so_and_is_asked_again(north):
    text = policy(north)
    await anchor(text, 100)
    north.asked.clear()
    assert (await anchor(text, 200, {})).seen == {"w0": 200}
    assert north.asked == [0, 100]
    north.asked.clear()
    assert (await anchor(text, 300, {"w0": 250})).seen == {"w0": 300}
    assert north.asked == [250, 200]


async def test_a_forked_log_signed_with_the_real_key_raises_an_alarm(north):
    text = policy(north)
    await anchor(text, 100)
    with pytest.raises(AnchorAlarm, match="not the one it cosigned before"):
        await anchor(text, 200, {"w0": 100}, FORK)
    with pytest.raises(AnchorAlarm, match="another root over the same 100 entries"):
        await anchor(text, 100, {"w0": 100}, FORK)
    assert north.size == 100


async def test_a_log_that_was_cut_short_raises_an_alarm(north):
    text = policy(north)
    await anchor(text, 300)
    for seen in ({"w0": 300}, {}):
        with pytest.raises(AnchorAlarm, match=r"cosigned 300 entries of this log, and here are 200: its end was cut"):
            await anchor(text, 200, seen)


async def test_a_quorum_is_enough_and_less_is_not(north, south):
    south.misbehave = (503, "", b"")
    assert (await anchor(policy(north, south, quorum="any"), 10)).seen == {"w0": 10}
    with pytest.raises(AnchorAway, match=r"1 of 2 witnesses cosigned, too few: w1: it answers 503"):
        await anchor(policy(north, south), 20)


@pytest.mark.parametrize(
    "answer, what",
    [
        ((200, "", b""), "unreadable"),
        ((200, "", b"hello\n"), "unreadable"),
        ((200, "", b"\xff\n"), "unreadable"),
        ((403, "", b""), "does not know the key of this log"),
        ((404, "", b""), "does not know this log"),
        ((500, "", b""), "answers 500"),
        ((302, "", b""), "answers 302"),
        ((409, "", b"7\n"), "busy"),
        ((409, "text/x.tlog.size", b"07\n"), "busy"),
        ((409, "text/x.tlog.size", b""), "busy"),
        ((200, "", b"x" * 300_000), "more than"),
    ],
)
async def test_a_strange_answer_is_no_cosignature(north, answer, what):
    north.misbehave = answer
    with pytest.raises(AnchorAway, match=what):
        await anchor(policy(north), 10)


async def test_a_cosignature_by_another_key_or_over_another_head_is_none(north, south):
    line = south.key.cosign(head(10).note, NOW).line
    north.misbehave = (200, "", f"{line}\n".encode())
    with pytest.raises(AnchorAway, match="no cosignature by the key"):
        await anchor(policy(north), 10)
    wrong = north.key.cosign(head(11).note, NOW).line
    north.misbehave = (200, "", f"{wrong}\n".encode())
    with pytest.raises(AnchorAway, match="does not hold"):
        await anchor(policy(north), 10)


async def test_a_witness_that_nobody_answers_for_is_away(north):
    text = policy(north).replace(north.url, "http://127.0.0.1:9")
    with pytest.raises(AnchorAway, match="does not answer"):
        await anchor(text, 10)


async def test_a_log_that_the_witness_does_not_know_is_told_to_its_people(north):
    other = Signer("other.example", bytes(32))
    text = policy(north, log=False)
    with pytest.raises(AnchorAway, match="does not know this log"):
        await WitnessAnchorer(other.vkey).anchor(place(text), head(10, key=other), LOG)


@pytest.mark.parametrize(
    "settings, what",
    [
        ({}, "one setting"),
        ({"policy": "quorum none\n"}, "can never be reached"),
        ({"policy": "quorum\n"}, "line 1"),
        ({"policy": "nonsense\n", "url": "x"}, "one setting"),
    ],
)
def test_settings_that_lead_nowhere_are_refused(settings, what):
    with pytest.raises(Refusal, match=what):
        WitnessAnchorer(KEY.vkey).check(settings)


def test_a_policy_of_another_log_or_without_addresses_is_refused(north):
    with pytest.raises(Refusal, match="other logs only"):
        WitnessAnchorer(Signer("other.example", bytes(32)).vkey).check({"policy": policy(north)})
    with pytest.raises(Refusal, match="can never be reached"):
        WitnessAnchorer(KEY.vkey).check({"policy": policy(north).replace(f" {north.url}", "")})
    with pytest.raises(Refusal, match="is no address"):
        WitnessAnchorer(KEY.vkey).check({"policy": policy(north).replace("http://", "gopher://")})

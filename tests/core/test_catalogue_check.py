"""What a catalogue must keep towards the tools it is about: names that cannot be taken for others, and their hints."""

import pytest

from bailiwick.core.catalogue_form import CatalogueError, parse_catalogue
from bailiwick.core.look_alike import looks_like


def definition(name, **hints):
    return {"name": name, "inputSchema": {"type": "object", "properties": {"operation": {}}}, "annotations": hints}


def action(tool, **more):
    return {"tool": tool, "says": "do it", "effect": "write", "floor": "low"} | more


def problems(definitions, **actions):
    document = {"connector": "shop", "actions": {f"shop.{name}": body for name, body in actions.items()}}
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue(document, definitions)
    return [(problem.path[1:], problem.message) for problem in caught.value.problems]


def accepted(definitions, **actions):
    return parse_catalogue({"connector": "shop", "actions": {f"shop.{n}": b for n, b in actions.items()}}, definitions)


@pytest.mark.parametrize(
    "one, other",
    [
        ("buy", "Buy"),
        ("buy_all", "buy-all"),
        ("buy_all", "buyAll"),
        ("list1", "listl"),
        ("pay0", "payO"),
        ("pay", "рау"),
        ("pay", "pay\u200b"),
        ("pay", "pay "),
        ("café", "cafe"),
        ("modern", "modem"),
        ("ｐａｙ", "pay"),
    ],
)
def test_two_names_that_a_glance_confuses_are_alike(one, other):
    assert looks_like(one, other) and looks_like(other, one)


@pytest.mark.parametrize("one, other", [("pay", "pay"), ("pay", "play"), ("get_item", "get_items"), ("a", "b")])
def test_names_that_read_differently_are_not_alike(one, other):
    assert not looks_like(one, other)


@pytest.mark.parametrize("other", ["Buy", "b-u-y", "BUY"])
def test_two_tools_that_can_be_taken_for_one_another_are_not_both_reviewed(other):
    definitions = [definition("buy"), definition(other)]
    ((place, message),) = problems(definitions, one=action("buy"), two=action(other))
    assert place == ("shop.two", "tool") and "can be taken for `buy`" in message
    assert set(accepted(definitions, one=action("buy")).tools) == {"buy"}


@pytest.mark.parametrize("name", ["bücher", "pаy", "pay now", "pay+", "x" * 129, "pay/now"])
def test_a_tool_is_reviewed_only_under_letters_that_nothing_imitates(name):
    ((place, message),) = problems([definition(name)], one=action(name))
    assert place == ("shop.one", "tool") and "can only be reviewed under" in message


def test_a_tool_that_is_sent_twice_cannot_be_reviewed():
    definitions = [definition("buy"), definition("buy", readOnlyHint=True)]
    ((place, message),) = problems(definitions, one=action("buy"))
    assert place == ("shop.one", "tool") and "sends 2 tools called `buy`" in message


def test_a_tool_without_a_floor_is_high():
    body = action("buy")
    del body["floor"]
    (entry,) = accepted([definition("buy", readOnlyHint=True, destructiveHint=False)], one=body).actions
    assert entry.floor.word == "high"


@pytest.mark.parametrize("floor, fits", [("low", False), ("medium", True), ("high", True), ("never", True)])
def test_a_tool_that_says_it_destroys_is_never_low(floor, fits):
    definitions = [definition("wipe", destructiveHint=True)]
    if fits:
        assert accepted(definitions, one=action("wipe", floor=floor)).actions
        return
    ((place, message),) = problems(definitions, one=action("wipe", floor=floor))
    assert place == ("shop.one", "floor") and "destructiveHint" in message


def test_a_tool_that_says_it_changes_things_does_not_only_read():
    reading = {"effect": "read", "reads": "internal"}
    definitions = [definition("manage", readOnlyHint=False)]
    ((place, message),) = problems(definitions, one=action("manage", **reading))
    assert place == ("shop.one", "effect") and "readOnlyHint" in message


def test_the_part_of_a_coarse_tool_that_only_reads_may_be_low():
    reading = {"effect": "read", "reads": "internal", "when": {"operation": "get"}}
    (entry,) = accepted(
        [definition("manage", readOnlyHint=False, destructiveHint=True)], one=action("manage", **reading)
    ).actions
    assert entry.floor.word == "low"


def test_what_a_tool_says_of_itself_lowers_nothing():
    definitions = [definition("wipe", readOnlyHint=True, destructiveHint=False, idempotentHint=True)]
    (entry,) = accepted(definitions, one=action("wipe", floor="high")).actions
    assert (entry.floor.word, entry.effect, entry.idempotent) == ("high", "write", False)


def test_what_cannot_be_undone_names_no_compensating_action():
    undo = {"class": "irreversible", "with": "shop.two"}
    ((place, message),) = problems(
        [definition("buy"), definition("pay")], one=action("buy", undo=undo), two=action("pay")
    )
    assert place == ("shop.one", "undo", "with") and "class: compensable" in message


def test_a_tool_that_only_reads_back_is_pinned_too():
    confirm = {"tool": "look", "arguments": {}, "expect": {"state": "done"}}
    catalogue = accepted([definition("buy"), definition("look")], one=action("buy", confirm=confirm))
    assert set(catalogue.tools) == {"buy", "look"}
    assert catalogue.tools["look"].definition_digest.startswith("sha256:")

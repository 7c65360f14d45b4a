from copy import deepcopy

import pytest

from bailiwick.core.catalogue import (
    ActionEntry,
    Catalogue,
    FieldClasses,
    Measure,
    apply_defaults,
    classes_read,
    measure,
)
from bailiwick.core.catalogue_form import CatalogueError, parse_catalogue
from bailiwick.core.tier import Tier
from bailiwick.ledger import canonical


def definition(name, *arguments):
    schema = {"type": "object", "properties": {argument: {} for argument in arguments}}
    return {"name": name, "description": "x", "inputSchema": schema}


DEFINITIONS = [definition("query", "object_type", "fields", "ids"), definition("manage", "kind", "ids", "amount")]
DOCUMENT = {
    "connector": "crm",
    "actions": {
        "crm.contact.read": {
            "tool": "query",
            "when": {"object_type": "contacts"},
            "says": "read contacts",
            "floor": "low",
            "effect": "read",
            "reads": {"by": "fields", "classes": {"email": "customer", "credit": "restricted"}},
        },
        "crm.contact.update": {
            "tool": "manage",
            "says": "update contacts",
            "effect": "write",
            "measures": {"records": {"length_of": "ids"}, "money": {"value_of": "amount"}, "one": {"constant": 1}},
            "arguments": {"ids": "authority"},
            "defaults": {"kind": "contacts"},
            "undo": {"class": "compensable", "with": "crm.contact.read"},
            "idempotent": True,
            "confirm": {
                "tool": "query",
                "arguments": {"object_type": "contacts", "ids": ["$ids"]},
                "expect": {"records.*.id": "$ids"},
            },
        },
    },
}
READ, UPDATE = ("actions", "crm.contact.read"), ("actions", "crm.contact.update")


def altered(path, value):
    document = deepcopy(DOCUMENT)
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return document


def problems(document):
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue(document, DEFINITIONS)
    return {problem.where: problem.message for problem in caught.value.problems}


def test_a_catalogue_pins_the_definition_of_every_tool_it_names():
    catalogue = parse_catalogue(DOCUMENT, [*DEFINITIONS, definition("export")])
    assert set(catalogue.tools) == {"query", "manage"}
    assert catalogue.tools["query"].definition_digest == canonical.digest(canonical.encode_any(DEFINITIONS[0]))
    assert catalogue.tools["query"].input_schema == DEFINITIONS[0]["inputSchema"]


def test_an_action_without_a_floor_is_high():
    assert parse_catalogue(DOCUMENT, DEFINITIONS).action("crm.contact.update").floor is Tier.HIGH


@pytest.mark.parametrize(
    "path, value, where, message",
    [
        (["connectr"], "x", "connectr", "did you mean `connector`?"),
        (["connector"], ..., "document", "`connector` is missing"),
        ([*READ, "tool"], "qery", "actions.crm.contact.read.tool", "has no tool `qery`; did you mean `query`?"),
        ([*READ, "says"], ..., "actions.crm.contact.read", "`says` is missing"),
        ([*READ, "floor"], "hgh", "actions.crm.contact.read.floor", "did you mean `high`?"),
        ([*READ, "effect"], "delete", "actions.crm.contact.read.effect", "not one of read, write, send, spend"),
        ([*READ, "effect"], "send", "actions.crm.contact.read", "sends data of no named class"),
        ([*READ, "reads"], ..., "actions.crm.contact.read", "reads data of no named class"),
        ([*READ, "reads"], {"by": "field", "classes": {"a": "b"}}, "actions.crm.contact.read.reads.by", "`fields`?"),
        ([*READ, "reads", "classes"], {}, "actions.crm.contact.read.reads.classes", "is empty"),
        ([*READ, "when"], {"objct_type": "x"}, "actions.crm.contact.read.when.objct_type", "`object_type`?"),
        ([*READ, "when"], {"object_type": None}, "actions.crm.contact.read.when.object_type", "found nothing"),
        ([*READ, "sentence"], "x", "actions.crm.contact.read.sentence", "unknown key `sentence`"),
        ([*UPDATE, "measures", "one"], {}, "actions.crm.contact.update.measures.one", "exactly one of"),
        ([*UPDATE, "measures", "one"], {"constant": -1}, "actions.crm.contact.update.measures.one.constant", "small"),
        ([*UPDATE, "measures", "one"], {"length_of": "x"}, "actions.crm.contact.update.measures.one.length_of", "x"),
        ([*UPDATE, "arguments", "ids"], "data", "actions.crm.contact.update.arguments.ids", "authority, content"),
        ([*UPDATE, "arguments", "idz"], "content", "actions.crm.contact.update.arguments.idz", "mean `ids`?"),
        ([*UPDATE, "defaults"], {"kind": 1.5}, "actions.crm.contact.update.defaults.kind", "is a float"),
        ([*UPDATE, "undo"], {"class": "compensable"}, "actions.crm.contact.update.undo", "compensable by nothing"),
        ([*UPDATE, "undo", "with"], "crm.x.y", "actions.crm.contact.update.undo.with", "unknown action `crm.x.y`"),
        ([*UPDATE, "idempotent"], "yes", "actions.crm.contact.update.idempotent", "expected true or false"),
        ([*UPDATE, "confirm", "tool"], "nope", "actions.crm.contact.update.confirm.tool", "no tool `nope`"),
        ([*UPDATE, "confirm", "expect"], {}, "actions.crm.contact.update.confirm.expect", "expects nothing"),
        (
            [*UPDATE, "confirm", "expect"],
            {"x": "$idz"},
            "actions.crm.contact.update.confirm.expect.x",
            "did you mean `ids`?",
        ),
        (
            [*UPDATE, "confirm", "arguments"],
            {"ids": ["$ no"]},
            "actions.crm.contact.update.confirm.arguments.ids[0]",
            "is no reference",
        ),
    ],
)
def test_a_wrong_catalogue_says_where_and_what_to_write_instead(path, value, where, message):
    found = problems(altered(path, value))
    assert message in found[where]
    assert len(found) == 1


def test_an_action_of_another_connector_is_refused():
    document = {"connector": "crm", "actions": {"email.send": DOCUMENT["actions"]["crm.contact.read"]}}
    assert "is no action of `crm`" in problems(document)["actions.email.send"]


@pytest.mark.parametrize("when", [{}, {"fields": "x"}, {"object_type": "contacts"}])
def test_two_actions_that_one_call_could_mean_are_refused(when):
    document = deepcopy(DOCUMENT)
    document["actions"]["crm.other.read"] = {**DOCUMENT["actions"]["crm.contact.read"], "when": when}
    assert "can match the same call as `crm.contact.read`" in problems(document)["actions.crm.other.read.when"]


def test_all_problems_of_a_catalogue_are_reported_at_once():
    document = altered([*READ, "floor"], "mild")
    document["actions"]["crm.contact.update"]["tool"] = "nope"
    document["x"] = 1
    assert len(problems(document)) == 3


@pytest.mark.parametrize("document", [None, [], {}, "crm", {"connector": 1, "actions": 2}])
def test_something_else_entirely_is_refused_without_a_traceback(document):
    assert problems(document)


def test_a_catalogue_without_actions_hides_every_tool():
    assert parse_catalogue({"connector": "crm", "actions": {}}, DEFINITIONS) == Catalogue("crm", {}, ())


SPLIT = Catalogue(
    "crm",
    {},
    (
        ActionEntry("crm.contact.update", "manage", {"kind": "contacts", "op": 1}),
        ActionEntry("crm.contact.drop", "manage", {"kind": "contacts", "op": True}),
        ActionEntry("crm.count", "count"),
    ),
)


@pytest.mark.parametrize(
    "tool, arguments, action",
    [
        ("manage", {"kind": "contacts", "op": 1, "x": 2}, "crm.contact.update"),
        ("manage", {"kind": "contacts", "op": True}, "crm.contact.drop"),
        ("manage", {"kind": "contacts", "op": 1.0}, None),
        ("manage", {"kind": "Contacts", "op": 1}, None),
        ("manage", {"kind": "contacts"}, None),
        ("manage", {}, None),
        ("count", {}, "crm.count"),
        ("Count", {}, None),
        ("count ", {}, None),
    ],
)
def test_a_coarse_tool_is_cut_by_its_exact_arguments(tool, arguments, action):
    entry = SPLIT.resolve(tool, arguments)
    assert (entry.name if entry else None) == action


SIZED = ActionEntry(
    "a.b",
    "t",
    measures={
        "records": Measure("length_of", "ids"),
        "money": Measure("value_of", "m.x"),
        "one": Measure("constant", 1),
    },
)


@pytest.mark.parametrize(
    "arguments, sizes",
    [
        ({"ids": ["a", "b"], "m": {"x": 7}}, {"records": 2, "money": 7, "one": 1}),
        ({"ids": {"a": 1}}, {"records": 1, "one": 1}),
        ({"ids": "abc", "m": {"x": True}}, {"one": 1}),
        ({"m": {"x": -5}}, {"one": 1}),
        ({"m": {"x": 1.0}}, {"one": 1}),
        ({"m": {"x": float("nan")}}, {"one": 1}),
        ({}, {"one": 1}),
    ],
)
def test_a_measure_that_cannot_be_read_is_not_there(arguments, sizes):
    assert measure(SIZED, arguments) == sizes


TABLE = {"email": "customer", "credit": "restricted", "segment": "internal"}


@pytest.mark.parametrize(
    "fields, all_when_absent, classes",
    [
        (["email", "segment"], True, {"customer", "internal"}),
        (["credit"], True, {"restricted"}),
        ("email", True, {"customer"}),
        (["email", "shoe_size"], True, {"customer", "unclassified"}),
        (["Email"], True, {"unclassified"}),
        ([1], True, {"unclassified"}),
        ([["email"]], True, {"unclassified"}),
        ([], True, {"customer", "restricted", "internal"}),
        (None, True, {"customer", "restricted", "internal"}),
        (..., True, {"customer", "restricted", "internal"}),
        (..., False, {"unclassified"}),
        ([], False, {"unclassified"}),
    ],
)
def test_what_a_read_shows_is_known_by_field_or_unclassified(fields, all_when_absent, classes):
    reads = FieldClasses(by="fields", classes=TABLE, all_when_absent=all_when_absent)
    arguments = {} if fields is ... else {"fields": fields}
    assert classes_read(ActionEntry("a.b", "t", effect="read", reads=reads), arguments) == classes


def test_a_read_of_one_class_or_of_none_named():
    assert classes_read(ActionEntry("a.b", "t", effect="read", reads=FieldClasses("internal")), {}) == {"internal"}
    assert classes_read(ActionEntry("a.b", "t", effect="read"), {}) == {"unclassified"}
    assert classes_read(ActionEntry("a.b", "t", effect="write"), {}) == set()


def test_defaults_fill_what_is_absent_and_nothing_else():
    entry = ActionEntry("a.b", "t", defaults={"limit": 50, "filter.owner": "me"})
    assert apply_defaults(entry, {}) == {"limit": 50, "filter": {"owner": "me"}}
    assert apply_defaults(entry, {"limit": None, "filter": {"owner": "x"}}) == {"limit": None, "filter": {"owner": "x"}}

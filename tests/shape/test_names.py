"""One noun, one class, one place; and no word that says nothing."""

import ast
import re
from collections import defaultdict

VAGUE = re.compile(r"(?i)manager|helper|utils?$|service|engine|processor|common$|misc")


# The made-up company's servers stand for other people's software: their nouns are their own.
ELSEWHERE = "src/bailiwick/demo/company/"


def public_classes(package):
    """Yield (class, module) for every public class at the top of a module."""
    for source in package:
        if source.name.startswith(ELSEWHERE):
            continue
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, source.name


def test_a_public_class_name_is_used_once(package):
    places = defaultdict(list)
    for name, module in public_classes(package):
        places[name].append(module)
    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}


def test_no_class_has_a_name_that_says_nothing(package):
    assert [(name, module) for name, module in public_classes(package) if VAGUE.search(name)] == []


def test_no_module_has_a_name_that_says_nothing(programs):
    stems = {source.name: source.name.rpartition("/")[2].removesuffix(".py") for source in programs}
    assert [name for name, stem in stems.items() if VAGUE.search(stem)] == []

"""A room that gets crowded is noticed; the aim is 300 lines a file and 40 a function, these are the walls."""

import ast

FILE_LINES = 400
FUNCTION_LINES = 80
# A migration is one frozen list of tables and is never edited again.
FROZEN = "/migrations/versions/"


def test_no_file_outgrows_its_one_idea(programs):
    crowded = {
        source.name: lines
        for source in programs
        if FROZEN not in source.name and (lines := source.text.count("\n")) > FILE_LINES
    }
    assert crowded == {}


def test_no_function_outgrows_a_screen(programs):
    crowded = {
        f"{source.name}:{node.name}": lines
        for source in programs
        if FROZEN not in source.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert crowded == {}

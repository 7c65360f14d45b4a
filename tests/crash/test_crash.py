"""The short version of `make crash`: each edge once, two random kills, kills of starts, and teeth for the checks."""

import json
import sqlite3
from contextlib import closing
from random import Random

import pytest

from bailiwick.demo.company.journal import journal
from bailiwick.flow.act import EDGES
from bench.crash.__main__ import siege, summary
from bench.crash.check import Findings, check
from bench.crash.start import first_starts, second_server

SEED = 4


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    with siege(tmp_path_factory.mktemp("crash"), SEED) as found:
        yield found


@pytest.mark.parametrize("edge", EDGES)
def test_a_kill_at_an_edge_loses_nothing_and_repeats_nothing(laid, edge):
    before = laid.unknown
    laid.at_edge(edge, 12)
    assert not list(laid.found.lines())
    assert laid.unknown > before or edge not in ("after-intent", "after-upstream")


def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(laid):
    chance = Random(SEED)
    for _ in range(2):
        laid.at_random(chance.uniform(0.1, 0.6))
    assert not list(laid.found.lines())


def test_a_start_that_is_killed_after_it_settled_is_followed_by_a_good_one(laid):
    laid.at_start("after-settling")
    assert not list(laid.found.lines())


@pytest.mark.parametrize("edge", ["after-migration", "after-founding"])
def test_a_very_first_start_that_is_killed_can_be_repeated(tmp_path, edge):
    found = Findings()
    first_starts(tmp_path, found, [edge])
    assert not list(found.lines())


def test_a_second_server_on_the_folder_is_refused(laid):
    laid.house.start()
    second_server(laid.house, laid.found)
    laid.house.kill()
    assert not list(laid.found.lines())


def test_the_checks_see_what_went_wrong(laid):
    laid.at_edge("before-reply", 30)
    entry = next(one for one in journal(laid.office.crm.database) if one["effect"])
    call = next(call for call in laid.shift.calls if call.answer and call.said == "succeeded")
    heard, found = call.answer, Findings()
    try:
        _write(laid.office.crm.database, entry, entry["action"])
        _write(laid.office.crm.database, entry, "act-nobody-decided")
        call.answer = {"isError": True, "structuredContent": {"status": "failed"}, "_meta": heard["_meta"]}
        laid.house.start()
        check(laid.house, laid.office, laid.shift, found)
        laid.house.kill()
    finally:
        call.answer = heard
        with closing(sqlite3.connect(laid.office.crm.database)) as db, db:
            db.execute("DELETE FROM journal WHERE result = '\"planted\"'")
    assert found.twice == {entry["action"]}
    assert found.without_intent == {"act-nobody-decided"}
    assert len(found.lost) == 1
    assert "1 actions twice, 1 without intent, 1 acknowledged lost" in summary(found, 1, 2)


def _write(database, entry, action):
    columns = "at_us, tool, arguments, action, effect, result"
    values = (entry["at_us"], entry["tool"], json.dumps(entry["arguments"]), action, True, '"planted"')
    with closing(sqlite3.connect(database)) as db, db:
        db.execute(f"INSERT INTO journal ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values)

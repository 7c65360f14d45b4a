"""Why, the table of roles and actions, unused grants and trimming, from the command line against a real server."""

import csv
import io


def test_why_is_asked_of_a_request_rule_by_rule(house):
    asked = ("charter", "explain", "lab__regional", '{"region": "west"}', "--agent", "lab-helper")
    told = house.admin.json(*asked)
    objected = [step for step in told["steps"] if step["state"] == "objected"]
    assert [step["rule"] for step in objected] == told["rules"]
    shown = house.admin.run(*asked)
    assert shown.code == 0
    assert shown.out.startswith("deny: ")
    assert "facts as they stand now" in shown.out
    assert "NO" in shown.out and objected[0]["rule"] in shown.out
    late = house.admin.json(*asked, "--fresh", "--at", "sat 22:30 Europe/Madrid", "--calls", "3")
    assert (late["basis"], late["facts"]["run"][1]) == ("fresh", 3)
    assert house.admin.run("charter", "explain", "--action", "act-none").code == 1


def test_the_matrix_is_a_table_or_values_for_a_spreadsheet(house):
    found = house.admin.json("charter", "matrix")
    assert "lab-helper" in [row["charter"] for row in found["rows"]]
    rows = list(csv.reader(io.StringIO(house.admin.run("charter", "matrix", "--csv", "--connector", "lab").out)))
    assert rows[0][:3] == ["action", "floor", "lab-helper"]
    lab = {action["name"] for action in found["actions"] if action["name"].startswith("lab.")}
    assert {row[0] for row in rows[1:]} == lab
    assert "lab-helper" in house.admin.run("charter", "matrix", "--granted").out


def test_unused_grants_are_told_and_trimmed_without_storing_anything(house):
    fresh = house.admin.run("charter", "unused", "--days", "30")
    assert fresh.code == 0 and "too new to tell" in fresh.out
    every = house.admin.json("charter", "unused", "--all")
    actions = [grant["action"] for grant in every["grants"] if grant["charter"] == "lab-helper"]
    before = house.admin.json("charter", "show", "lab-helper")["version"]
    text = house.admin.run("charter", "trim", "lab-helper", "--action", actions[0]).out
    assert "charter: lab-helper" in text and f"do: {actions[0]}" not in text
    assert house.admin.json("charter", "show", "lab-helper")["version"] == before
    nothing = house.admin.run("charter", "trim", "lab-helper", "--days", "30")
    assert nothing.code == 1 and "too new to tell" in nothing.err
    assert house.admin.run("charter", "trim", "lab-helper").code == 2


def test_an_agents_limits_and_what_can_be_taken_back_are_shown(house):
    found = house.admin.json("agent", "limits", "lab-helper")
    assert found["agent"] == "lab-helper" and found["undo"]
    assert "afterwards" in house.admin.run("agent", "limits", "lab-helper").out
    assert house.admin.run("agent", "limits", "nobody").code == 1

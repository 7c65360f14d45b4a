"""Forgetting and keeping from the command line, against a real server."""


def test_nobody_is_found_and_nothing_is_done_without_yes(house):
    found = house.admin.run("subject", "find", "contact", "nobody")
    assert found.code == 1 and "nothing is kept of such a person" in found.err
    erased = house.admin.run("subject", "erase", "contact", "nobody", "--yes")
    assert erased.code == 1 and "forgotten already" in erased.err
    assert house.admin.run("subject", "erase", "contact").code == 2
    assert house.admin.run("subject", "show", "sub-none").code == 1
    assert house.admin.json("subject", "list")["items"] == []
    assert "nobody was forgotten yet" in house.admin.run("subject", "list").out


def test_a_rule_is_set_and_the_promise_in_it_is_kept(house):
    assert "every" in house.admin.run("record", "retention").out
    done = house.admin.run("record", "retain", "customer", "--keep", "200", "--most", "400")
    assert done.code == 0 and "200 days at least, 400 days at most" in done.out
    shorter = house.admin.run("record", "retain", "customer", "--keep", "190")
    assert shorter.code != 0 and "promised" in shorter.err
    shown = house.admin.run("record", "prune")
    assert shown.code == 0 and "No payload is past its time." in shown.out and "Would remove" in shown.out

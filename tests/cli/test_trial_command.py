"""The commands that try a charter on the record and beside the one in force."""

import asyncio

import pytest

from bailiwick.cli.trouble import ExitCode
from bailiwick.sdk.agent import AgentSession
from tests.cli.conftest import CHARTER

NARROWER = CHARTER.replace("  - {do: lab.text.echo, tier: low}\n", "")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "narrower.yaml"
    path.write_text(NARROWER)
    return str(path)


@pytest.fixture
def trial(house):
    """Whatever a test started is stopped."""
    yield house
    house.admin.run("charter", "trial", "lab-helper", "stop")


async def echo(house, times):
    async with AgentSession(house.url, "lab-helper", house.key) as session:
        run = await session.open_run(intent="say something back", workflow="trying")
        for _ in range(times):
            await run.call("lab__echo", {})
    return run.id


def test_a_what_if_names_what_changes_why_and_how_often(house, file):
    run = asyncio.run(echo(house, 3))
    ran = house.director.run("charter", "whatif", "lab-helper", file, "--days", "1")
    assert ran.code == ExitCode.DONE, ran
    assert run in ran.out
    assert "the charter `lab-helper` does not list `lab.text.echo`" in ran.out
    assert "lab.text.echo: allow → deny, " in ran.out
    document = house.director.json("charter", "whatif", "lab-helper", file)
    assert document["state"] == "done"
    assert len(document["changes"]) == document["report"]["changed"] >= 3
    same = house.director.json("charter", "whatif", "lab-helper", "--version", "1")
    assert (same["report"]["changed"], same["changes"]) == (0, [])


def test_a_shadow_lists_what_it_would_have_decided(trial, file):
    ran = trial.admin.run("charter", "shadow", "lab-helper", file, "--note", "no more echo")
    assert ran.code == ExitCode.DONE, ran
    assert "is on trial, in the shadow." in ran.out
    run = asyncio.run(echo(trial, 2))
    said = trial.director.run("charter", "trial", "lab-helper").out
    assert said.count(run) == 2
    assert "2 decisions of the trial: 2 would have another verdict" in said
    assert "the trial is over" in trial.director.run("charter", "trial", "lab-helper", "stop").out
    assert trial.director.json("charter", "trial", "lab-helper")["state"] == "stopped"


def test_a_canary_is_started_raised_and_stopped_in_one_command_each(trial, file):
    started = trial.admin.json("charter", "canary", "lab-helper", file, "--percent", "1", "--note", "no more echo")
    assert (started["state"], started["percent"]) == ("running", 1)
    ran = trial.admin.run("charter", "canary", "lab-helper", "--percent", "100")
    assert "100 % of the runs that are opened from now on" in ran.out
    asyncio.run(echo(trial, 1))
    said = trial.admin.run("charter", "trial", "lab-helper").out
    assert "the new version decided: 0 allowed, 0 asked, 1 denied" in said
    assert trial.director.run("charter", "trial", "lab-helper", "stop").code == ExitCode.DONE
    asyncio.run(echo(trial, 1))


@pytest.mark.parametrize(
    "arguments, code",
    [
        (("whatif", "lab-helper"), ExitCode.USAGE),
        (("whatif", "lab-helper", "FILE", "--version", "1"), ExitCode.USAGE),
        (("whatif", "nothing", "FILE"), ExitCode.REFUSED),
        (("whatif", "lab-helper", "--version", "99"), ExitCode.REFUSED),
        (("canary", "lab-helper", "FILE"), ExitCode.USAGE),
        (("canary", "lab-helper", "--percent", "50"), ExitCode.REFUSED),
        (("trial", "nothing"), ExitCode.REFUSED),
        (("trial", "lab-helper", "promote"), ExitCode.REFUSED),
        (("trial", "lab-helper", "pause"), ExitCode.USAGE),
    ],
)
def test_what_cannot_be_done_has_its_status(trial, file, arguments, code):
    ran = trial.admin.run("charter", *(file if word == "FILE" else word for word in arguments))
    assert (ran.code, ran.out) == (code, ""), ran


def test_a_test_without_catalogues_takes_those_of_the_server(house, tmp_path):
    (tmp_path / "lab-helper.yaml").write_text(CHARTER)
    text = "charter: lab-helper.yaml\nnow: 2026-05-04T09:00Z\ncases:\n"
    text += "  - {name: echoes, call: {tool: lab__echo}, expect: {verdict: allow, action: lab.text.echo}}\n"
    (tmp_path / "lab_test.yaml").write_text(text)
    ran = house.director.run("charter", "test", str(tmp_path))
    assert ran.code == 0, ran
    assert "1 cases, 1 as expected" in ran.out

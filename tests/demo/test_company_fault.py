import os
import signal
import subprocess
import sys
import time
from http.client import RemoteDisconnected
from pathlib import Path

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from bailiwick.demo.company import repository
from bailiwick.demo.company.journal import journal
from bailiwick.demo.company.office import Office, OfficeError

LAUNCH = {"campaign_id": "ads-video", "daily_budget_micros": 7_000_000}


@pytest.fixture
def launch(office, post):
    """One raw launch of `ads-video` that waits no longer than its patience."""

    def once(action, patience_s=10.0, era="2026-07-28"):
        params = {"name": "launch_campaign", "arguments": LAUNCH, "_meta": {"bailiwick/action": action}}
        given = [f"Bearer {office.ads.secret}"]
        return post(office.ads, "tools/call", params, authorization=given, patience_s=patience_s, era=era)

    return once


@pytest.fixture
def spent(office, call):
    async def micros():
        found = await call(office.ads, "list_campaigns", {"campaign_id": "ads-video"})
        return found.structured_content["campaigns"][0]["spent_micros"]

    return micros


@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize(
    "fault",
    [("timeout_after_commit", TimeoutError), ("drop_after_commit", (RemoteDisconnected, ConnectionError))],
)
async def test_the_change_stands_although_no_reply_comes(office, launch, spent, fault, era):
    kind, error = fault
    before = await spent()
    office.fault("ads", "launch_campaign", kind, seconds=600, times=1)
    with pytest.raises(error):
        launch(f"act-{kind}-{era}", patience_s=1.0, era=era)
    assert await spent() == before + 7_000_000
    assert [e["effect"] for e in journal(office.ads.database) if e["action"] == f"act-{kind}-{era}"] == [True]


async def test_a_success_without_effect_changes_nothing(office, launch, spent):
    before = await spent()
    office.fault("ads", "launch_campaign", "no_effect")
    _, _, body = launch("act-nothing")
    assert body["result"]["structuredContent"]["status"] == "active"
    assert await spent() == before
    assert [e["effect"] for e in journal(office.ads.database) if e["action"] == "act-nothing"] == [False]


async def test_a_slow_tool_has_done_nothing_while_it_waits(office, launch, spent):
    before = await spent()
    office.fault("ads", "launch_campaign", "slow", seconds=600)
    with pytest.raises(TimeoutError):
        launch("act-slow", patience_s=0.5)
    assert await spent() == before
    assert not [entry for entry in journal(office.ads.database) if entry["action"] == "act-slow"]


async def test_a_fault_meets_as_many_calls_as_it_says_and_no_other_tool(office, call, launch, spent):
    before = await spent()
    office.fault("ads", "launch_campaign", "no_effect", times=1)
    await call(office.ads, "pause_campaign", {"campaign_id": "ads-video"})
    launch("act-once")
    launch("act-again")
    assert await spent() == before + 7_000_000


@pytest.mark.parametrize(
    "wrong, sentence",
    [({"kind": "explode"}, "must be one of"), ({"kind": "slow", "seconds": -1}, "0 to 600")],
)
def test_a_fault_that_does_not_exist_is_refused_with_a_sentence(office, wrong, sentence):
    with pytest.raises(OfficeError, match=sentence):
        office.fault("ads", "launch_campaign", **wrong)


async def test_a_killed_server_refuses_connections_and_comes_back_with_its_state(office, call, post):
    ticket = {"title": "Survivor", "description": "Written before the crash."}
    key = (await call(office.desk, "create_ticket", ticket)).structured_content["id"]
    address = office.desk
    office.kill("desk")
    with pytest.raises(ConnectionRefusedError):
        post(address, "tools/list", {}, authorization=[f"Bearer {address.secret}"])
    office.bring_back("desk")
    assert (office.desk.url, office.desk.secret) == (address.url, address.secret)
    one = {"record_type": "ticket", "id": key}
    found = (await call(office.desk, "get_record", one)).structured_content
    assert found["record"]["title"] == "Survivor"


async def test_a_message_that_the_relay_did_not_take_is_an_error_and_says_so_in_the_journal(office, call):
    office.kill("sink")
    message = {"to": ["li@example.com"], "subject": "Lost", "body": "x"}
    result = await call(office.email, "send_message", message)
    office.bring_back("sink")
    assert result.is_error
    last = journal(office.email.database)[-1]
    assert "was not delivered" in last["result"]["error"]
    assert not (await call(office.email, "send_message", message)).is_error


def test_no_server_outlives_the_program_that_started_the_office(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from bailiwick.demo.company.office import Office\n"
        "office = Office(Path(sys.argv[1])); office.start()\n"
        "print(*(branch.pid for branch in office.branches.values()), flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with owner:
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        assert len(pids) == 5
        owner.send_signal(signal.SIGKILL)
    end = time.monotonic() + 20
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < end, "a server still runs"
        time.sleep(0.02)


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_office_that_cannot_start_says_why_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "crm.sqlite").write_bytes(b"this is no database, and it is long enough to be read as one")
    office = Office(tmp_path)
    with pytest.raises(OfficeError, match="not a database"):
        office.start()
    office.stop()


@pytest.mark.parametrize("server, tool", [("git", "git_log"), ("time", "get_current_time")])
async def test_the_servers_that_nobody_here_wrote_answer_over_stdio(office, server, tool):
    command = office.git_command if server == "git" else office.time_command
    environment = dict(office.git_environment) if server == "git" else None
    arguments = {"repo_path": command[-1]} if server == "git" else {"timezone": "Europe/Madrid"}
    parameters = StdioServerParameters(command=command[0], args=list(command[1:]), env=environment)
    async with Client(parameters) as client:
        assert tool in {listed.name for listed in (await client.list_tools()).tools}
        result = await client.call_tool(tool, arguments)
    assert not result.is_error
    if server == "git":
        assert "Correct the price of the spade" in result.content[0].text


def test_the_repository_of_the_company_is_the_same_everywhere(office):
    head = ("git", "-C", office.git_command[-1], "rev-parse", "HEAD")
    again = Path(office.folder, "again")
    repository.create(again)
    second = ("git", "-C", str(again), "rev-parse", "HEAD")
    assert subprocess.check_output(head) == subprocess.check_output(second)

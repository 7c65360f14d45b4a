"""Against child processes: servers nobody here wrote, the SDK's, and one that misbehaves."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bailiwick.ports.upstream import (
    Notice,
    UpstreamRefused,
    UpstreamTooLarge,
    UpstreamUnavailable,
    UpstreamUncertain,
)
from tests.upstream.conftest import SDK_SERVER, Setup

HERE = Path(__file__).parent
RAW = (sys.executable, str(HERE / "raw_child.py"))
SDK = (sys.executable, str(SDK_SERVER), "stdio")


async def gone(pid: int) -> None:
    """Wait until a process is no more, however long that takes; the test's own limit ends the wait."""
    while True:
        try:
            state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(") ")[2][0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        await asyncio.sleep(0.02)


@pytest.fixture
def raw(setup: Setup) -> Setup:
    setup.stdio(*RAW)
    return setup


async def test_the_published_git_server_works(setup: Setup, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    setup.stdio(sys.executable, "-m", "mcp_server_git")
    tools = await setup.pool.definitions("x")
    assert {"git_status", "git_log"} <= {tool["name"] for tool in tools}
    reply = await setup.call("git_status", json.dumps({"repo_path": str(tmp_path)}).encode())
    assert "No commits yet" in reply.result["content"][0]["text"]
    assert reply.era == "2026-07-28"


async def test_the_published_time_server_works(setup: Setup) -> None:
    setup.stdio(sys.executable, "-m", "mcp_server_time")
    reply = await setup.call("get_current_time", b'{"timezone":"Europe/Madrid"}')
    assert "Europe/Madrid" in reply.result["content"][0]["text"]


async def test_the_sdk_server_answers_calls_in_parallel(setup: Setup) -> None:
    setup.stdio(*SDK)
    replies = await asyncio.gather(*(setup.call(arguments=b'{"n":%d}' % n) for n in range(40)))
    assert [r.result["structuredContent"]["arguments"]["n"] for r in replies] == list(range(40))
    assert len({r.result["structuredContent"]["pid"] for r in replies}) == 1
    assert replies[0].era == "2026-07-28"


async def test_a_refusal_carries_the_servers_code(setup: Setup) -> None:
    setup.stdio(*SDK)
    with pytest.raises(UpstreamRefused) as refused:
        await setup.call("refuse")
    assert (refused.value.code, refused.value.data) == (-31234, {"why": "test"})


@pytest.mark.parametrize("arguments", [b'{"amount":1.0,"big":1e+21,"text":"caf\xc3\xa9"}', b'{ "n" : [1, 2] }'])
async def test_the_argument_bytes_are_written_verbatim(raw: Setup, arguments: bytes) -> None:
    reply = await raw.call("raw", arguments)
    assert b'"arguments":' + arguments + b',"_meta":{"bailiwick/action":"act-1"}' in reply.result["line"].encode()
    assert reply.era == "2025-11-25"


async def test_what_a_server_asks_is_denied_and_its_ping_answered(raw: Setup) -> None:
    *denied, ping = (await raw.call("ask")).result["answers"]
    assert [answer["error"]["code"] for answer in denied] == [-32601] * 3
    assert all("denied" in answer["error"]["message"] for answer in denied)
    assert ping["result"] == {}


async def test_noise_on_stdout_and_stderr_does_no_harm(raw: Setup) -> None:
    with capture_logs() as logs:
        assert (await raw.call("noise")).result == {"done": True}
    assert {"stdout line is not JSON-RPC", "stderr"} <= {entry["event"] for entry in logs}
    assert {entry["log_level"] for entry in logs} == {"debug"}


async def test_progress_goes_to_the_call_it_belongs_to(raw: Setup) -> None:
    notices: list[Notice] = []

    async def note(notice: Notice) -> None:
        notices.append(notice)

    token = (await raw.call("progress", on_notice=note)).result["token"]
    assert [n.params for n in notices] == [{"progressToken": token, "progress": n} for n in (1, 2)]
    assert (await raw.call("progress")).result["token"] is None


async def test_a_child_that_dies_after_the_request_leaves_it_uncertain_and_the_next_call_starts_another(
    raw: Setup,
) -> None:
    before = (await raw.call("raw")).result["pid"]
    waiting = [asyncio.create_task(raw.call("hang")) for _ in range(2)]
    with pytest.raises(UpstreamUncertain):
        await raw.call("die", s=20)
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, UpstreamUncertain)
    assert (await raw.call("raw")).result["pid"] != before


async def test_a_child_killed_between_calls_is_started_again(raw: Setup) -> None:
    before = (await raw.call("raw")).result["pid"]
    os.kill(before, signal.SIGKILL)
    await gone(before)
    await asyncio.sleep(0.05)  # let the loop see it
    assert (await raw.call("raw")).result["pid"] != before


async def test_no_answer_in_time_is_uncertain_and_the_request_is_cancelled(raw: Setup) -> None:
    await raw.call("raw")
    with pytest.raises(UpstreamUncertain, match="in time"):
        await raw.call("hang", s=0.2)
    assert (await raw.call("raw")).result["line"]


async def test_a_line_of_50_mb_is_not_read(raw: Setup) -> None:
    with pytest.raises(UpstreamTooLarge):
        await raw.call("huge")
    assert (await raw.call("raw")).result["line"]


@pytest.mark.parametrize("command", [
    (), ("no-such-command-anywhere",), ("false",), ("cat", "/no/such/file"), (sys.executable, "-c", "print('hi')"),
], ids=["nothing", "missing", "false", "cat", "silent"])  # fmt: skip
async def test_a_command_that_does_not_serve_is_unavailable(setup: Setup, command: tuple[str, ...]) -> None:
    setup.stdio(*command)
    with pytest.raises(UpstreamUnavailable):
        await setup.call()
    with pytest.raises(UpstreamUnavailable):
        await setup.pool.definitions("x")


async def test_a_deadline_during_the_start_is_unavailable_and_the_start_goes_on(setup: Setup) -> None:
    setup.stdio(*RAW, "slow")
    with pytest.raises(UpstreamUnavailable, match="still starting"):
        await setup.call("raw", s=0.1)
    assert (await setup.call("raw")).result["line"]


async def test_a_child_sees_only_the_allowed_environment_and_its_secrets(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAILIWICK_SIGNING_KEY", "hush")
    setup.stdio(*SDK, env={"REGION": "eu"})
    setup.secrets.of["x"] = {"API_TOKEN": "first"}
    seen = (await setup.call("environment")).result["structuredContent"]
    assert seen.items() >= {"REGION": "eu", "API_TOKEN": "first"}.items()
    assert set(seen) <= {"REGION", "API_TOKEN", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TMPDIR", "TZ"}
    setup.secrets.of["x"] = {"API_TOKEN": "second"}
    assert (await setup.call("environment")).result["structuredContent"]["API_TOKEN"] == "second"


async def test_runs_share_a_child_only_where_the_connector_says_so(setup: Setup) -> None:
    async def pid(run: str) -> Any:
        return (await setup.call("raw", run=run)).result["pid"]

    setup.stdio(*RAW)
    assert await pid("run-1") == await pid("run-2")
    setup.stdio(*RAW, scope="per_run")
    first, second = await asyncio.gather(pid("run-1"), pid("run-2"))
    assert first != second
    assert await pid("run-1") == first


async def test_the_child_of_a_quiet_run_is_ended(make: Callable[..., Setup]) -> None:
    setup = make(idle_s=0)
    setup.stdio(*RAW, scope="per_run")
    before = (await setup.call("raw")).result["pid"]
    await gone(before)
    assert (await setup.call("raw")).result["pid"] != before


async def test_closing_ends_the_child_and_what_it_started(raw: Setup) -> None:
    started = (await raw.call("grandchild")).result
    await raw.pool.close()
    await gone(started["own"])
    await gone(started["pid"])
    with pytest.raises(UpstreamUnavailable):
        await raw.call("raw")


async def test_closing_ends_the_calls_in_flight(raw: Setup) -> None:
    await raw.call("raw")
    waiting = asyncio.create_task(raw.call("hang"))
    await asyncio.sleep(0)
    await raw.pool.close()
    with pytest.raises((UpstreamUncertain, UpstreamUnavailable)):
        await waiting


async def test_a_child_dies_with_a_gateway_that_was_killed() -> None:
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "orphan_maker.py"), stdout=asyncio.subprocess.PIPE
    )
    assert keeper.stdout is not None
    pid = int(await keeper.stdout.readline())
    keeper.kill()
    await keeper.wait()
    await gone(pid)

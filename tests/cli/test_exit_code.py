"""Every way a command can fail: one sentence on standard error, the documented status, nothing else."""

import json
import subprocess
import sys

import pytest

from bailiwick.cli.trouble import ExitCode

BROKEN = "charter: [unclosed"


def failed(ran, code):
    assert ran.code == code, ran
    assert ran.out == ""
    assert ran.err.startswith(("bailiwick: ", "Usage: "))
    assert "Traceback" not in ran.err
    return ran.err


def test_nobody_signed_in_is_told_how(nobody):
    assert "run `bailiwick login --link" in failed(nobody.run("run", "list"), ExitCode.SIGNED_OUT)


def test_a_token_that_counts_no_more_is_told_how(nobody, house, monkeypatch):
    monkeypatch.setenv("BAILIWICK_TOKEN", "bwk_cli_" + "x" * 50)
    failed(nobody.run("run", "list", "--server", house.url), ExitCode.SIGNED_OUT)


def test_what_a_person_may_not_do_is_forbidden(house):
    said = failed(house.director.run("person", "add", "x@acme.example", "--name", "X"), ExitCode.SIGNED_OUT)
    assert said.count("\n") == 1


def test_a_server_that_does_not_answer(nobody, monkeypatch):
    monkeypatch.setenv("BAILIWICK_TOKEN", "bwk_cli_x")
    said = failed(nobody.run("run", "list", "--server", "http://127.0.0.1:1"), ExitCode.UNREACHABLE)
    assert "is `bailiwick up` running there?" in said


def test_something_that_is_no_bailiwick_is_not_believed(nobody, monkeypatch, tmp_path):
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1/me").write_text("<p>hello</p>")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as web:
        port = web.stdout.readline().split("port ")[1].split(" ")[0]
        monkeypatch.setenv("BAILIWICK_TOKEN", "bwk_cli_x")
        ran = nobody.run("whoami", "--server", f"http://127.0.0.1:{port}")
        web.terminate()
    assert "is the address right?" in failed(ran, ExitCode.UNREACHABLE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "list", "--server", "ftp://acme.example"),
        ("run", "list", "--limit", "none"),
        ("run", "show"),
        ("no-such-command",),
        ("recheck",),
        ("recheck", "run-1", "--all"),
        ("connector", "add", "x"),
        ("connector", "add", "x", "--url", "http://x.example", "--vendor", "A", "--responsible", "B", "--", "cat"),
        ("agent", "enrol", "x", "--charter", "y"),
        ("agent", "token", "x", "--key", "k.pem", "--intent", "only"),
        ("charter", "explain", "x__y"),
        ("charter", "explain", "--agent", "a"),
        ("charter", "explain", "x__y", "--agent", "a", "--total", "day.records"),
        ("charter", "explain", "x__y", "[1]", "--agent", "a"),
        ("charter", "explain", "x__y", "{", "--agent", "a"),
        ("charter", "check", "no-such-file.yaml"),
        ("record", "verify", "no-such-folder"),
        ("login", "--link", "half-a-link"),
        ("person", "change", "x@acme.example"),
        ("person", "change", "x@acme.example", "--role", "a", "--no-roles"),
        ("bridge", "--agent", "x", "--key", "y", "--intent", "only"),
    ],
)
def test_a_command_line_that_is_wrong_is_usage(house, arguments):
    ran = house.admin.run(*arguments)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "text, said",
    [
        (BROKEN, "line 1"),
        ("charter: x\nsurprise: 1\n", "line 2"),
        ("charter: a\ncharter: b\n", "written twice"),
        ("- just\n- a list\n", ""),
        ("\x00", ""),
    ],
)
@pytest.mark.parametrize("command", ["check", "publish"])
def test_a_charter_that_is_none_is_an_invalid_document_with_lines(house, tmp_path, command, text, said):
    file = tmp_path / "charter.yaml"
    file.write_text(text)
    more = ["--note", "try"] if command == "publish" else []
    ran = house.admin.run("charter", command, str(file), *more)
    assert said in failed(ran, ExitCode.INVALID)
    assert "\n  " in ran.err


def test_bytes_that_are_no_text_are_an_invalid_document(house, tmp_path):
    file = tmp_path / "charter.yaml"
    file.write_bytes(b"charter: \xff")
    assert "not utf-8 text" in failed(house.admin.run("charter", "check", str(file)), ExitCode.INVALID)


def test_a_catalogue_that_is_none_is_an_invalid_document(house, tmp_path):
    file = tmp_path / "lab.yaml"
    file.write_text("connector: lab\nactions:\n  lab.x: {tool: nowhere}\n")
    assert "line 3" in failed(house.admin.run("catalogue", "import", "lab", str(file)), ExitCode.INVALID)


def test_a_connector_that_does_not_answer_is_unreachable(house):
    settings = ("--vendor", "Acme", "--responsible", "it-ops@acme.example")
    assert house.admin.run("connector", "add", "gone", *settings, "--url", "http://127.0.0.1:1/mcp").code == 0
    failed(house.admin.run("connector", "show", "gone"), ExitCode.UNREACHABLE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "show", "run-nobody"),
        ("charter", "show", "nobody"),
        ("approvals", "apr-nobody"),
        ("agent", "show", "no"),
    ],
)
def test_what_is_not_there_is_a_negative_answer(house, arguments):
    failed(house.admin.run(*arguments), ExitCode.REFUSED)


def test_with_json_the_failure_is_a_document_too(house):
    ran = house.admin.run("run", "show", "run-nobody", "--json")
    assert ran.code == ExitCode.REFUSED
    assert ran.document == {"error": {"code": "unknown", "message": "there is no run `run-nobody`"}}
    assert ran.err == "bailiwick: there is no run `run-nobody`\n"


def test_with_json_a_document_s_problems_are_listed(house, tmp_path):
    file = tmp_path / "charter.yaml"
    file.write_text("charter: x\nsurprise: 1\n")
    ran = house.admin.run("charter", "publish", str(file), "--note", "try", "--json")
    assert ran.code == ExitCode.INVALID
    problems = ran.document["error"]["problems"]
    assert {"line", "column", "message", "severity"} <= problems[0].keys()
    checked = house.admin.run("charter", "check", str(file), "--json")
    assert (checked.code, checked.document["publishable"]) == (ExitCode.INVALID, False)


def test_a_login_file_that_others_can_read_is_refused(nobody):
    nobody.config.mkdir()
    file = nobody.config / "logins.json"
    file.write_text(json.dumps({"current": "http://127.0.0.1:1", "logins": []}))
    file.chmod(0o644)
    assert "chmod 600" in failed(nobody.run("whoami"), ExitCode.REFUSED)


def test_a_login_file_that_is_damaged_is_a_sentence(nobody):
    nobody.config.mkdir()
    file = nobody.config / "logins.json"
    file.write_text("{")
    file.chmod(0o600)
    assert "delete it and sign in again" in failed(nobody.run("whoami"), ExitCode.REFUSED)


def test_the_reference_page_lists_every_status(checkout):
    page = (checkout / "docs/reference/exit-codes.md").read_text()
    for code in ExitCode:
        assert f"| {code.value} |" in page

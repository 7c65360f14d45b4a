"""`bailiwick up` as an operator meets it: started, stopped, started twice, started wrongly."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request

import pytest

from bailiwick.flow.export import export_files
from bailiwick.ledger import bundle
from bailiwick.store.reader import SqliteReader

BAILIWICK = (sys.executable, "-m", "bailiwick")


@pytest.fixture
def serve(tmp_path):
    """Start `bailiwick up` in a folder of this test; whatever still runs at the end is stopped."""
    started = []

    def start(*arguments, data="data", **environment):
        command = [*BAILIWICK, "up", "--data", str(tmp_path / data), *arguments]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


def stop(child, name=signal.SIGTERM):
    child.send_signal(name)
    out, err = child.communicate(timeout=30)
    return child.returncode, out, err


def test_the_first_line_says_where_it_answers_and_how_the_administrator_signs_in(serve, tmp_path):
    ready = json.loads(serve("--port", "0", "--json").stdout.readline())
    assert ready["data"] == str(tmp_path / "data")
    assert ready["first_link"].startswith(f"{ready['url']}/sign-in/link/bwk_link_")
    assert (tmp_path / "data/first-sign-in.txt").read_text() == ready["first_link"] + "\n"
    with urllib.request.urlopen(f"{ready['url']}/health") as answer:
        assert json.load(answer)["status"] == "ok"


def test_people_read_the_address_and_the_link(serve):
    child = serve("--port", "0")
    assert child.stdout.readline().startswith("Bailiwick answers at http://127.0.0.1:")
    assert "once, within a day" in child.stdout.readline()
    assert "/sign-in/link/bwk_link_" in child.stdout.readline()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_leaves_in_order_on_a_signal_with_everything_signed(serve, tmp_path, name):
    child = serve("--port", "0", "--json")
    child.stdout.readline()
    code, _, err = stop(child, name)
    assert code == 0
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines][-1] == "server.stopped"
    assert {"level", "timestamp", "logger"} <= lines[0].keys()
    reader = SqliteReader(tmp_path / "data/bailiwick.db")
    try:
        head = reader.head()
        assert head is not None and head.size == reader.size() > 0
        files = export_files(reader, "not checked here")
        assert len(bundle.entries(files)) == head.size
    finally:
        reader.close()


def test_a_second_start_has_no_link_and_keeps_what_was(serve):
    first = serve("--port", "0", "--json")
    first.stdout.readline()
    stop(first)
    again = serve("--port", "0", "--json")
    ready = json.loads(again.stdout.readline())
    assert ready["first_link"] is None


def test_the_ready_file_is_whole_and_private(serve, tmp_path):
    file = tmp_path / "ready.json"
    child = serve("--port", "0", "--json", "--ready-file", str(file))
    said = json.loads(child.stdout.readline())
    assert json.loads(file.read_text()) == said
    assert said["pid"] == child.pid
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_servers_never_share_a_data_folder(serve):
    serve("--port", "0", "--json").stdout.readline()
    second = serve("--port", "0")
    out, err = second.communicate(timeout=30)
    assert (second.returncode, out) == (1, "")
    assert "another server uses" in err
    assert "Traceback" not in err


def test_a_taken_port_is_a_sentence(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        child = serve("--port", str(taken.getsockname()[1]))
        _, err = child.communicate(timeout=30)
    assert child.returncode == 1
    assert "address already in use; choose another --port" in err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "arguments, environment, code, said",
    [
        (("--port", "70000"), {}, 2, "the setting `port` is not usable"),
        (("--port", "many"), {}, 2, "Invalid value for '--port'"),
        (("--port", "0"), {"BAILIWICK_FAILPOINT": "nowhere:1"}, 1, "failpoint `nowhere:1` is not EDGE:N"),
        (("--port", "0"), {"BAILIWICK_DEADLINE_S": "-1"}, 2, "the setting `deadline_s` is not usable"),
    ],
)
def test_a_wrong_setting_is_a_sentence_that_names_it(serve, arguments, environment, code, said):
    child = serve(*arguments, **environment)
    _, err = child.communicate(timeout=30)
    assert child.returncode == code
    assert said in err
    assert "Traceback" not in err


def test_a_lost_key_is_a_sentence(serve, tmp_path):
    first = serve("--port", "0", "--json")
    first.stdout.readline()
    stop(first)
    (tmp_path / "data/log-key.pem").unlink()
    child = serve("--port", "0")
    _, err = child.communicate(timeout=30)
    assert child.returncode == 1
    assert "log-key.pem` is missing" in err
    assert "Traceback" not in err

"""The guide for a first agent is followed as it stands: every block, in order, in a new folder."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

MARK = r"(?:<!-- test: (?P<mark>[a-z]+) -->\n)?"
BLOCK = re.compile(MARK + r"```(?P<language>[a-z]+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
SOURCES = ("PIP_", "NPM_CONFIG_", "NODE_EXTRA_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "LANG")
WAIT = """
python - <<'READY'
import time, urllib.request
for _ in range(300):
    try:
        urllib.request.urlopen("http://127.0.0.1:8700/health").read()
        break
    except OSError:
        time.sleep(0.2)
else:
    raise SystemExit("the server did not start: " + open("server.log").read())
READY
"""


@pytest.fixture
def guide(checkout):
    return (checkout / "docs/guide/first-agent.md").read_text()


def blocks(guide):
    found = [(match["mark"], match["language"], match["text"]) for match in BLOCK.finditer(guide)]
    assert guide.count("```") == 2 * len(found)
    return found


def script(guide, left_out, port):
    """One shell script of all blocks but those whose mark is in `left_out`; the server goes to the background."""
    lines = ["set -euo pipefail", "trap 'kill $SERVER; wait $SERVER' EXIT", "SERVER="]
    for mark, _, text in blocks(guide):
        if mark in left_out:
            continue
        if mark == "server":
            lines += [f"{text.strip()} >server.out 2>server.log &", "SERVER=$!", WAIT]
        else:
            lines.append(text)
    return "\n".join(lines).replace("8700", str(port))


def follow(guide, folder, left_out, **environment):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "home").mkdir()
    place = folder / "work"
    place.mkdir()
    # where packages come from is this machine's matter; everything else is a new user's
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(SOURCES)}
    kept.setdefault("NPM_CONFIG_USERCONFIG", str(Path.home() / ".npmrc"))
    kept |= {"PATH": os.environ["PATH"], "HOME": str(folder / "home")} | environment
    done = subprocess.run(
        ["bash", "-c", script(guide, left_out, port)],
        cwd=place,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return place, done.stdout


def came_true(place, said):
    """What the guide promises between its blocks."""
    assert "Signed in to http://127.0.0.1:" in said
    assert "git__git_status  quarantined" in re.sub(r" +", "  ", said)
    assert "5 tools of git are reviewed" in said
    assert "release-scribe.yaml: can be published." in said
    assert "deny: `commits` is over the limit of 20" in said
    assert "Enrolled release-scribe under charter release-scribe (workflow release)." in said
    assert "Start the changelog" in said
    assert "Refused: `commits` is over the limit of 20." in said
    assert said.index("Waiting for approval apr-") < said.index("is approved.") < said.index("Changes committed")
    assert "Say who governs the release scribe" in said[said.index("Changes committed") :]
    assert re.search(r"Verified: \d+ events in \d+ files", said)
    assert re.search(r"recheck: (\d+) decisions of \d+ runs, \1 identical, 0 different", said)
    assert "agent:release-scribe may act again." in said
    assert (place / "release-scribe.pem").stat().st_mode & 0o777 == 0o600
    assert (place / "home").exists() is False


def test_the_guide_is_followed_literally(guide, tmp_path):
    here = str(Path(sys.executable).parent)
    place, said = follow(
        guide, tmp_path, {"clone", "install", "inspector"}, PATH=f"{here}{os.pathsep}{os.environ['PATH']}"
    )
    came_true(place, said)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_guide_is_followed_literally_with_its_own_packages_and_the_inspector(guide, tmp_path, checkout):
    place, said = follow(guide, tmp_path, {"clone"}, BAILIWICK=str(checkout))
    came_true(place, said)
    listed, called = said.index('"name": "git__git_status"'), said.index("nothing to commit, working tree clean")
    assert listed < called
    assert "git__git_show" not in said[listed:called]
    assert '"bailiwick/decision": "act-' in said

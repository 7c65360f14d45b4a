"""The guide for several servers is followed as it stands, with a small proxy of our own where nginx would be."""

import os
import re
import subprocess
import sys

import pytest

from tests.docs.test_first_agent import blocks
from tests.upstream.conftest import free_port

PROXY = """
import asyncio, itertools, sys
listen, *servers = map(int, sys.argv[1:])
turns = itertools.cycle(range(len(servers)))

async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()

async def serve(reader, writer):
    first = next(turns)
    for at in range(len(servers)):  # a server that cannot be reached was sent nothing, so another may be asked
        try:
            far = await asyncio.open_connection("127.0.0.1", servers[(first + at) % len(servers)])
            break
        except OSError:
            continue
    else:
        return writer.close()
    await asyncio.gather(pump(reader, far[1]), pump(far[0], writer))

async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", listen) as server:
        await server.serve_forever()

asyncio.run(main())
"""
READY = """
python - <<'READY'
import time, urllib.request
for _ in range(600):
    try:
        urllib.request.urlopen("http://127.0.0.1:{port}/health").read()
        break
    except OSError:
        time.sleep(0.2)
else:
    raise SystemExit("the server did not start: " + open("server-{number}.log").read())
READY
"""
LOST = """
until bailiwick servers --json | grep --quiet '"state": "lost"'; do sleep 0.3; done
"""


@pytest.fixture
def guide(checkout):
    return (checkout / "docs/guide/scale.md").read_text()


def script(guide, store, folder):
    """All blocks in order; servers and proxy go to the background and end with the script."""
    ports = {str(port): str(free_port()) for port in (8700, 8701, 8702)}
    lines = [
        "set -euo pipefail",
        "trap 'kill -9 $(jobs -p) 2>/dev/null || true' EXIT",
        f"export BAILIWICK_STORE='{store}'",
    ]
    servers = 0
    for mark, language, text in blocks(guide):
        if mark == "database":
            continue
        if mark == "server":
            servers += 1
            lines += [f"{text.strip()} >server-{servers}.out 2>server-{servers}.log &", f"SERVER_{servers}=$!"]
            lines.append(READY.format(port=8700 + servers, number=servers))
        elif mark == "proxy":
            assert language == "nginx" and "8701" in text and "8702" in text and "listen 8700" in text
            lines.append("python proxy.py 8700 8701 8702 >proxy.log 2>&1 &")
            lines.append("until curl --silent --fail http://127.0.0.1:8700/health >proxied.txt; do sleep 0.2; done")
        else:
            lines += [LOST, text] if mark == "lost" else [text]
    made = (
        "\n".join(lines).replace("bailiwick.acme.example", "127.0.0.1").replace("/srv/bailiwick", str(folder / "data"))
    )
    return re.sub(r"\b870[012]\b", lambda port: ports[port[0]], made)


@pytest.mark.timeout(300)
def test_the_guide_is_followed_as_it_stands(guide, postgres, postgres_url, tmp_path):
    (tmp_path / "proxy.py").write_text(PROXY)
    place = os.path.dirname(sys.executable)  # noqa: PTH120  # the folder of this environment's commands
    kept = {"PATH": f"{place}:{os.environ['PATH']}", "HOME": str(tmp_path), "BAILIWICK_LEASE_S": "5"}
    kept |= {name: value for name, value in os.environ.items() if name in ("PYTHONPATH", "LANG")}
    done = subprocess.run(
        ["bash", "-c", script(guide, postgres_url, tmp_path)],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.count("live") >= 3, "two before the kill, one after"
    assert "lost" in done.stdout and '"status":"ok"' in done.stdout
    assert re.search(r"^Verified: \d+ events", done.stdout, re.MULTILINE), done.stdout

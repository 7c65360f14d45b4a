"""Crashes of the start itself, and a second server that wants the same data folder."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bailiwick.build import START_EDGES
from bailiwick.demo.founding import sign_in
from bailiwick.ledger import bundle
from bench.crash.check import Findings, export
from bench.crash.house import House


def first_starts(folder: Path, found: Findings, edges: Sequence[str] = START_EDGES) -> int:
    """Kill the very first start at its edges; the next one must give an administrator who can sign in."""
    for edge in edges:
        house = House(folder / edge)
        house.data.parent.mkdir()
        try:
            house.launch(f"{edge}:1")
            house.await_death()
            house.start()
            admin = sign_in(house.url, house.first_link)
            people = admin.need("GET", "/v1/people")["items"]
            if len(people) != 1:
                found.say(f"killed {edge} of the first start, it has {len(people)} people")
            for trouble in bundle.verify(export(admin), house.log_key()):
                found.say(f"killed {edge} of the first start: {trouble.file}: {trouble.what}")
        finally:
            house.stop()
    return len(edges)


def second_server(house: House, found: Findings) -> None:
    """`bailiwick up` on a folder that a server uses must refuse, say so, and leave that server alone."""
    command = (sys.executable, "-m", "bailiwick", "up", "--data", str(house.data), "--port", "0")
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if told.returncode == 0 or "another server uses" not in told.stderr:
        found.say(f"a second server on the folder ended with {told.returncode}: {told.stderr.strip()[-300:]}")

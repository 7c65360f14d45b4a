"""The outside witness (aics-witness): asked by our own client to cosign growth, and then a forked history."""

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bailiwick.anchor.witness import WitnessAnchorer
from bailiwick.ledger.merkle import Tree
from bailiwick.ledger.note import Signer
from bailiwick.ledger.witness_policy import parse_policy
from bailiwick.ports.anchor import AnchorAlarm, Place
from bailiwick.ports.reader import SignedHead
from bench.outside.equipment import witness_command
from bench.outside.log import OutsideLog, forked

NAME: Final = "witness.acme.example/w1"
VERSION: Final = "0.1.0"
_VKEY: Final = re.compile(re.escape(NAME) + r"\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+")
_START_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What was asked of the witness, whether it answered as it must, and its words."""

    asked: str
    good: bool
    words: str


def ask_witness(log: OutsideLog, signer: Signer, folder: Path) -> list[WitnessAnswer]:
    """Growth is cosigned; the same head again too; an older head, and a fork under the real key, are not."""
    with _serving(log, folder) as (url, vkey):
        return asyncio.run(_ask(log, signer, url, vkey))


async def _ask(log: OutsideLog, signer: Signer, url: str, vkey: str) -> list[WitnessAnswer]:
    policy = f"log {log.vkey}\nwitness w1 {vkey} {url}\nquorum w1\n"
    anchorer = WitnessAnchorer(log.vkey)
    place = Place("outside", anchorer.check({"policy": policy}))
    answers, seen = [], dict[str, int]()
    for head in log.heads:
        found = await anchorer.anchor(_seen(place, seen), head, log.tree)
        judged = parse_policy(policy.encode()).judge(found.note)
        answers.append(WitnessAnswer(f"cosign {head.size} entries", judged.enough, "cosigned, and its signature holds"))
        seen = dict(found.seen)
    tree, head = forked(log, signer)
    tries: list[tuple[str, SignedHead, Tree, dict[str, int]]] = [
        ("cosign a fork that names its last head", head, tree, seen),
        ("cosign a fork as if it were the first head", head, tree, {}),
        ("cosign a log cut short", log.heads[0], log.tree, seen),
    ]
    for asked, other, its_tree, believed in tries:
        try:
            await anchorer.anchor(_seen(place, believed), other, its_tree)
        except AnchorAlarm as alarm:
            answers.append(WitnessAnswer(asked, True, f"refused: {alarm}"))
        else:
            answers.append(WitnessAnswer(asked, False, "it cosigned"))
    return answers


def _seen(place: Place, seen: dict[str, int]) -> Place:
    return Place(place.name, place.settings, place.secret, seen)


@contextlib.contextmanager
def _serving(log: OutsideLog, folder: Path) -> Iterator[tuple[str, str]]:
    command, environment = witness_command()
    environment |= {"PATH": os.defpath, "HOME": str(folder)}
    config = ["--config", str(folder / "witness.json")]
    port = _free_port()

    def told(*arguments: str) -> str:
        ran = subprocess.run(
            [*command, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise RuntimeError(f"aics-witness {arguments[0]}: {ran.stderr.strip() or ran.stdout.strip()}")
        return ran.stdout + ran.stderr

    said = told("init", *config, "--name", NAME, "--listen", f"127.0.0.1:{port}")
    vkey = _VKEY.search(said)
    if vkey is None:
        raise RuntimeError(f"aics-witness init named no key: {said.strip()}")
    told("add-log", *config, "--origin", log.vkey.partition("+")[0], "--vkey", log.vkey)
    with (folder / "witness.out").open("wb") as out:
        process = subprocess.Popen([*command, "serve", *config], env=environment, cwd=folder, stdout=out, stderr=out)
        try:
            _wait(process, f"http://127.0.0.1:{port}/healthz", folder / "witness.out")
            yield f"http://127.0.0.1:{port}", vkey[0]
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: "subprocess.Popen[bytes]", url: str, out: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return
        time.sleep(0.1)
    raise RuntimeError(f"aics-witness does not answer: {out.read_text(errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])

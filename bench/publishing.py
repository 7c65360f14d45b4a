"""Publishing a charter of 1,000 rules through the API while its agent goes on acting, in one process on one loop.

The agent's decisions are prepared and committed one after another all the time. Measured are how long publishing
takes, and the longest time between two decisions from its start to the first decision under the new version: reading,
checking, comparing and compiling must not keep them waiting.

A charter that takes more than 1,200 characters to say is refused as too broad, so the thousand rules are ten grants
of a hundred limits each.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2

from bailiwick.api.app import create_api
from bailiwick.core.verdict import Allow
from bailiwick.flow.catalogue_import import ImportCatalogue, review
from bailiwick.flow.connector import AddConnector
from bailiwick.flow.decide_action import DecideAction, StaleVersion
from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import RANDOM_BYTES, SigningKey
from bailiwick.flow.prepare import ToolCall, prepare
from bailiwick.flow.run import OpenRun
from bench.measurement import measurement
from bench.seeded import Seeded, seeded

GRANTS, LIMITS = 10, 100
ARGUMENTS = [f"field{number}" for number in range(LIMITS - 1)]  # and one limit on the records
AGENT, WORKFLOW = "busy", "busy-work"
SETTLE_S = 0.5  # of deciding before and after


@measurement("publish_1000_rules_s", unit="s", against="absolute", aim=2.0)
def publish_1000_rules_s() -> float:
    """From the request to its answer, while decisions go on."""
    return measured().publish_s


@measurement("publish_longest_gap_ms", unit="ms", against="absolute", aim=250.0)
def publish_longest_gap_ms() -> float:
    """Between two decisions, until the first one under the new version."""
    return measured().gap_ms


@measurement("publish_usual_gap_ms", unit="ms", against="absolute")
def publish_usual_gap_ms() -> float:
    """The longest while nothing is published."""
    return measured().usual_ms


@dataclass(frozen=True)
class Publishing:
    """What came of one publication."""

    publish_s: float
    gap_ms: float
    usual_ms: float


@dataclass
class Deciding:
    """An agent that acts without pause; `replies` are the times of its decisions and the charters they went by."""

    house: Seeded
    run: str
    replies: list[tuple[float, str]] = field(default_factory=list)
    over: bool = False

    async def go(self) -> None:
        here, number = self.house.installation, 0
        while not self.over:
            number += 1
            arguments = {"kind": number % GRANTS, "ids": [number], **dict.fromkeys(ARGUMENTS, "beta")}
            call = ToolCall(AGENT, 1, self.run, None, "wide", "tool", arguments)
            prepared = prepare(call, here.policies, here.clock.now_us())
            try:
                decision = await here.store.commit(DecideAction(prepared))
            except StaleVersion:
                here.policies.forget()
                continue
            if not isinstance(decision.verdict, Allow):
                raise RuntimeError(f"the measured decisions came out wrong: {decision.verdict}")
            self.replies.append((time.perf_counter(), prepared.policy.charter_digest))

    def longest_ms(self, start: float, end: float) -> float:
        """The longest time without a decision between two moments."""
        times = [start, *(at for at, _ in self.replies if start < at <= end)]
        return 1000 * max(later - earlier for earlier, later in pairwise(times))


@cache
def measured() -> Publishing:
    return asyncio.run(_measure())


async def _measure() -> Publishing:
    with tempfile.TemporaryDirectory() as folder:
        async with seeded(Path(folder) / "data") as house:
            transport = httpx2.ASGITransport(app=create_api(house.installation))
            url = house.installation.public_url
            token = await house.sign_in("admin")
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx2.AsyncClient(transport=transport, base_url=url, headers=headers, timeout=60) as client:
                return await _publish(house, client)


async def _publish(house: Seeded, client: Any) -> Publishing:
    run = await _prepare(house, client)
    deciding = Deciding(house, run)
    work = asyncio.create_task(deciding.go())
    try:
        await asyncio.sleep(SETTLE_S)
        start = time.perf_counter()
        version = await _post(client, most=90)
        answered = time.perf_counter()
        await asyncio.sleep(SETTLE_S)
    finally:
        deciding.over = True
        await work
    first = next((at for at, charter in deciding.replies if charter == version["digest"]), None)
    if version["status"] != "published" or first is None:
        raise RuntimeError(f"nothing was decided under the new version: {version['status']}")
    before = [at for at, _ in deciding.replies if at < start]
    return Publishing(
        answered - start,
        deciding.longest_ms(before[-1], max(first, answered)),
        deciding.longest_ms(before[0], before[-1]),
    )


async def _prepare(house: Seeded, client: Any) -> str:
    """A connector with 1,000 actions, the first version, an agent under it and its run."""
    here, by = house.installation, house.people["admin"]
    vendor = ("Acme", "it-ops@acme.example")
    await here.store.commit(
        AddConnector("wide", "http", by, *vendor, url="http://127.0.0.1:9/", review_by="2040-01-31")
    )
    await here.store.commit(ImportCatalogue(review("wide", _catalogue(), _definitions()), by))
    here.policies.forget()
    await _post(client, most=100)
    key = SigningKey.from_random(here.random_bytes(RANDOM_BYTES))
    await here.store.commit(EnrolAgent(AGENT, AGENT, key.public.jwk(), by))
    here.policies.forget()
    return str((await here.store.commit(OpenRun(AGENT, 1, "be measured", WORKFLOW)))["id"])


async def _post(client: Any, most: int) -> dict[str, Any]:
    reply = await client.post("/v1/charters", json={"source": _charter(most), "note": f"at most {most} records"})
    if reply.status_code != 201:
        raise RuntimeError(f"the charter was not published: {reply.status_code} {reply.text[:500]}")
    return dict(reply.json())


def _charter(most: int) -> str:
    tier = "{by: records, steps: [{max: 50, is: low}, {max: 5000, is: high}], else: never}"
    limits = [
        f"      records: {{max: {most}}}\n",
        *(f"      {name}: {{one_of: [beta, staff]}}\n" for name in ARGUMENTS),
    ]
    head = f"""\
charter: {AGENT}
purpose: Update records of ten kinds for as long as somebody measures.
workflow: {WORKFLOW}
owner: {{accountable: admin@acme.example, backup: it-ops@acme.example, review_by: 2040-01-31}}
data: {{may_read: [public], may_send_out: [public]}}
cannot: [billing.*]
approve: {{all_of: [{{role: it-change}}], within: 4h}}
run: {{calls: 1M, seconds: 100k, repeats: 1M, retries: 1M}}
can:
"""
    grants = (f"  - do: wide.kind{number}.update\n    tier: {tier}\n    limits:\n" for number in range(GRANTS))
    return head + "".join(grant + "".join(limits) for grant in grants)


def _catalogue() -> str:
    action = "floor: low, effect: write, measures: {records: {length_of: ids}}, idempotent: true"
    return "connector: wide\nactions:\n" + "".join(
        f"  wide.kind{number}.update: {{tool: tool, when: {{kind: {number}}}, says: update kind {number}, {action}}}\n"
        for number in range(GRANTS)
    )


def _definitions() -> list[dict[str, Any]]:
    kinds = {"kind": "integer", "ids": "array", **dict.fromkeys(ARGUMENTS, "string")}
    return [
        {"name": "tool", "inputSchema": {"type": "object", "properties": {n: {"type": k} for n, k in kinds.items()}}}
    ]

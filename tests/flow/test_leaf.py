"""Invariant 10: whatever people and agents say, nothing of it reaches a leaf; it is in payloads, or nowhere."""

import asyncio
import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bailiwick.core.refusal import Refusal
from bailiwick.flow.connector import AddConnector, RenewSecret
from bailiwick.flow.enrol import RevokeAgent
from bailiwick.flow.export import export_files
from bailiwick.flow.person import AddPerson, ChangePerson
from bailiwick.flow.recheck import recheck
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.flow.settle import Reconcile
from bailiwick.flow.stop import LiftHalt
from bailiwick.flow.vote import CastVote
from bailiwick.ledger.bundle import verify
from tests.flow.house import CHARTER, open_house

MARK = "zzmarkzz"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).map(lambda t: MARK + t)
VALUES = st.recursive(
    TEXTS | st.integers(0, 99) | st.booleans(), lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
ARGUMENTS = st.dictionaries(
    st.sampled_from(["text", "ids", "fields", "campaign", "budget"]) | TEXTS, VALUES, max_size=4
)
TOOLS = st.sampled_from(["note", "query", "manage", "launch", "pause", "drop", "wipe"]) | TEXTS
STEPS = st.lists(
    st.tuples(st.just("act"), TOOLS, ARGUMENTS)
    | st.tuples(st.just("good"), TEXTS)
    | st.tuples(st.just("launch"), TEXTS, st.sampled_from(["approve", "deny", "expire"]))
    | st.tuples(st.just("run"), TEXTS)
    | st.tuples(st.just("unknown"), TEXTS)
    | st.tuples(st.just("person"), TEXTS)
    | st.tuples(st.just("halt"), TEXTS)
    | st.tuples(st.just("connector"), TEXTS)
    | st.tuples(st.just("publish"), TEXTS)
    | st.tuples(st.just("revoke"), TEXTS),
    min_size=3,
    max_size=8,
)


async def live(house, steps):  # noqa: C901  # a list of things that happen, one case each
    by = house.people["admin"]
    for count, (kind, word, *more) in enumerate(steps, 1):
        with contextlib.suppress(Refusal):
            match kind:
                case "act":
                    await house.act(word, **{"object_type": "contacts"} | more[0] if word == "query" else more[0])
                case "good":
                    await house.act("note", text=word)
                case "launch":
                    asked = await house.act("launch", campaign=word, budget=1)
                    row = house.reader.row("approval", asked.decision.approval or "")
                    if row and more[0] == "expire":
                        house.clock.advance(300)
                    elif row:
                        for name in ("director", "change"):
                            await house.commit(CastVote(row["id"], house.people[name], more[0], word, row["digest"]))
                    await house.act("launch", campaign=word, budget=1)
                case "run":
                    run = await house.commit(OpenRun("router", 1, word, "lead-routing", None, "director@acme.example"))
                    await house.act("note", run["id"], text=word)
                    await house.commit(EndRun(run["id"], "router"))
                case "unknown":
                    house.crm.mood["note"] = "hang up"
                    acted = await house.act("note", text=word)
                    house.crm.mood.clear()
                    await house.commit(Reconcile(acted.decision.action, "failed", word, by))
                case "person":
                    person = await house.commit(AddPerson(f"{MARK}{count}@acme.example", word, ("auditor",), by))
                    await house.commit(ChangePerson(person["id"], by, active=False))
                case "halt":
                    await house.halt("all")
                    await house.act("note", text=word)
                    await house.commit(LiftHalt("all", word, house.people["change"]))
                    house.installation.stops.read(house.reader)
                case "connector":
                    url = f"http://{MARK}.example/mcp"
                    await house.commit(AddConnector(f"other{count}", "http", by, word, word, word, url=url))
                    await house.commit(RenewSecret(f"other{count}", by))
                case "publish":
                    await house.publish(CHARTER.replace("max: 500", f"max: {400 + count}"))
                case "revoke":
                    await house.commit(RevokeAgent("other", by))
                    await house.act("note", agent="other", text=word)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_nothing_that_people_or_agents_say_is_in_a_leaf(tmp_path_factory, steps):
    async def run():
        async with open_house(tmp_path_factory.mktemp("house")) as house:
            await live(house, steps)
            await house.installation.store.checkpoint()
            leaves = [body.decode() for body in house.reader.leaves(house.reader.size())]
            files = await asyncio.to_thread(export_files, house.reader, house.installation.log_key)
            return leaves, files, house.installation.log_key

    leaves, files, key = asyncio.run(run())
    for leaf in leaves:
        assert MARK not in leaf and "@" not in leaf and "comment" not in leaf, leaf
        assert MARK not in json.dumps(json.loads(leaf), ensure_ascii=False)
    assert verify(files, key) == []
    report = recheck(files, None)
    assert report.differences == () and report.decided == report.identical

"""The log over any sequence of batches, refusals, faults and restarts: gapless, in place, true to its leaves."""

import asyncio
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.contract.conftest import SqliteDriver
from tests.contract.log_model import KINDS, LogModel, modelled

batches = st.lists(st.sampled_from(KINDS), min_size=1, max_size=12)


class SqliteLog(RuleBasedStateMachine):
    """Checked after every success and after every failure."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="bailiwick-log-")
        self.loop = asyncio.Runner()
        self.model = LogModel(SqliteDriver(Path(self.folder.name)))

    @rule(kinds=batches)
    def commit_together(self, kinds):
        self.loop.run(self.model.batch(kinds))

    @rule(kinds=st.lists(st.sampled_from(("one", "three", "refuses", "breaks")), min_size=1, max_size=5))
    def commit_on_a_full_disk(self, kinds):
        self.loop.run(self.model.denied_the_disk(kinds))

    @rule(count=st.integers(1, 6))
    def give_up_waiting(self, count):
        self.loop.run(self.model.cancelled(count))

    @rule()
    def restart(self):
        self.loop.run(self.model.restart())

    @invariant()
    def the_log_is_that_of_its_leaves(self):
        self.loop.run(self.model.check())

    def teardown(self):
        self.model.close()
        self.loop.close()
        self.folder.cleanup()


TestSqliteLog = SqliteLog.TestCase
TestSqliteLog.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


@pytest.mark.parametrize("seed", range(4))
async def test_a_log_stays_whole_over_any_sequence_in_every_store(driver, seed):
    chance = random.Random(seed)
    async with modelled(driver) as model:
        for _ in range(12):
            match chance.choice(("batch", "batch", "cancelled", "restart")):
                case "batch":
                    await model.batch(chance.choices(KINDS, k=chance.randint(1, 20)))
                case "cancelled":
                    await model.cancelled(chance.randint(1, 6))
                case "restart":
                    await model.restart()
            await model.check()

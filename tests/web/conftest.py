"""Every template with values to show, and a console to visit: `sample` runs over the names of the values."""

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from bailiwick.web.view import Flash, Shell
from bench.seeded import seeded
from tests.web import (
    sample_anchor,
    sample_ask,
    sample_behaviour,
    sample_charter,
    sample_compare,
    sample_grant,
    sample_quarantine,
    sample_record,
    sample_retention,
    sample_subject,
    sample_trying,
    sample_who,
    sample_why,
    sample_work,
)
from tests.web.doorstep import Doorstep
from tests.web.sample_shell import HALT, NOW, SHELL

SAMPLES = {**sample_work.SAMPLES, **sample_who.SAMPLES, **sample_record.SAMPLES, **sample_behaviour.SAMPLES}
SAMPLES |= sample_charter.SAMPLES | sample_why.SAMPLES | sample_grant.SAMPLES | sample_quarantine.SAMPLES
SAMPLES |= sample_trying.SAMPLES | sample_compare.SAMPLES | sample_subject.SAMPLES | sample_retention.SAMPLES
SAMPLES |= sample_ask.SAMPLES | sample_anchor.SAMPLES
SIGNED_OUT = {"sign-in", "welcome"}


def shell_for(name: str) -> Shell:
    """Signed out where the page is, everything at once on the first page, plain elsewhere."""
    if name in SIGNED_OUT:
        return Shell(NOW, csrf="token")
    if name == "home":
        return Shell(
            **{
                **SHELL.__dict__,
                "halts": (HALT,),
                "solo": True,
                "flash": Flash("ok", "Your vote was counted."),
            }
        )
    return SHELL


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "sample" in metafunc.fixturenames:
        metafunc.parametrize("sample", SAMPLES)


@pytest.fixture
def samples() -> Mapping[str, tuple[str, object, Shell]]:
    return {name: (template, view, shell_for(name)) for name, (template, view) in SAMPLES.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doorstep]:
    """The console of one installation for a whole module."""
    async with seeded(tmp_path_factory.mktemp("door") / "data") as acme:
        yield Doorstep(acme)

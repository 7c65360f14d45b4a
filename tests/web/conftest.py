"""Every template with values to show: `sample` runs over their names."""

from collections.abc import Mapping

import pytest

from bailiwick.web.view import Flash, Shell
from tests.web import sample_record, sample_who, sample_work
from tests.web.sample_shell import HALT, NOW, SHELL

SAMPLES = {**sample_work.SAMPLES, **sample_who.SAMPLES, **sample_record.SAMPLES}
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

"""What a page says about doing the same elsewhere is true: the command and the API route exist."""

import re
import shlex

import pytest
import typer

from bailiwick.api.app import create_api
from bailiwick.cli.app import app as command_line
from bailiwick.web.page import environment
from bench.seeded import seeded
from tests.web.conftest import SAMPLES, shell_for

COMMAND = re.compile(r'<span class="command"><code>(.*?)</code>')


def named():
    """Every command line and API request that some page shows."""
    found = set()
    for name, (template, view) in SAMPLES.items():
        shown = environment().get_template(template).render(view=view, shell=shell_for(name), nonce="n", path="/")
        found |= {text.replace("&#39;", "'") for text in COMMAND.findall(shown)}
    return found


NAMED = named()


@pytest.mark.parametrize("text", sorted(text for text in NAMED if text.startswith("bailiwick ")))
def test_every_command_that_a_page_names_exists_with_its_options(text):
    command = typer.main.get_command(command_line)
    words = shlex.split(text)[1:]
    while words and hasattr(command, "commands"):
        word = words.pop(0)
        assert word in command.commands, f"`{text}`: no `{word}`"
        command = command.commands[word]
    assert not hasattr(command, "commands"), text
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options, text
    values = [word for at, word in enumerate(words) if not word.startswith("--") and not words[at - 1].startswith("--")]
    assert len(values) <= len([one for one in command.params if one.param_type_name == "argument"]), text


async def test_every_api_request_that_a_page_names_has_a_route(tmp_path):
    async with seeded(tmp_path / "data") as acme:
        document = create_api(acme.installation).openapi()
    routes = {
        (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)))
        for path, methods in document["paths"].items()
        for method in methods
    }
    asked = [text.split(" ", 1) for text in NAMED if re.match(r"[A-Z]+ /", text)]
    assert len(asked) > 10
    for method, address in asked:
        path = address.partition("?")[0]
        assert any(method == verb and route.fullmatch(path) for verb, route in routes), f"{method} {address}"

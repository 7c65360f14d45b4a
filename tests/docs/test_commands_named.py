"""Every command that a guide names exists, with its options."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from bailiwick.cli.app import app

ROOT = Path(__file__).parent.parent.parent
NAMED = re.compile(r"(?:^|`|&& )(bailiwick [^`\n|>]*)", re.MULTILINE)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]


def commands():
    for page in PAGES:
        for text in NAMED.findall(page.read_text().replace("\\\n", " ")):
            yield f"{page.name}: {text.strip()}"


@pytest.mark.parametrize("named", sorted(set(commands())))
def test_a_command_in_a_guide_exists_with_its_options(named):
    words = shlex.split(named.partition(": bailiwick ")[2], comments=True)
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        word = words.pop(0)
        assert word in command.commands, f"`{named}`: no `{word}`"
        command = command.commands[word]
    own = words[: words.index("--")] if "--" in words else words
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word.partition("=")[0] for word in own if word.startswith("--")} <= options | {"--help"}, named

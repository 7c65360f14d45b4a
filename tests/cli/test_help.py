"""`--help` teaches: every command says what it does and gives an example, at once."""

import subprocess
import sys

import pytest
import typer.main

from bailiwick.cli.app import app

SPEAKS_PROTOCOL_ONLY = {"bridge"}


def commands(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_the_commands_are_those_that_people_are_told_of():
    assert COMMANDS.keys() >= {
        *("up", "demo", "doctor", "login", "logout", "bridge", "approvals", "approve", "deny", "halt", "resume"),
        *("connector add", "connector list", "connector show", "connector secret"),
        *("catalogue import", "catalogue show", "catalogue draft"),
        *("charter draft", "charter check", "charter show", "charter publish", "charter explain", "charter list"),
        *("person add", "person list", "person link", "person change"),
        *("agent enrol", "agent list", "agent show", "agent revoke"),
        *("run list", "run show", "record verify", "record export", "record list", "recheck"),
    }


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_sentence_an_example_and_described_options(name):
    command = COMMANDS[name]
    assert command.help.split("\n")[0].endswith(".")
    assert f"    bailiwick {name}" in command.help
    for parameter in command.params:
        assert parameter.hidden or parameter.help, f"{name}: {parameter.name}"


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - SPEAKS_PROTOCOL_ONLY))
def test_every_command_speaks_json(name):
    assert any("--json" in parameter.opts for parameter in COMMANDS[name].params)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_example_uses_options_that_exist(name):
    command = COMMANDS[name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    examples = [line.split(" -- ")[0] for line in command.help.splitlines() if line.startswith("    bailiwick ")]
    used = {word for line in examples for word in line.split() if word.startswith("--")}
    assert used <= known


def test_help_imports_no_heavy_room():
    heavy = ("httpx2", "fastapi", "sqlalchemy", "mcp", "aiohttp", "uvicorn", "cryptography", "pydantic")
    code = f"""
import sys
sys.argv = ["bailiwick", "--help"]
from bailiwick.__main__ import main
try:
    main()
except SystemExit:
    pass
print("heavy:", [name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_the_version_is_the_package_s(checkout):
    done = subprocess.run([sys.executable, "-m", "bailiwick", "--version"], capture_output=True, text=True, check=True)
    assert f'version = "{done.stdout.split()[1]}"' in (checkout / "pyproject.toml").read_text()

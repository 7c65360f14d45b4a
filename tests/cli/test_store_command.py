"""The store by command, and a server on PostgreSQL from end to end: an agent acts, and the record verifies."""

import asyncio
import os

import pytest
from mcp import StdioServerParameters
from mcp.client import Client

from tests.cli.conftest import Person, Served, start_house


@pytest.fixture
def data(tmp_path):
    """The folder of a server that ran once and was stopped."""
    with Served(tmp_path / "data"):
        pass
    return tmp_path / "data"


def doctor(person, data, server):
    return person.run("doctor", "--data", str(data), "--server", server, "--json").document["checks"]


def test_a_stopped_server_is_copied_and_starts_again_on_postgresql(data, nobody, postgres_url, tmp_path):
    copied = nobody.json("store", "copy", "--to", postgres_url, "--data", str(data))
    assert copied["rows"] == sum(copied["tables"].values()) and copied["tables"]["log_entry"] == copied["events"] > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAILIWICK_STORE", postgres_url)
        with Served(data) as served:
            assert served.ready["first_link"] is None  # it was founded before
            link = (data / "first-sign-in.txt").read_text().strip().partition("/sign-in/")[2]
            admin = Person(tmp_path / "config", served.url)
            admin.json("login", "--link", f"{served.url}/sign-in/{link}")
            assert admin.json("record", "verify")["ok"] is True
            events = admin.json("record", "list", "--limit", "1000")["items"]
            checks = {one["name"]: one["state"] for one in doctor(nobody, data, served.url)}
        assert checks["store"] == checks["keys"] == checks["record"] == checks["server"] == "ok"
        assert checks["durability"] == "fail"  # of a database for tests
    assert len(events) > copied["events"]
    again = nobody.run("store", "copy", "--to", postgres_url, "--data", str(data))
    assert again.code == 1 and "the database is not empty" in again.err


async def echo(house):
    """What an agent gets that calls one tool through the bridge."""
    command, *arguments = house.bridge("--intent", "try PostgreSQL", "--workflow", "trying")
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with Client(server) as client:
        return await client.call_tool("lab__echo", {})


async def test_an_agent_acts_on_postgresql_and_the_record_verifies(postgres_url, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAILIWICK_STORE", postgres_url)
        house = await asyncio.to_thread(start_house, tmp_path)
    try:
        assert not (tmp_path / "data/bailiwick.db").exists()
        assert not (await echo(house)).is_error
        kinds = {event["type"] for event in house.admin.json("record", "list", "--limit", "500")["items"]}
        assert {"action.intended", "action.succeeded"} <= kinds
        report = house.admin.json("record", "verify")
        assert report["ok"] and report["size"] > 20
    finally:
        assert house.served.stop() == 0


def test_the_tables_are_made_by_command(nobody, data, postgres_url):
    assert nobody.json("store", "migrate", "--store", postgres_url) == {"store": "postgresql", "empty": True}
    assert nobody.json("store", "migrate", "--data", str(data)) == {"store": "sqlite", "empty": False}


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (("copy", "--to", "mysql://db/x"), 2, "`mysql://db/x` is no PostgreSQL database"),
        (("copy", "--to", "postgresql:///x"), 1, "there is no store in"),
        (("migrate", "--store", "sqlite:///x"), 2, "starts with postgresql://"),
        (("migrate", "--store", "postgresql:///none?host=/nowhere"), 1, "PostgreSQL does not answer"),
        (("migrate", "--data", "/nowhere"), 1, "there is no data folder `/nowhere`"),
    ],
)
def test_what_cannot_be_done_is_told(nobody, tmp_path, arguments, code, said):
    more = ("--data", str(tmp_path)) if arguments[0] == "copy" else ()
    ran = nobody.run("store", *arguments, *more)
    assert (ran.code, said in ran.err) == (code, True), ran


def test_a_database_that_does_not_answer_or_is_empty_is_told(nobody, data, postgres_url):
    with pytest.MonkeyPatch.context() as patch:
        for url, state, what in (
            ("postgresql:///none?host=/nowhere", "fail", "PostgreSQL does not answer"),
            (postgres_url, "warn", "PostgreSQL answers; its database is empty"),
        ):
            patch.setenv("BAILIWICK_STORE", url)
            (found,) = [one for one in doctor(nobody, data, nobody.url) if one["name"] == "store"]
            assert (found["state"], found["what"].startswith(what)) == (state, True)


def test_a_running_server_is_not_copied(nobody, tmp_path):
    with Served(tmp_path / "data"):
        ran = nobody.run("store", "copy", "--to", "postgresql:///x", "--data", str(tmp_path / "data"))
    assert ran.code == 1 and "stop it first" in ran.err

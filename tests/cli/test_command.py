"""Every command against a real server, as text and as JSON."""

import asyncio
import json

import pytest

from bailiwick.flow.es256 import SigningKey
from bailiwick.sdk import AgentSession


def call(house, tool, arguments, *more):
    """One call of the agent's own, in a run of its own; gives the result."""

    async def act():
        async with AgentSession(house.url, "lab-helper", house.key) as session:
            run = await session.open_run(intent="try it", workflow="trying")
            result = await run.call(tool, arguments)
            await run.close("finished")
            return run.id, result

    return asyncio.run(act())


def test_whoever_signed_in_is_who_they_are(house):
    said = house.director.json("whoami")
    assert said["server"] == house.url
    assert said["person"]["email"] == "director@acme.example"
    assert house.director.run("whoami").out == f"director@acme.example at {house.url} (director)\n"


def test_a_personal_token_is_kept_in_a_private_file(house):
    (file,) = house.admin.config.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    kept = json.loads(file.read_text())
    assert kept["current"] == house.url
    assert kept["logins"][0]["token"].startswith("bwk_cli_")


def test_signing_out_forgets_the_token_here_and_there(house, nobody):
    link = house.admin.json("person", "link", "director@acme.example")["url"]
    nobody.json("login", "--link", link)
    token = json.loads((nobody.config / "logins.json").read_text())["logins"][0]["token"]
    assert nobody.json("logout") == {"server": house.url, "signed_out": True}
    assert nobody.run("whoami").code == 3
    assert nobody.run("logout").code == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAILIWICK_TOKEN", token)
        assert nobody.run("whoami", "--server", house.url).code == 3


def test_a_link_signs_in_once(house, nobody):
    link = house.admin.json("person", "link", "director@acme.example")["url"]
    assert nobody.run("login", "--link", link).code == 0
    again = nobody.run("login", "--link", link)
    assert again.code == 3
    assert "used already" in again.err


def test_people_are_added_listed_and_changed(house):
    added = house.admin.json("person", "add", "Rosa@acme.example", "--name", "Rosa Vidal", "--no-link")
    assert added["person"]["email"] == "rosa@acme.example"
    assert added["link"] is None
    changed = house.admin.json("person", "change", "rosa@acme.example", "--role", "it-change", "--inactive")
    assert (changed["roles"], changed["active"]) == (["it-change"], False)
    emails = {one["email"] for one in house.admin.json("person", "list")["items"]}
    assert {"rosa@acme.example", "ana@acme.example"} <= emails
    assert "Rosa Vidal" in house.admin.run("person", "list").out


def test_the_mode_is_read_and_a_wrong_one_is_usage(house):
    assert house.admin.json("mode")["mode"] == "team"
    assert house.admin.run("mode", "alone").code == 2


def test_connectors_are_shown_with_their_tools(house):
    (lab,) = (one for one in house.admin.json("connector", "list")["items"] if one["name"] == "lab")
    assert (lab["transport"], lab["reviewed"], lab["actions"]) == ("stdio", 6, 6)
    shown = house.admin.json("connector", "show", "lab")
    states = {tool["name"]: tool["state"] for tool in shown["tools"]}
    assert states["echo"] == "reviewed"
    assert states["environment"] == "quarantined"
    assert "lab__echo" in house.admin.run("connector", "show", "lab").out


def test_a_secret_is_read_from_standard_input_and_never_shown(house):
    ran = house.admin.run("connector", "secret", "lab", "--variable", "LAB_TOKEN", "--json", stdin="s3cr3t-of-acme\n")
    assert ran.code == 0
    assert ran.document["secret_set_us"] > 0
    assert "s3cr3t" not in ran.out + ran.err
    empty = house.admin.run("connector", "secret", "lab", "--variable", "LAB_TOKEN")
    assert empty.code == 1


def test_catalogues_are_drafted_shown_and_imported(house):
    draft = house.admin.json("catalogue", "draft", "lab")["source"]
    assert "floor: high" in draft
    assert house.admin.run("catalogue", "draft", "lab").out == draft
    assert "lab.text.echo" in house.admin.json("catalogue", "show", "lab")["source"]
    done = house.admin.json("catalogue", "import", "lab", str(house.folder / "lab.yaml"))
    assert "environment" in done["quarantined"]


def test_charters_are_drafted_from_personas(house):
    names = {one["name"] for one in house.admin.json("charter", "draft")["items"]}
    assert "lead-router" in names
    assert (
        house.admin.run("charter", "draft", "lead-router").out.startswith("#")
        or "charter: lead-router" in (house.admin.json("charter", "draft", "lead-router")["source"])
    )


def test_a_charter_is_checked_shown_and_explained(house):
    file = str(house.folder / "lab-helper.yaml")
    assert house.admin.json("charter", "check", file)["publishable"] is True
    assert "can be published" in house.admin.run("charter", "check", file).out
    shown = house.admin.json("charter", "show", "lab-helper")
    assert shown["version"] == 1
    assert house.admin.run("charter", "show", "lab-helper", "--source").out == shown["source"]
    assert "May read a text" in house.admin.run("charter", "show", "lab-helper").out
    assert "lab-helper" in [one["name"] for one in house.admin.json("charter", "list")["items"]]
    answer = house.admin.json("charter", "explain", "lab__regional", '{"region": "west"}', "--agent", "lab-helper")
    assert (answer["verdict"], answer["code"]) == ("deny", "limit")
    assert house.admin.run("charter", "explain", "lab__echo", "--file", file).out.startswith("allow at low risk")


def test_an_agent_is_enrolled_shown_and_revoked(house, tmp_path):
    key = tmp_path / "second.pem"
    made = house.admin.json("agent", "enrol", "second", "--charter", "lab-helper", "--key", str(key))
    assert made["state"] == "active"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" in key.read_text()
    assert house.admin.json("agent", "show", "second")["key"] == made["key"]
    assert "limits" in house.admin.run("agent", "show", "second").out
    assert "second" in house.admin.run("agent", "list").out
    token = house.admin.json("agent", "token", "second", "--key", str(key), "--intent", "look", "--workflow", "trying")
    assert token["run"].startswith("run-")
    assert house.admin.json("agent", "revoke", "second")["state"] == "revoked"
    refused = house.admin.run("agent", "token", "second", "--key", str(key))
    assert refused.code == 3


def test_an_agent_that_keeps_its_key_sends_the_public_half(house, tmp_path):
    file = tmp_path / "public.pem"
    file.write_bytes(SigningKey.from_random(bytes(range(48))).public.pem())
    made = house.admin.json("agent", "enrol", "third", "--charter", "lab-helper", "--public-key", str(file))
    assert made["name"] == "third"


def test_a_key_that_was_refused_is_not_left_behind(house, tmp_path):
    key = tmp_path / "nobody.pem"
    ran = house.admin.run("agent", "enrol", "fourth", "--charter", "no-such-charter", "--key", str(key))
    assert ran.code == 1
    assert "no charter `no-such-charter`" in ran.err
    assert not key.exists()


def test_a_run_is_listed_and_shown_with_its_reasons(house):
    run, result = call(house, "lab__regional", {"region": "west"})
    assert result["isError"]
    assert run in {one["id"] for one in house.admin.json("run", "list", "--agent", "lab-helper")["items"]}
    detail = house.admin.json("run", "show", run)
    assert [step["action"]["verdict"] for step in detail["steps"]] == ["deny"]
    shown = house.admin.run("run", "show", run).out
    assert "intent: try it" in shown
    assert "must be one of" in shown
    assert len(house.admin.json("run", "list", "--limit", "1")["items"]) == 1


def test_an_approval_is_shown_given_and_used_once(house):
    _, asked = call(house, "lab__fail", {})
    approval = asked["structuredContent"]["approval_id"]
    assert approval in {one["id"] for one in house.director.json("approvals")["items"]}
    assert "director@acme.example" in house.director.run("approvals", approval).out
    assert house.people["ana"].run("approve", approval, "--comment", "mine").code == 3
    assert house.director.run("approve", approval, "--comment", "yes", "--digest", "sha256:" + "0" * 64).code == 1
    assert house.director.json("approve", approval, "--comment", "fine with me")["status"] == "approved"
    assert house.director.run("approve", approval, "--comment", "again").code == 1
    _, done = call(house, "lab__fail", {})
    assert "pending_approval" not in str(done)
    assert house.director.json("approvals", approval)["status"] == "consumed"
    assert approval in {one["id"] for one in house.director.json("approvals", "--status", "all")["items"]}


def test_an_approval_is_denied_with_a_reason(house):
    _, asked = call(house, "lab__fail", {})
    approval = asked["structuredContent"]["approval_id"]
    assert house.director.run("deny", approval, "--comment", " ").code == 2
    ran = house.director.run("deny", approval, "--comment", "not today")
    assert ran.out.endswith(f"{approval} is denied.\n")


def test_a_halt_stops_and_a_second_person_lifts_it(house):
    stop = house.director.json("halt", "agent:lab-helper", "--reason", "drill")
    try:
        assert stop["scope"] == "agent:lab-helper"
        _, refused = call(house, "lab__echo", {})
        assert refused["structuredContent"]["code"] == "halted"
        assert "drill" in house.admin.run("halts").out
        assert house.director.run("resume", "agent:lab-helper", "--reason", "done").code == 3
    finally:
        lifted = house.admin.json("resume", "agent:lab-helper", "--reason", "the drill is over")
    assert lifted["scope"] == "agent:lab-helper"
    assert house.admin.json("halts") == {"items": []}


def test_reconciling_needs_an_unknown_action_and_an_outcome(house):
    assert house.admin.run("reconcile", "act-nobody", "--outcome", "done", "--note", "looked").code == 2
    ran = house.admin.run("reconcile", "act-nobody", "--outcome", "failed", "--note", "looked")
    assert (ran.code, "there is no action" in ran.err) == (1, True)


def test_the_record_is_searched(house):
    run, _ = call(house, "lab__regional", {"region": "west"})
    found = house.admin.json("record", "list", "--run", run, "--verdict", "deny")["items"]
    assert [one["type"] for one in found] == ["action.denied"]
    assert "action.denied" in house.admin.run("record", "list", "--run", run).out
    assert house.admin.run("record", "list", "--type", "no.such").code in (1, 5)


def test_the_demo_says_what_it_is(house):
    assert "made-up company" in house.admin.run("demo", "--help").out


def test_text_from_agents_cannot_move_the_cursor(house):
    async def act():
        async with AgentSession(house.url, "lab-helper", house.key) as session:
            run = await session.open_run(intent="\x1b[2Jgone [red]x[/red]", workflow="trying")
            await run.close("finished")

    asyncio.run(act())
    shown = house.admin.run("run", "list", "--limit", "3").out
    assert "\x1b" not in shown
    assert "gone [red]x[/red]" in shown

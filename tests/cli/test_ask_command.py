"""The five questions from the command line, against a real server."""

import pytest


@pytest.mark.parametrize("question", ["who", "policy", "data", "tool", "changed"])
def test_each_question_is_a_command(house, question):
    found = house.admin.json("ask", question, "--limit", "3")
    assert len(found["items"]) <= 3
    shown = house.admin.run("ask", question, "--limit", "3")
    assert shown.code == 0 and ("event" in shown.out or "nothing on the record" in shown.out)


def test_a_search_is_kept_asked_again_and_deleted(house):
    me = house.admin.json("whoami")["person"]["email"]
    asked = ("ask", "changed", "--person", me, "--since", "2020-01-01")
    shown = house.admin.run(*asked, "--save", "What I changed")
    assert shown.code == 0 and "connector.added" in shown.out and "bailiwick ask again srch-" in shown.out
    (saved,) = house.admin.json("ask", "searches")["items"]
    assert saved["name"] == "What I changed" and saved["asked"]["since_us"] == 1_577_836_800_000_000
    assert house.admin.json("ask", "again", saved["id"]) == house.admin.json(*asked)
    assert "person=per-" in house.admin.run("ask", "searches").out
    assert house.admin.run("ask", "forget", saved["id"]).code == 0
    assert house.admin.run("ask", "again", saved["id"]).code == 1


def test_what_cannot_be_asked_is_said(house):
    assert "no object" in house.admin.run("ask", "data", "--object", "4711").err
    assert house.admin.run("ask", "who", "--since", "yesterday").code == 1


def test_a_run_is_attested_and_an_export_bears_it_out(house, tmp_path):
    runs = house.admin.json("run", "list", "--limit", "1")["items"]
    run = runs[0]["id"] if runs else None
    if run is None:
        assert house.admin.run("run", "attest", "run-none").code == 1
        return
    file, folder = tmp_path / "run.attestation", tmp_path / "record"
    told = house.admin.json("run", "attest", run, "--to", str(file))
    assert told["run"] == run and file.read_text() == told["note"]
    assert house.admin.run("run", "attest", run).out.startswith("bailiwick.attestation/1\nlog ")
    house.admin.json("record", "export", str(folder))
    key = (folder / "log.vkey").read_text().strip()
    good = house.admin.run("run", "verify-attestation", str(file), "--record", str(folder), "--key", key)
    assert good.code == 0 and "Borne out" in good.out
    file.write_text(told["note"].replace("actions done", "actions dome"))
    bad = house.admin.run("run", "verify-attestation", str(file), "--record", str(folder))
    assert bad.code == 1 and "NOT borne out" in bad.err

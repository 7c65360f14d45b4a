"""The command line of versions: what a difference says, its exit status, and one version after another."""

from bailiwick.cli.trouble import ExitCode
from tests.cli.conftest import CHARTER, House

NAME = "lab-second"
SECOND = CHARTER.replace("charter: lab-helper", f"charter: {NAME}")
WIDER = SECOND.replace("max: 5,", "max: 9,")
NARROWER = SECOND.replace("max: 5,", "max: 4,")


def write(house: House, name: str, text: str) -> str:
    file = house.folder / f"{name}.yaml"
    file.write_text(text)
    return str(file)


def test_a_difference_says_what_changes_and_its_status_says_who_has_to_agree(house: House) -> None:
    old, wider, narrower = (write(house, name, text) for name, text in (("o", SECOND), ("w", WIDER), ("n", NARROWER)))
    ran = house.director.run("charter", "diff", old, wider)
    assert ran.code == ExitCode.WIDER == 6
    assert "wider        lab.region.change  change a region" in ran.out
    assert "Before: denied (`count` is over the limit of 5). After: allowed at medium risk." in ran.out
    ran = house.director.run("charter", "diff", old, narrower)
    assert ran.code == 0 and "after is narrower than before." in ran.out
    assert house.director.run("charter", "diff", old, old).code == 0
    document = house.director.run("charter", "diff", old, wider, "--json").document
    assert (document["relation"], document["needs_both"]) == ("wider", True)


def test_versions_are_proposed_agreed_to_tagged_and_gone_back_to(house: House) -> None:
    first = write(house, "first", SECOND)
    house.admin.json("charter", "publish", first, "--note", "the first version")
    ran = house.admin.run("charter", "publish", write(house, "wider", WIDER), "--note", "more at once")
    assert ran.code == 0 and "both owners have to agree" in ran.out and "0 of 2 have agreed" in ran.out
    assert house.director.run("charter", "second", NAME).code == ExitCode.SIGNED_OUT
    assert house.people["ana"].run("charter", "diff", NAME, f"{NAME}@2").code == ExitCode.WIDER
    assert "1 of 2 have agreed" in house.people["ana"].run("charter", "second", NAME).out
    assert "version 2 is published" in house.people["it-ops"].run("charter", "second", NAME).out
    assert house.people["ana"].run("charter", "second", NAME).code == ExitCode.REFUSED

    assert "stable is version 2" in house.admin.run("charter", "tag", NAME, "stable", "2").out
    assert "version 3 is published" in house.people["ana"].run("charter", "rollback", NAME, "1").out
    assert house.admin.run("charter", "rollback", NAME, "stable").code == 0  # wider again: a proposal
    assert "version 4 is withdrawn" in house.admin.run("charter", "withdraw", NAME).out
    listed = house.admin.run("charter", "versions", NAME).out
    assert "rollback to version 1" in listed and "stable" in listed and "withdrawn" in listed

"""The reference pages are written from the code and say what the code says."""

from tools import reference


def test_the_reference_pages_are_what_the_code_would_write(capsys):
    assert reference.main(["--check"]) == 0, capsys.readouterr().out

"""The pages that describe the shape: decision records, the glossary, the help of make, and their links."""

import re

import pytest

STATUS = r"^Status: (accepted|superseded by \d{4}), \d{4}-\d{2}-\d{2}$"


@pytest.fixture(scope="module")
def records(checkout):
    return sorted((checkout / "docs/adr").glob("[0-9]*.md"))


def test_decision_records_are_numbered_without_a_gap(records):
    assert [path.name[:4] for path in records] == [f"{n:04}" for n in range(1, len(records) + 1)]


def test_a_decision_record_is_one_page_of_four_parts(records):
    for path in records:
        text = path.read_text()
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert headings[0].startswith(f"{path.name[:4]}. "), path.name
        assert headings[1:4] == ["Context", "Decision", "Consequences"], path.name
        assert re.search(r"^Status: (accepted|superseded by \d{4}), \d{4}-\d{2}-\d{2}$", text, re.MULTILINE), path.name
        assert sum(not line.startswith("| ") for line in text.splitlines()) <= 80, path.name  # rows of a table aside


def test_the_glossary_has_every_noun_of_the_pure_rooms(checkout, package):
    glossary = (checkout / "docs/glossary.md").read_text()
    terms = {term for cell in re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE) for term in cell.split(", ")}
    nouns = {
        source.name.rpartition("/")[2].removesuffix(".py")
        for source in package
        if source.room in {"core", "ledger", "ports"}
    }
    missing = {noun for noun in nouns if not noun.startswith("_")} - {term.strip("`") for term in terms}
    assert missing == set(), "add a row to docs/glossary.md"


def test_glossary_rows_are_sorted_and_single(checkout):
    for table in (checkout / "docs/glossary.md").read_text().split("\n## "):
        rows = [row.strip("`").lower() for row in re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)][1:]
        assert rows == sorted(set(rows))


def test_relative_links_lead_to_a_file(committed, checkout):
    broken = [
        f"{page.relative_to(checkout)}: {target}"
        for page in committed
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_make_target_has_a_sentence(checkout):
    makefile = (checkout / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"browser"}
    helped = set(re.findall(r"^([a-z]+):[^#\n]*## [A-Z]", makefile, re.MULTILINE))
    assert targets - helped == set()


def test_the_readme_names_the_two_commands(checkout):
    readme = (checkout / "README.md").read_text()
    assert "make demo" in readme
    assert "make test" in readme

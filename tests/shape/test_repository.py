"""What the repository may hold: no address of a package index, no path of somebody's machine, no big file."""

import re

import pytest

INDEX = re.compile(r"//[\w.-]*(?:pypi|pythonhosted|npmjs|yarnpkg|debian)[\w-]*\.\w+", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work|workspace)/[\w.]+")
LARGEST = 1_500_000


@pytest.fixture(scope="module")
def texts(committed, checkout):
    """The text files by their path from the root."""
    found = {}
    for path in committed:
        try:
            found[str(path.relative_to(checkout))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("pattern", [INDEX, MACHINE], ids=["package index", "machine path"])
def test_no_text_names_an_address_that_only_works_somewhere(texts, pattern):
    found = {name: sorted(set(hits)) for name, text in texts.items() if (hits := pattern.findall(text))}
    assert found == {}


@pytest.mark.parametrize(
    "pattern, text",
    [
        (INDEX, "https:" + "//files.python" + "hosted.org/x"),
        (INDEX, "https:" + "//registry.npm" + "js.org"),
        (MACHINE, "see /" + "home/ana/notes"),
    ],
)
def test_those_patterns_find_what_they_are_for(pattern, text):
    assert pattern.search(text)


def test_no_name_or_sentence_of_the_product_says_helper(texts):
    vague = re.compile(r"(?i)\b\w*helper\w*\b")
    product = {name: text for name, text in texts.items() if name.startswith(("src/", "docs/")) and ".min." not in name}
    assert {name: sorted(set(hits)) for name, text in product.items() if (hits := vague.findall(text))} == {}


def test_no_file_is_too_large_to_review(committed):
    assert {path.name: size for path in committed if (size := path.stat().st_size) > LARGEST} == {}


def test_hashed_requirements_name_no_index(checkout):
    for file in sorted((checkout / "requirements").glob("*.txt")):
        lines = file.read_text().splitlines()
        assert [line for line in lines if line.startswith("-") or "--index" in line or "://" in line] == []
        pins = [n for n, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))]
        assert pins
        assert all("--hash=sha256:" in lines[n + 1] for n in pins), f"{file.name} has a pin without a hash"

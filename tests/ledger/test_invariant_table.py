import re

TABLE = "tests/ledger/INVARIANTS.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_test_that_the_table_of_invariants_names_is_there(checkout):
    rows = [line for line in (checkout / TABLE).read_text().splitlines() if re.match(r"\| \d", line)]
    assert [row.split("|")[1].strip() for row in rows] == [str(n) for n in range(1, 13)]
    for row in rows:
        named = NAMED.findall(row)
        assert named, row
        for path, name in named:
            assert re.search(rf"(def|class) {name}\b", (checkout / path).read_text()), f"{path}::{name} is gone"

"""The examples of the guide run as they stand, on a real export."""

import re

import pytest

from bailiwick.flow.export_download import PARQUET
from bailiwick.flow.export_format import EVENT_FORMATS
from bailiwick.flow.parquet import parquet_chunks
from tests.flow.house import open_house


@pytest.fixture
def guide(checkout):
    return (checkout / "docs/guide/observing.md").read_text()


async def test_the_parquet_example_counts_denials(guide, tmp_path, monkeypatch, capsys):
    async with open_house(tmp_path) as house:
        run = await house.open_run()
        for name in ("wipe", "drop"):
            await house.act(name, run, **({"ids": ["con-1"]} if name == "drop" else {}))
        await house.installation.store.checkpoint()
        (tmp_path / "record.parquet").write_bytes(b"".join(parquet_chunks(house.reader, house.installation.log_key)))
    (example,) = re.findall(r"<!-- run: parquet -->\n```python\n(.*?)```", guide, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/guide/observing.md", "exec"), {})
    out = capsys.readouterr().out
    assert "'code': 'unlisted'" in out
    assert "'agent': 'router'" in out


def test_the_guide_names_every_format(guide):
    for name in (PARQUET, *EVENT_FORMATS):
        assert f"| `{name}` |" in guide

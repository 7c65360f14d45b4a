"""The guide's questions get the guide's answers."""

import json
import re

import pytest

from tests.api.interop_house import open_interop

PAIR = re.compile(r"```http\nPOST (\S+)\n\n(.+?)```\n\n```json\n(.+?)```", re.DOTALL)


@pytest.fixture(scope="module")
def guide(checkout):
    return (checkout / "docs/guide/authzen.md").read_text()


def agrees(told, said):
    """Whether all that the guide tells is said; `…` stands for any text."""
    if isinstance(told, dict):
        return isinstance(said, dict) and all(name in said and agrees(told[name], said[name]) for name in told)
    if isinstance(told, list):
        return len(told) == len(said) and all(map(agrees, told, said))
    return bool(said) if told == "…" else told == said


async def test_each_question_of_the_guide_gets_its_answer(guide, tmp_path):
    pairs = PAIR.findall(guide)
    assert len(pairs) == guide.count("```http") == 5
    async with open_interop(tmp_path, ["alma"]) as interop:
        for path, asked, told in pairs:
            answer = await interop.send("POST", path, json=json.loads(asked))
            assert answer.status_code == 200, answer.text
            assert agrees(json.loads(told), answer.json()), answer.text


async def test_the_addresses_of_the_guide_exist(guide, tmp_path):
    async with open_interop(tmp_path, ["alma"]) as interop:
        known = (await interop.send("GET", "/openapi.json")).json()["paths"]
    assert set(re.findall(r"`(?:POST|GET) (/access/\S+?|/\.well-known/\S+?)`", guide)) <= set(known)

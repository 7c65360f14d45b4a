"""The evidence bundle over HTTP: streamed, noted on the record, and verified by the script that lies in it."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest

from bailiwick.flow.evidence import evidence_zip
from bailiwick.flow.proof import Prover
from bailiwick.ledger import bundle
from bailiwick.ledger.anchor_file import without_anchors
from bailiwick.ports.store import StoreUnavailable


async def fetched(house, nick="auditor"):
    async with house.person(nick) as person:
        answer = await person.get("/v1/record/bundle")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    return answer.content


def audited(path, folder, *arguments):
    script = folder / "verify.py"
    with zipfile.ZipFile(path) as archive:
        script.write_bytes(archive.read("verify.py"))
    command = [sys.executable, "-I", "-S", str(script), str(path), *arguments]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)


async def test_a_bundle_verifies_with_its_own_script_and_nothing_else(house, tmp_path):
    data = await fetched(house)
    path = tmp_path / "evidence.zip"
    path.write_bytes(data)
    ran = audited(path, tmp_path, "--key", house.here.log_key)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert ran.stdout.startswith("VERIFIED: ")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        files = {name.removeprefix("record/"): archive.read(name) for name in archive.namelist() if "record/" in name}
    assert bundle.verify(without_anchors(files), house.here.log_key) == []


async def test_who_took_a_bundle_is_on_the_record(house):
    await fetched(house)
    (event,) = (await house.as_person("ana", "GET", "/v1/record/events?type=record.bundled"))["items"]
    assert event["data"]["manifest"].startswith("sha256:")
    assert event["data"]["size"] <= event["index"]


async def test_only_who_may_export_gets_a_bundle_and_nothing_is_noted(house):
    await house.as_person("director", "GET", "/v1/record/bundle", 403)
    assert (await house.as_person("ana", "GET", "/v1/record/events?type=record.bundled"))["items"] == []


class Full:
    """A store whose disk has no room left."""

    async def commit(self, unit):
        raise StoreUnavailable("no space left on device")

    async def checkpoint(self):
        return None


async def test_a_bundle_that_cannot_be_put_on_the_record_is_cut_short(house):
    await house.here.store.checkpoint()
    full = replace(house.here, store=Full())
    found = []

    async def fetch():
        async for piece in evidence_zip(full, Prover(house.here.reader), "per-auditor"):
            found.append(piece)  # noqa: PERF401  # what came before it broke off

    with pytest.raises(StoreUnavailable):
        await fetch()
    assert found
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(found)))

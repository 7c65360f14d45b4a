"""The proof at the end: the exported record is verified offline, and every decision in it is decided again."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bailiwick.demo.caller import Caller, CallerError
from bailiwick.demo.recorded import RecordBook
from bailiwick.flow.recheck import recheck
from bailiwick.ledger.bundle import verify


@dataclass(frozen=True, slots=True)
class Proving:
    """What came of verifying and of deciding again; `findings` are sentences."""

    entries: int
    files: int
    runs: int
    decided: int
    identical: int
    findings: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.findings and self.decided == self.identical > 0


def export(auditor: Caller, folder: Path) -> dict[str, bytes]:
    """Export everything up to now; the files, as they lie in `folder`."""
    answer = auditor.ask("GET", "/v1/record/export", headers={"Accept": "application/zip"})
    if answer.status != 200:
        raise CallerError(f"the record could not be exported: {answer.status} {answer.sentence()}")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        packed.extractall(folder)
    return read_folder(folder)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by its path within."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def prove(files: Mapping[str, bytes], vkey: str) -> Proving:
    """Verify every byte under the log's key `vkey`, then decide every run again."""
    findings = [f"{finding.file}: {finding.what}" for finding in verify(files, vkey)]
    book = RecordBook(files)
    reports = [recheck(files, run) for run in book.runs()]
    findings += [
        f"entry {one.index} ({one.action}): `{one.field}` is {one.recorded!r} and would be {one.recomputed!r}"
        for report in reports
        for one in report.differences
    ]
    return Proving(
        entries=len(book),
        files=len(files),
        runs=len(reports),
        decided=sum(report.decided for report in reports),
        identical=sum(report.identical for report in reports),
        findings=tuple(findings),
    )

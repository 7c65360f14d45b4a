"""Where a demo keeps its files: a folder that it made itself, or nobody's."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

MARK: Final = ".bailiwick-demo"
STANDING: Final = Path("build/demo")


class FolderError(Exception):
    """The folder cannot be used; the text says why and what to do."""


class DemoFolder:
    """A fresh folder. Without `path`, `once` means a temporary one that goes away, else `build/demo`."""

    def __init__(self, path: Path | None, *, once: bool) -> None:
        self._passing = path is None and once
        self._asked = path or STANDING
        self.root = Path()

    def __enter__(self) -> Self:
        if self._passing:
            self.root = Path(tempfile.mkdtemp(prefix="bailiwick-demo-"))
            return self
        self.root = self._asked.absolute()
        # INVARIANT: nothing is deleted that a demo did not make
        if self.root.exists() and any(self.root.iterdir()):
            if not (self.root / MARK).exists():
                raise FolderError(f"`{self._asked}` is not empty and no demo made it; choose another folder")
            shutil.rmtree(self.root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)
        (self.root / MARK).touch()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._passing and error is None:
            shutil.rmtree(self.root, ignore_errors=True)

    def keep(self) -> None:
        """Leave the folder behind: somebody will want to look."""
        self._passing = False

    @property
    def company(self) -> Path:
        return self.root / "company"

    @property
    def server(self) -> Path:
        return self.root / "server"

    @property
    def server_log(self) -> Path:
        return self.root / "server.log"

    @property
    def agents(self) -> Path:
        return self.root / "agents"

    @property
    def export(self) -> Path:
        return self.root / "export"

"""A copy of `bailiwick.core` with one mistake in it, to see whether Cedar notices."""

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

import bailiwick.core

COPY: Final = "planted_core"
_SOURCE: Final = Path(next(iter(bailiwick.core.__path__)))


@dataclass(frozen=True)
class Plant:
    """Text of one module of the core, and what stands there instead, wherever it stood."""

    module: str
    right: str
    wrong: str


class _Copy(MetaPathFinder, Loader):
    """Finds `planted_core.*` in the sources of `bailiwick.core`; every import between them stays in the copy."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != COPY and not name.startswith(f"{COPY}."):
            return None
        return importlib.util.spec_from_loader(name, self, is_package=name == COPY)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.removeprefix(COPY).removeprefix(".")
        source = (_SOURCE / f"{name or '__init__'}.py").read_text()
        if name == self.plant.module:
            if self.plant.right not in source:
                raise ValueError(f"`{self.plant.right}` stands no longer in core/{name}.py: plant something else")
            source = source.replace(self.plant.right, self.plant.wrong)
        code = compile(source.replace("bailiwick.core", COPY), f"<{COPY}.{name}>", "exec")
        exec(code, module.__dict__)  # noqa: S102  # the project's own source


@contextmanager
def planted(plant: Plant) -> Iterator[str]:
    """The name of the changed copy, importable while the context lasts."""
    finder = _Copy(plant)
    sys.meta_path.insert(0, finder)
    try:
        yield COPY
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name == COPY or name.startswith(f"{COPY}.")]:
            del sys.modules[name]

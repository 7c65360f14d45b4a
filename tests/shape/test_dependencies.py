"""Every dependency is declared, used, hashed, and has a line that says why it and not the runner-up."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

# Used without being imported: by name (a database driver, time-zone data) or by another package.
UNSEEN = {
    "python-multipart": "Starlette reads forms with it",
    "tzdata": "zoneinfo reads it where the system has no zone files",
    "mcp-server-git": "a demo upstream, started as a process",
    "mcp-server-time": "a demo upstream, started as a process",
}

# Distributions that share a name space: the longest beginning of a module's name says which.
SHARED = {
    "opentelemetry.exporter": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "opentelemetry": "opentelemetry-api",
}


def bare(requirement: str) -> str:
    """The normalised name of `Some_Package[extra]>=1,<2`."""
    name = re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def project(checkout):
    return tomllib.loads((checkout / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def declared(project):
    extras = project["project"]["optional-dependencies"].values()
    return {bare(each) for each in (*project["project"]["dependencies"], *(one for extra in extras for one in extra))}


@pytest.fixture(scope="module")
def imported(package):
    """The distributions that the package imports directly."""
    providers = packages_distributions()
    found = set()
    for source in package:
        for node in ast.walk(source.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            shared = {name: one for name in names if (one := of_shared(name))}
            found |= set(shared.values())
            tops = {name.partition(".")[0] for name in names if name not in shared}
            tops -= {*sys.stdlib_module_names, "bailiwick"}
            found |= {bare(one) for top in tops for one in providers.get(top, [top])[:1]}
    return found


def of_shared(module):
    """The distribution of a module in a shared name space, else None."""
    return next((one for space, one in SHARED.items() if f"{module}.".startswith(f"{space}.")), None)


def test_what_is_imported_is_declared(imported, declared):
    assert imported - declared == set()


def test_what_is_declared_is_used(imported, declared):
    assert declared - imported - set(UNSEEN) == set()


def test_each_dependency_has_a_line_that_says_why(checkout, project, declared):
    page = (checkout / "docs/adr/0002-dependencies.md").read_text()
    rows = set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))
    groups = project["dependency-groups"].values()
    wanted = declared | {bare(each) for group in groups for each in group} | {"hatchling"}
    assert wanted - rows == set(), "add a row to docs/adr/0002-dependencies.md"
    assert rows - wanted == set(), "remove the row of a dependency that is gone"


@pytest.mark.parametrize(
    "file, extras, groups",
    [("runtime", ["demo"], []), ("dev", ["demo", "otel", "parquet"], ["dev"]), ("bootstrap", [], ["bootstrap"])],
)
def test_each_declared_dependency_is_pinned(checkout, project, file, extras, groups):
    pins = {bare(line) for line in (checkout / f"requirements/{file}.txt").read_text().splitlines() if "==" in line}
    wanted = {bare(each) for group in groups for each in project["dependency-groups"][group]}
    wanted |= {bare(each) for extra in extras for each in project["project"]["optional-dependencies"][extra]}
    wanted |= {bare(each) for each in project["project"]["dependencies"]} if file != "bootstrap" else set()
    assert wanted - pins == set(), "run `make requirements`"


def test_what_the_tests_install_has_every_extra(project):
    assert set(project["project"]["optional-dependencies"]) == {"demo", "otel", "parquet"}

"""What the page that asks why offers to choose from, and the numbers that an answer read."""

from collections.abc import Mapping
from typing import Final

from bailiwick.core.budget_limit import amount_text
from bailiwick.core.window import Window
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.explain import Explanation
from bailiwick.flow.installation import Installation
from bailiwick.web.view import Choice
from bailiwick.web.why import ChoiceGroup, SumField, WhyScreen

MOST: Final = 500
_RUN: Final = {
    "calls": "Calls the run has made",
    "seconds": "Seconds the run has worked",
    "repeats": "Times it made this same call",
    "failures": "Times this same call failed",
}
_SCOPES: Final = {
    "run": "in this run",
    "day": "on this day (UTC)",
    "tree": "in this run and those it belongs with",
}


def offered(here: Installation) -> WhyScreen:
    """The page with nothing asked. Blocks."""
    reader, catalogues = here.reader, catalogues_in_force(here.policies)
    agents = reader.rows("agent", limit=MOST, ascending=True)
    versions = sorted(reader.rows("charter_version", limit=MOST), key=lambda row: (row["charter"], -row["version"]))
    zones = {window.zone for name in {row["charter"] for row in agents} for window in _windows(here, name)}
    return WhyScreen(
        whats=tuple(
            ChoiceGroup(
                connector,
                tuple(Choice(entry.name, f"{entry.sentence} ({entry.name})") for entry in catalogue.actions),
            )
            for connector, catalogue in sorted(catalogues.items())
        ),
        agents=tuple(Choice(row["id"], row["id"]) for row in agents),
        charters=tuple(_charter(row["charter"], row["version"], row["status"]) for row in versions),
        zones=tuple(Choice(zone, zone) for zone in (*sorted(zones), "UTC")),
    )


def _charter(name: str, version: int, status: str) -> Choice:
    more = ", proposed" if status == "proposed" else ""
    return Choice(f"{name}@{version}", f"{name}, version {version}{more}")


def _windows(here: Installation, charter: str) -> list[Window]:
    head = here.reader.row("charter", charter)
    if head is None:
        return []
    found = here.policies.policy(head["digest"], "").charter
    return [window for window in (found.when, *(grant.when for grant in found.grants)) if window]


def sum_fields(told: Explanation) -> tuple[SumField, ...]:
    """The numbers that can be assumed to be others: where the run stands, and each sum that was read."""
    _, calls, elapsed_us, repeats, failures = told.facts["run"]
    stands = (calls, max(0, elapsed_us) // 1_000_000, repeats, failures)
    found = [SumField(name, _RUN[name], f"{number:,}") for name, number in zip(_RUN, stands, strict=True)]
    for kind, prefix in (("totals", "total"), ("spent", "spent")):
        found += [
            SumField(f"{prefix}.{name}", _label(name), amount_text(amount, name))
            for name, amount in told.facts[kind].items()
        ]
    return tuple(found)


def typed_sums(values: Mapping[str, str]) -> tuple[SumField, ...]:
    """The numbers that were typed, for a form that cannot be answered yet."""
    found = [SumField(name, label, "") for name, label in _RUN.items() if values.get(name)]
    for name, value in values.items():
        kind, _, key = name.partition(".")
        if kind in ("total", "spent") and key.partition(".")[0] in _SCOPES and value:
            found.append(SumField(name, _label(key), ""))
    return tuple(found)


def _label(name: str) -> str:
    scope, _, unit = name.partition(".")
    return f"{unit.replace('_', ' ').capitalize()} {_SCOPES[scope]}, before this"

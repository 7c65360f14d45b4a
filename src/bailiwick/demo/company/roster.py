"""Every server of the company by name."""

from collections.abc import Callable, Mapping

from bailiwick.demo.company import crm, premises
from bailiwick.demo.company.vendor import Vendor

VENDORS: dict[str, Callable[[Mapping[str, str]], Vendor]] = {"crm": crm.vendor}


def run(name: str, environment: Mapping[str, str], ready: premises.Ready) -> None:
    """Runs the named server in this process until it is told to stop."""
    premises.serve(VENDORS[name](environment), environment, ready)

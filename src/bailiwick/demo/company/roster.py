"""Every server of the company by name."""

from collections.abc import Callable, Mapping

from bailiwick.demo.company import ads, crm, desk, email, premises, sink
from bailiwick.demo.company.vendor import Vendor

VENDORS: dict[str, Callable[[Mapping[str, str]], Vendor]] = {
    "crm": crm.vendor,
    "email": email.vendor,
    "ads": ads.vendor,
    "desk": desk.vendor,
}


def run(name: str, environment: Mapping[str, str], ready: premises.Ready) -> None:
    """Runs the named server in this process until it is told to stop; `sink` is the mail relay."""
    if name == "sink":
        sink.serve(environment, ready)
    else:
        premises.serve(VENDORS[name](environment), environment, ready)

"""Setting up the installation that is killed, over its own API: two people, three connectors, a charter, agents."""

import secrets
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.demo.caller import Caller
from bailiwick.demo.company.office import Office
from bailiwick.demo.founding import connect, link_for, sign_in
from bailiwick.flow.es256 import RANDOM_BYTES, SigningKey
from bench.crash.house import House

WORKFLOW: Final = "crash-drill"
AGENTS: Final = ("drill-one", "drill-two", "drill-three")
CONNECTORS: Final = ("crm", "ads", "desk")
CHARTER: Final = """\
charter: drill-hand
purpose: Keep contacts, tickets and paid campaigns up to date while the server is killed again and again.
workflow: crash-drill
owner: {accountable: ana@acme.example, backup: admin@acme.example, review_by: 2027-02-01}
data: {may_read: [public, internal, customer], may_send_out: []}
can:
  - do: crm.contact.read
    tier: low
    limits: {limit: {max: 10, optional: true}, fields: {only: [segment, email]}}
  - {do: crm.contact.update, tier: medium}
  - {do: crm.contact.create, tier: medium}
  - {do: desk.ticket.create, tier: low}
  - {do: ads.campaign.create, tier: medium}
  - {do: ads.campaign.launch, tier: high}
cannot: [ads.funds.add, desk.access.grant]
approve: {all_of: [{role: marketing-director}], not: [requester, owner], within: 4h}
run: {calls: 1000000, seconds: 86400, repeats: 1000, retries: 1000}
"""


@dataclass(frozen=True, slots=True)
class Cast:
    """The administrator and the director, signed in, and the key of each agent."""

    admin: Caller
    director: Caller
    keys: dict[str, SigningKey]


def found(house: House, office: Office) -> Cast:
    """Make a new installation ready for its agents."""
    admin = sign_in(house.url, house.first_link)
    director = _person(admin, "director", ["marketing-director"])
    _person(admin, "ana", [])
    for name in CONNECTORS:
        connect(admin, office, name)
    admin.need("POST", "/v1/charters", {"source": CHARTER, "note": "the first version"})
    keys = {name: SigningKey.from_random(secrets.token_bytes(RANDOM_BYTES)) for name in AGENTS}
    for name, key in keys.items():
        admin.need("POST", "/v1/agents", {"name": name, "charter": "drill-hand", "jwk": key.public.jwk()})
    return Cast(admin, sign_in(house.url, link_for(admin, director)), keys)


def _person(admin: Caller, short: str, roles: list[str]) -> str:
    body: dict[str, Any] = {"email": f"{short}@acme.example", "name": short.title(), "roles": roles}
    return str(admin.need("POST", "/v1/people", body)["id"])

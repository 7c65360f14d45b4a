"""Setting up an installation for the company, through the HTTP API alone, as its administrator would."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from bailiwick.demo.caller import Caller
from bailiwick.demo.cast import PARTS
from bailiwick.demo.company.office import HTTP_SERVERS, Office
from bailiwick.demo.script import DRILL


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person of the company: the short name that the script uses, and the roles they hold."""

    short: str
    email: str
    name: str
    roles: tuple[str, ...] = ()


COLLEAGUES: Final = (
    Colleague("ana", "ana@acme.example", "Campaign owner"),
    Colleague("it-ops", "it-ops@acme.example", "IT operations", ("it-change",)),
    Colleague("director", "director@acme.example", "Marketing director", ("marketing-director",)),
    Colleague("change", "change@acme.example", "IT change", ("it-change",)),
    Colleague("auditor", "auditor@acme.example", "Auditor", ("auditor",)),
)
STDIO: Final = ("git", "time")
REVIEW_AFTER: Final = timedelta(days=180)


def sign_in(url: str, link: str) -> Caller:
    """Exchange a one-time link for a personal token."""
    return Caller(url, str(Caller(url).need("POST", "/v1/sessions", {"link": link})["token"]))


def found(admin: Caller, office: Office, keys: Mapping[str, Mapping[str, str]]) -> dict[str, Caller]:
    """People, connectors with their credentials, catalogues, charters, agents; everybody signed in, by short name."""
    people = {"admin": admin}
    for colleague in COLLEAGUES:
        person = _add_person(admin, colleague)
        people[colleague.short] = sign_in(admin.url, link_for(admin, person))
    for name in (*HTTP_SERVERS, *STDIO):
        connect(admin, office, name)
    for part in PARTS:
        source = charter_source(part.name)
        admin.need("POST", "/v1/charters", {"source": source, "note": "the first version"})
        admin.need("POST", "/v1/agents", {"name": part.name, "charter": part.name, "jwk": keys[part.name]})
    return people


def link_for(admin: Caller, person: str) -> str:
    """A new one-time sign-in link."""
    return str(admin.need("POST", f"/v1/people/{person}/link")["url"])


def person_ids(admin: Caller) -> dict[str, str]:
    """Everybody's id by address."""
    return {str(row["email"]): str(row["id"]) for row in admin.need("GET", "/v1/people")["items"]}


def charter_source(name: str) -> str:
    """The charter of a persona as its file has it."""
    room, file = ("bailiwick.demo", "drill.yaml") if name == DRILL else ("bailiwick.persona", f"{name}.yaml")
    return (files(room) / file).read_text(encoding="utf-8")


def _add_person(admin: Caller, colleague: Colleague) -> str:
    body = {"email": colleague.email, "name": colleague.name, "roles": list(colleague.roles)}
    return str(admin.need("POST", "/v1/people", body)["id"])


def connect(admin: Caller, office: Office, name: str) -> None:
    """Put one server of the company in force: the connector, its credential and its catalogue."""
    admin.need("PUT", f"/v1/connectors/{name}", _connector(office, name))
    if name in HTTP_SERVERS:
        secrets = {"values": {"bearer": office.branches[name].secret}}
        admin.need("PUT", f"/v1/connectors/{name}/secret", secrets)
    source = (files("bailiwick.demo.catalogue") / f"{name}.yaml").read_text(encoding="utf-8")
    admin.need("PUT", f"/v1/connectors/{name}/catalogue", {"source": source})


def _connector(office: Office, name: str) -> dict[str, Any]:
    said = {"vendor": f"Acme {name}", "responsible": "it-ops@acme.example", "data_terms": "internal system"}
    said["review_by"] = (datetime.now(UTC).date() + REVIEW_AFTER).isoformat()
    if name in HTTP_SERVERS:
        return said | {"transport": "http", "url": office.branches[name].url}
    if name == "git":
        command, environment = office.git_command, dict(office.git_environment)
        return said | {"transport": "stdio", "command": list(command), "environment": environment}
    return said | {"transport": "stdio", "command": list(office.time_command)}

"""People, their sessions and links."""

from pydantic import Field

from bailiwick.api.wire.base import Incoming, Micros, Outgoing


class PersonBody(Outgoing):
    """Somebody who signs in. `has_password` is false until they set one after their first link."""

    id: str
    email: str
    name: str
    roles: list[str]
    active: bool
    has_password: bool
    created_us: Micros


class NewPerson(Incoming):
    """Somebody to add; they sign in by a link from `POST /v1/people/{person}/link`."""

    email: str = Field(min_length=3, max_length=254, examples=["rosa@acme.example"])
    name: str = Field(min_length=1, max_length=120, examples=["Rosa Vidal"])
    roles: list[str] = Field(default_factory=list, max_length=20, examples=[["marketing-director"]])


class PersonChange(Incoming):
    """What to change; what is left out stays."""

    roles: list[str] | None = Field(None, max_length=20, examples=[["marketing-director"]])
    active: bool | None = None


class LinkBody(Outgoing):
    """A one-time address to hand to the person; it is shown here and never again."""

    url: str
    expires_us: Micros


class SignInByLink(Incoming):
    """A one-time link, whole or only its token."""

    link: str = Field(min_length=1, max_length=500)


class SignInByPassword(Incoming):
    """An address and its password."""

    email: str = Field(min_length=3, max_length=254, examples=["ana@acme.example"])
    password: str = Field(min_length=1, max_length=1024)


class SessionBody(Outgoing):
    """A personal token, shown once; send it as `Authorization: Bearer`."""

    token: str
    expires_us: Micros
    person: PersonBody


class NewPassword(Incoming):
    """A new password; `current` is needed once there is one."""

    password: str = Field(min_length=12, max_length=1024)
    current: str | None = Field(None, max_length=1024)

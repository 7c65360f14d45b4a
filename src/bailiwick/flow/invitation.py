"""A one-time sign-in link for a person: minted, kept as a hash, shown once."""

from dataclasses import dataclass
from typing import Final

from bailiwick.flow.installation import Installation
from bailiwick.flow.secret_token import RANDOM_BYTES, Kind, mint
from bailiwick.flow.signin import IssueLink

SIGN_IN_PATH: Final = "/sign-in/link"


@dataclass(frozen=True, slots=True)
class Invitation:
    """The address to hand to the person, and until when it works."""

    url: str
    expires_us: int


async def invite(installation: Installation, person: str) -> Invitation:
    """A fresh link for an active person; earlier ones keep working until they expire."""
    token, token_hash = mint(installation.random_bytes(RANDOM_BYTES), Kind.SIGN_IN_LINK)
    expires_us = await installation.store.commit(IssueLink(person, token_hash))
    return Invitation(link_of(installation, token), expires_us)


def link_of(installation: Installation, token: str) -> str:
    """The address of a one-time sign-in link."""
    return f"{installation.public_url}{SIGN_IN_PATH}/{token}"


def token_in(link: str) -> str:
    """The token of a link, which may be given whole or as the token alone."""
    return link.strip().rstrip("/").rpartition("/")[2]

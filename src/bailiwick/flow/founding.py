"""The very first start: how the installation is run, its first administrator, and the link to sign in with."""

from dataclasses import dataclass

from bailiwick.flow.person import AddPerson, DeclareMode
from bailiwick.flow.right import ADMINISTRATOR
from bailiwick.flow.signin import IssueLink
from bailiwick.ports.store import Shelf


@dataclass(frozen=True, slots=True)
class Found:
    """All of it or nothing: an administrator without a link could never sign in, and nobody could make one.

    Replies False, and does nothing, when another server that started at the same moment was faster.
    """

    name: str
    admin_email: str
    link_hash: str

    def step(self, shelf: Shelf) -> bool:
        if shelf.get("installation", "installation"):
            return False
        DeclareMode("team", self.name, None).step(shelf)
        person = AddPerson(self.admin_email, "Administrator", (ADMINISTRATOR,), None).step(shelf)
        IssueLink(person["id"], self.link_hash).step(shelf)
        return True

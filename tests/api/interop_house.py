"""Acme's installation for the interop cases of AuthZEN: a board of cards, an archive of twenty folders, and files.

The cases that the OpenID AuthZEN group publishes speak of users, to-do items and records. Here a user is an agent
with a charter of its own, an item is a card on a board, and a record is a folder with a tool of its own.
"""

from contextlib import asynccontextmanager

import httpx2

from bailiwick.api.app import create_api
from bailiwick.flow.catalogue_import import ImportCatalogue, review
from bailiwick.flow.connector import AddConnector
from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.secret_token import Kind, mint
from bailiwick.flow.signin import OpenSession
from tests.flow.house import DEFINITIONS, OPS, REVIEW, TEXT, open_house, tool

VERBS = ("open", "change", "drop")

# ----------------------------------------------------------------------------------------------- board

PARTS = {"rosa": "lead", "marc": "editor", "sara": "editor", "bea": "viewer", "jan": "viewer"}
BOARD_TOOLS = [
    tool("colleague", ("who",), who=TEXT),
    tool("cards"),
    tool("create", ("title",), title=TEXT),
    tool("update", ("card", "owner"), card=TEXT, owner=TEXT),
    tool("remove", ("card", "owner"), card=TEXT, owner=TEXT),
]
BOARD = """\
connector: board
actions:
  board.colleague.read: {tool: colleague, says: look up a colleague, floor: low, effect: read, reads: internal}
  board.card.list: {tool: cards, says: list the cards, floor: low, effect: read, reads: internal}
  board.card.create: {tool: create, says: add a card, floor: low, effect: write}
  board.card.update: {tool: update, says: change a card, floor: low, effect: write}
  board.card.remove: {tool: remove, says: remove a card, floor: low, effect: write}
"""


def board_grants(name):
    reading = ["{do: board.colleague.read, tier: low}", "{do: board.card.list, tier: low}"]
    if PARTS[name] == "viewer":
        return reading
    own = "" if PARTS[name] == "lead" else f", limits: {{owner: {{one_of: [{name}]}}}}"
    changing = [f"{{do: board.card.{verb}, tier: low{own}}}" for verb in ("update", "remove")]
    return [*reading, "{do: board.card.create, tier: low}", *changing]


# --------------------------------------------------------------------------------------------- archive

TEAMS = {
    "lena": ("manager", "web"),
    "milo": ("employee", "press"),
    "nora": ("contractor", "press"),
    "otto": ("manager", "brand"),
    "pia": ("employee", "brand"),
    "quin": ("contractor", "events"),
}
DEPARTMENTS = (
    *("press", "press", "press", "events", "press", "events", "web", "press", "events", "web"),
    *("events", "press", "web", "events", "brand", "press", "press", "events", "press", "events"),
)
FOLDERS = tuple(f"f{number:02}" for number in range(1, 21))
OWNERS = {folder: list(TEAMS)[number % 6] for number, folder in enumerate(FOLDERS)}
OWNERS |= {"f19": "lena", "f20": "milo"}
ARCHIVE_TOOLS = [tool(folder, ("verb",), verb={"type": "string", "enum": list(VERBS)}) for folder in FOLDERS]


def archive():
    lines = ["connector: archive", "actions:"]
    for folder in FOLDERS:
        for verb in VERBS:
            effect = "read, reads: internal" if verb == "open" else "write"
            body = f"tool: {folder}, when: {{verb: {verb}}}, says: {verb} folder {folder}, floor: low, effect: {effect}"
            lines.append(f"  archive.{folder}.{verb}: {{{body}}}")
    return "\n".join(lines) + "\n"


def archive_grants(name):
    """Owners may all; managers open everything and change what is their department's; others open their own's."""
    role, department = TEAMS[name]
    granted = []
    for folder, home in zip(FOLDERS, DEPARTMENTS, strict=True):
        owner, here = OWNERS[folder] == name, home == department
        may = {"open": owner or here or role == "manager", "change": owner or (here and role == "manager")}
        may["drop"] = owner
        granted += [f"{{do: archive.{folder}.{verb}, tier: low}}" for verb in VERBS if may[verb]]
    return granted


# ----------------------------------------------------------------------------------------------- files

STATUS = {"type": "string", "enum": ["active", "archived"]}
FILE_TOOLS = [
    tool("read", file=TEXT, status=STATUS),
    tool("write", file=TEXT, status=STATUS),
    tool("delete", file=TEXT, soft={"type": "boolean"}),
    tool("publish", ("file",), file=TEXT),
]
FILES = """\
connector: file
actions:
  file.page.read: {tool: read, says: read a page, floor: low, effect: read, reads: internal}
  file.page.write: {tool: write, says: write a page, floor: low, effect: write}
  file.page.delete: {tool: delete, says: delete a page, floor: low, effect: write}
  file.page.publish: {tool: publish, says: publish a page, floor: medium, effect: send, sends: public}
"""
FILE_GRANTS = {
    "alma": [
        "{do: file.page.read, tier: low}",
        "{do: file.page.write, tier: low, limits: {status: {one_of: [active], optional: true}}}",
        "{do: file.page.delete, tier: low, limits: {soft: {one_of: [true]}}}",
        "{do: file.page.publish, tier: high}",
    ],
    "bela": [
        "{do: file.page.read, tier: low}",
        "{do: file.page.write, tier: low, limits: {status: {one_of: [archived]}}}",
    ],
}

CONNECTORS = {
    "board": (BOARD, BOARD_TOOLS),
    "archive": (archive(), ARCHIVE_TOOLS),
    "file": (FILES, FILE_TOOLS),
}


def charter(name, grants):
    listed = "\n".join(f"  - {grant}" for grant in grants)
    return f"""\
charter: {name}-charter
purpose: Keep the pages and cards of Acme's campaigns in order.
workflow: keeping-{name}
owner: {{accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-06-01}}
data: {{may_read: [public, internal], may_send_out: [public]}}
can:
{listed}
cannot: [billing.*]
approve: {{all_of: [{{role: marketing-director}}], not: [requester, owner], within: 4h}}
run: {{calls: 500, seconds: 6000, repeats: 400, retries: 9}}
"""


class Interop:
    """The house with its API, called without a socket."""

    def __init__(self, house, api):
        self.house, self.here, self._api = house, house.installation, api
        self.tokens = {}

    def client(self, token=None, **headers):
        if token:
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx2.ASGITransport(app=self._api, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=self.house.url, headers=headers)

    async def sign_in(self, nick, number):
        token, hashed = mint(bytes([number]) * 32, Kind.PERSONAL)
        await self.house.commit(OpenSession(self.house.people[nick], None, hashed, Kind.PERSONAL))
        self.tokens[nick] = token

    async def send(self, method, path, who="ana", token=None, **more):
        async with self.client(token or self.tokens.get(who)) as client:
            return await client.request(method, path, **more)

    async def ask(self, path, body, status=200, **more):
        """The answer to one question under /access/v1."""
        answer = await self.send("POST", f"/access/v1/{path}", json=body, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if "json" in answer.headers["content-type"] else answer.text


@asynccontextmanager
async def open_interop(folder, only=None):
    """The house of the tests of flow, with three more connectors and an agent for everybody in the cases."""
    async with open_house(folder) as house:
        interop = Interop(house, create_api(house.installation))
        by = house.people["admin"]
        for number, nick in enumerate(("ana", "director"), 1):
            await interop.sign_in(nick, number)
        house.server.tools = DEFINITIONS + [each for _, tools in CONNECTORS.values() for each in tools]
        for name, (source, tools) in CONNECTORS.items():
            await house.commit(AddConnector(name, "http", by, "Acme", OPS, url=house.server.url, review_by=REVIEW))
            await house.commit(ImportCatalogue(review(name, source, tools), by))
        house.installation.policies.forget()
        grants = {name: board_grants(name) for name in PARTS} | {name: archive_grants(name) for name in TEAMS}
        for name, listed in (grants | FILE_GRANTS).items():
            if only and name not in only:
                continue
            await house.publish(charter(name, listed))
            key = SigningKey.from_random(name.encode().ljust(48, b"-"))
            await house.commit(EnrolAgent(name, f"{name}-charter", key.public.jwk(), by))
        yield interop

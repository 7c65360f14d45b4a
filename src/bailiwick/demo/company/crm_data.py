"""What the CRM holds on the first day: made-up people, firms and campaigns, the same on every machine."""

import sqlite3
from random import Random

from bailiwick.demo.company import cabinet
from bailiwick.demo.company.cabinet import Document

CONTACTS = 6_000  # the newsletter segment alone must exceed 5,000
SALES = ("rosa@acme.example", "tom@acme.example", "yuki@acme.example")

SEGMENTS: dict[str, Document] = {
    "beta": {"name": "Beta readers", "description": "Volunteers who see every mailing first."},
    "staff": {"name": "Staff", "description": "People of Acme."},
    "leads": {"name": "New leads", "description": "Asked for a quote, nobody has called yet."},
    "newsletter": {"name": "Newsletter", "description": "Everyone who subscribed."},
}

CAMPAIGNS: dict[str, Document] = {
    "cmp-spring": {
        "name": "Spring launch",
        "status": "draft",
        "subject": "The new catalogue is here",
        "body": "Dear reader, our spring catalogue has arrived.",
        "budget": 400_000_000,
        "owner": "ana@acme.example",
    },
    "cmp-autumn": {
        "name": "Autumn clearance",
        "status": "approved",
        "subject": "Last pieces of the season",
        "body": "Everything that must go before the first frost.",
        "budget": 900_000_000,
        "owner": "ben@acme.example",
    },
    "cmp-loyalty": {
        "name": "Loyalty programme",
        "status": "running",
        "subject": "Your points are waiting",
        "body": "A thank-you to those who stayed with us.",
        "budget": 150_000_000,
        "owner": "ana@acme.example",
    },
    "cmp-trade": {
        "name": "Trade fair invitations",
        "status": "draft",
        "subject": "Meet us in hall 4",
        "body": "We would be glad to see you at the fair.",
        "budget": 60_000_000,
        "owner": "ben@acme.example",
    },
}

_FIRST = ("Ada", "Bruno", "Carla", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Lena")
_LAST = ("Abara", "Brandt", "Costa", "Dahl", "Evans", "Ferro", "Garcia", "Holm", "Ito", "Jansen", "Klein")
_FIRMS = ("Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper", "Kestrel")
_CITIES = ("Lisbon", "Malmö", "Turin", "Utrecht", "Zaragoza")
_LANGUAGES = ("en", "es", "de", "pt")


def seed(db: sqlite3.Connection) -> None:
    """Segments, campaigns, companies and contacts; contact n is always the same person."""
    random = Random(1910)
    for key, segment in SEGMENTS.items():
        cabinet.put(db, "segments", key, segment)
    for key, campaign in CAMPAIGNS.items():
        cabinet.put(db, "campaigns", key, campaign)
    for number, firm in enumerate(_FIRMS, 1):
        cabinet.put(db, "companies", f"com-{number:04}", _company(firm, random))
    for number in range(1, CONTACTS + 1):
        cabinet.put(db, "contacts", f"con-{number:04}", _contact(number, random))
    for prefix, last in (("con", CONTACTS), ("com", len(_FIRMS)), ("cmp", 0), ("seg", 0)):
        db.execute("INSERT INTO counter VALUES (?, ?)", (prefix, last))


def _company(firm: str, random: Random) -> Document:
    return {
        "name": f"{firm} Trading",
        "domain": f"{firm.lower()}.example",
        "city": random.choice(_CITIES),
        "size": random.randrange(5, 900),
    }


def _contact(number: int, random: Random) -> Document:
    first, last = random.choice(_FIRST), random.choice(_LAST)
    firm = random.randrange(len(_FIRMS))
    segment = _segment(number)
    return {
        "name": f"{first} {last}",
        "email": f"{first}.{last}.{number}@{_FIRMS[firm]}.example".lower(),
        "phone": f"+1 555 {number // 10_000 + 100:03} {number % 10_000:04}",
        "segment": segment,
        "language": random.choice(_LANGUAGES),
        "company": f"com-{firm + 1:04}",
        "consent": segment != "leads" and random.random() < 0.9,
        "credit_limit": random.randrange(1, 200) * 500,
        "owner": None if segment == "leads" else random.choice(SALES),
        "status": "new" if segment == "leads" else "customer",
    }


def _segment(number: int) -> str:
    """The first 40 contacts are beta readers, then 25 staff, then 300 leads; the rest take the newsletter."""
    for last, segment in ((40, "beta"), (65, "staff"), (365, "leads")):
        if number <= last:
            return segment
    return "newsletter"

"""The tables with which several servers of one installation know of each other, and share what one would keep alone."""

from sqlalchemy import Column, Integer, Table

from bailiwick.store.column import SMALL, big, key, metadata, text

server = Table(
    "server",
    metadata,
    key(),
    text("address"),
    text("public_url"),
    text("version"),
    text("keys"),
    text("state"),
    big("beat"),
    big("beat_us"),
    big("started_us"),
    big("ended_us", null=True),
    **SMALL,
)
"""Every `bailiwick up` that serves or has served lately; `beat` counts its signs of life."""
news = Table("news", metadata, key(), big("turn"), **SMALL)
"""How often each thing that servers keep in memory has changed; `id` is the topic."""
guess = Table("guess", metadata, key(), Column("count", Integer, nullable=False), big("last_us"), **SMALL)
"""Wrong passwords by the hash of the address they were tried for."""
whatif = Table(
    "whatif", metadata, key(), text("charter"), text("source"), big("since_us"), big("started_us"), big("end")
)
"""What somebody asked to decide again; what comes of it is told from the record, by any server."""

"""The tables of what others hold of the log: where heads are anchored, and each anchor with its evidence."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table

from bailiwick.store.column import big, json, key, metadata, text

anchor_place = Table(
    "anchor_place",
    metadata,
    key(),
    text("kind"),
    json("settings"),
    text("state"),
    text("trouble"),
    Column("fails", Integer, nullable=False),
    json("seen"),
    big("due_us"),
    big("size"),
    big("anchored_us", null=True),
    big("added_us"),
    text("added_by"),
)
"""Where heads go; `state` is new, ok, late or alarm. `seen` is what a place is known to hold already, by its parts."""
anchor = Table(
    "anchor",
    metadata,
    key(),
    text("place"),
    text("kind"),
    big("size"),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    big("at_us"),
    Index(None, "place", "id"),
)
"""What a place answered: `note` is the checkpoint with everybody's signatures, `proof` whatever else it gave."""

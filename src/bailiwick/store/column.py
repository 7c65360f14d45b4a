"""What every table is made of: the one metadata, and the kinds of columns."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, MetaData
from sqlalchemy import Text as AnyText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Big = BigInteger().with_variant(Integer, "sqlite")
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")
"""Text that both databases compare byte by byte: ids are read in ranges, and their order must be one."""
SMALL: dict[str, Any] = {"sqlite_with_rowid": False}
"""For small rows: one b-tree a table instead of two, so half the pages that every commit writes."""


def key() -> Column[str]:
    """The primary key of a state table: a text called `id`."""
    return Column("id", Text, primary_key=True)


def text(name: str, *, null: bool = False) -> Column[str]:
    """Text, which is there unless `null`."""
    return Column(name, Text, nullable=null)


def big(name: str, *, null: bool = False) -> Column[int]:
    """An integer of 64 bits: microseconds, micros, counts."""
    return Column(name, Big, nullable=null)


def json(name: str) -> Column[object]:
    """A JSON value, which is always there."""
    return Column(name, JSON, nullable=False)

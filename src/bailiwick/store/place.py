"""Where an installation's rows and record are: one SQLite file in its data folder, or a PostgreSQL database."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bailiwick.ports.clock import Clock
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.journal import Origin
from bailiwick.store.migration import migrate, migrate_postgres
from bailiwick.store.postgres import PostgresStore
from bailiwick.store.postgres_session import Unreachable, connect
from bailiwick.store.reader import PostgresReader, SqliteReader
from bailiwick.store.sqlite import SqliteStore

STORE_FILE: Final = "bailiwick.db"


@dataclass(frozen=True, slots=True)
class StorePlace:
    """The store of the data folder `folder`, unless `url` names a database: `postgresql://user@host/database`."""

    folder: Path
    url: str = ""

    @property
    def path(self) -> Path:
        """The SQLite file, if it is that."""
        return self.folder / STORE_FILE

    @property
    def is_shared(self) -> bool:
        """Whether several servers may use it at once."""
        return bool(self.url)

    def is_new(self) -> bool:
        """Whether nothing was ever recorded there; raises `StoreUnavailable`."""
        if not self.url:
            return not self.path.exists()
        try:
            with closing(connect(self.url)) as connection:
                made = connection.execute("SELECT to_regclass('log_entry') IS NOT NULL").fetchone()
                if made is None or not made[0]:
                    return True
                return connection.execute("SELECT 1 FROM log_entry LIMIT 1").fetchone() is None
        except (Unreachable, psycopg.Error) as error:
            raise StoreUnavailable(f"PostgreSQL does not answer: {str(error).strip()}") from error

    def migrate(self) -> None:
        """Make the tables, or bring them to this version; raises `StoreUnavailable`."""
        if self.url:
            migrate_postgres(self.url)
        else:
            self.path.touch(mode=0o600)  # the log and shared files beside it take over its mode
            migrate(self.path)

    def reader(self, keys: PayloadKeys) -> SqliteReader | PostgresReader:
        """A reader on connections of its own."""
        return PostgresReader(self.url, keys) if self.url else SqliteReader(self.path, keys)

    def store(
        self, origin: Origin, clock: Clock, ids: Callable[[str], str], salt: Callable[[], bytes], keys: PayloadKeys
    ) -> SqliteStore | PostgresStore:
        """A store that is not started yet."""
        if self.url:
            return PostgresStore(self.url, origin, clock, ids, salt, keys)
        return SqliteStore(self.path, origin, clock, ids, salt, keys)

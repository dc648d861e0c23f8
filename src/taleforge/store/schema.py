"""The tables of the store, in one place: a list of migrations in SQL that SQLite and PostgreSQL both read.

`{bytes}` is the engine's type for bytes. Every row ends in `crc`, the checksum of what stands before it (`rows`), so
that damage is found whatever the engine. Does not know what is in an event.
"""

from typing import Final

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        """CREATE TABLE tables (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, title TEXT NOT NULL, adventure TEXT NOT NULL,
            created_at TEXT NOT NULL, updated_at TEXT NOT NULL, version BIGINT NOT NULL, status TEXT NOT NULL,
            parent TEXT, parent_version BIGINT, crc BIGINT NOT NULL)""",
        "CREATE INDEX tables_by_space ON tables (space, updated_at)",
        """CREATE TABLE events (
            table_id TEXT NOT NULL, version BIGINT NOT NULL, space TEXT NOT NULL, cmd TEXT, body {bytes} NOT NULL,
            crc BIGINT NOT NULL, PRIMARY KEY (table_id, version))""",
        "CREATE INDEX events_by_command ON events (table_id, cmd)",
        """CREATE TABLE work (
            id TEXT PRIMARY KEY, table_id TEXT NOT NULL, version BIGINT NOT NULL, space TEXT NOT NULL,
            kind TEXT NOT NULL, payload {bytes} NOT NULL, crc BIGINT NOT NULL)""",
        "CREATE INDEX work_by_table ON work (table_id, version)",
        """CREATE TABLE prose (
            table_id TEXT NOT NULL, version BIGINT NOT NULL, audience TEXT NOT NULL, space TEXT NOT NULL,
            body {bytes} NOT NULL, crc BIGINT NOT NULL, PRIMARY KEY (table_id, version, audience))""",
        """CREATE TABLE seeds (
            table_id TEXT NOT NULL, commitment TEXT NOT NULL, seed {bytes} NOT NULL, crc BIGINT NOT NULL,
            PRIMARY KEY (table_id, commitment))""",
    ),
)
"""What each version of the schema adds to the one before; a released entry is never changed."""

VERSION: Final = len(MIGRATIONS)
"""The schema this program writes."""

COLUMNS: Final[dict[str, str]] = {
    "tables": "id, space, title, adventure, created_at, updated_at, version, status, parent, parent_version, crc",
    "events": "table_id, version, space, cmd, body, crc",
    "work": "id, table_id, version, space, kind, payload, crc",
    "prose": "table_id, version, audience, space, body, crc",
    "seeds": "table_id, commitment, seed, crc",
}
"""The columns of each table in the order in which `rows` packs and reads them."""


def statements(since: int, bytes_type: str) -> tuple[str, ...]:
    """Return what brings a schema of version `since` (0: an empty database) up to `VERSION`."""
    return tuple(sql.format(bytes=bytes_type) for step in MIGRATIONS[since:] for sql in step)

"""Alembic's way through the versions of the schema: a revision for each entry of `schema.MIGRATIONS`, without own SQL.

`taleforge.store.upgrade` starts it. Does not say what a migration does; there is no way back but the backup.
"""

from alembic import op

from taleforge.store import schema


def bring_to(version: int) -> None:
    """Take the one step that leads to a version of the schema, on the database that Alembic is at."""
    kind = "BLOB" if op.get_bind().dialect.name == "sqlite" else "BYTEA"
    for sql in schema.statements(version - 1, kind, version):
        op.execute(sql)

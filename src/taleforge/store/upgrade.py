"""Brings the schema of a store up to date with Alembic: what is to be done, and doing it, on SQLite and PostgreSQL.

The truth about a schema's version is in its `meta` table, whoever wrote it there: a game on SQLite brings its own file
up to date when it opens it, without Alembic, by the same statements. Alembic's own table is made to agree first. A
file is copied before it is changed; of a server the host makes backups. Does not know what a migration does.
"""

import asyncio
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from taleforge.errors import BadInput, Misconfigured
from taleforge.store import database, schema
from taleforge.store.lock import WriterLock
from taleforge.store.trouble import explained

if TYPE_CHECKING:
    from sqlalchemy import Connection

Place = Path | str
"""Where a store is: the folder of an SQLite file, or the URL of a PostgreSQL database."""

EXTRA: Final = "Install it with: pip install 'taleforge[postgresql]'"
_SCRIPTS: Final = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME: Final = 7_251_020_411
"""The advisory lock of whoever migrates a PostgreSQL database."""


class Plan(Struct, frozen=True):
    """What a migration does to a store: from a version of the schema (0: there is none) to another.

    `backup` is the copy that was made first, None on a server and where there was nothing to copy.
    """

    where: str
    since: int
    upto: int
    backup: str | None = None

    @property
    def needed(self) -> bool:
        """Whether anything is to be done."""
        return self.since < self.upto


def place(text: str, usual: Path) -> Place:
    """Return the place that `sqlite:FOLDER` or `postgresql://…` means; `usual` is the folder of a bare `sqlite:`.

    Raises:
        BadInput: it is neither.
    """
    if text.startswith(("postgresql://", "postgres://")):
        return text
    kind, _, folder = text.partition(":")
    if kind != "sqlite":
        raise BadInput("A store is named by its kind.", "Write sqlite:FOLDER or postgresql://user:password@host/name.")
    path = Path(folder).expanduser() if folder else usual
    return path.parent if path.name == database.NAME else path


async def plan(where: Place) -> Plan:
    """Return what is to be done; changes nothing.

    Raises:
        TooNew: a newer program made it.
        Misconfigured, Unavailable, Damaged: the store cannot be opened.
    """
    if isinstance(where, Path):
        return await asyncio.to_thread(_plan_file, where / database.NAME)
    need_postgresql()
    from taleforge.store.pool import open_pool  # noqa: PLC0415  # the extra may be missing
    from taleforge.store.postgresql import schema_version  # noqa: PLC0415

    pool = await open_pool(where, fsync=False, connections=1)
    try:
        return Plan(pool.name, await schema_version(pool), schema.VERSION)
    finally:
        await pool.close()


async def upgrade(where: Place) -> Plan:
    """Bring a store up to date, whole or not at all, and return what was done.

    Raises:
        StoreBusy: somebody plays from the file.
        StoreFull: no room for the backup, or for what is new.
        TooNew, Misconfigured, Unavailable, Damaged: as `plan`.
    """
    need_postgresql()
    if isinstance(where, Path):
        return await asyncio.to_thread(_upgrade_file, where)
    found = await plan(where)
    if found.needed:
        await _upgrade_server(where, found.where)
    return found


def need_postgresql() -> None:
    """Refuse to go on without the libraries of the extra `postgresql`.

    Raises:
        Misconfigured: they are not installed.
    """
    missing = [name for name in ("alembic", "asyncpg", "sqlalchemy") if find_spec(name) is None]
    if missing:
        raise Misconfigured(f"This needs what is not installed: {', '.join(missing)}.", EXTRA)


def _plan_file(file: Path) -> Plan:
    if not file.exists():
        return Plan(str(file), 0, schema.VERSION)
    with explained(file), closing(database.connect(f"{file.absolute().as_uri()}?mode=ro")) as connection:
        return Plan(str(file), database.version(connection, file), schema.VERSION)


def _upgrade_file(folder: Path) -> Plan:
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415

    file = folder / database.NAME
    lock = WriterLock(folder)
    try:
        found = _plan_file(file)
        if not found.needed:
            return found
        with explained(file), closing(database.connect(file)) as connection:
            backup = str(database.back_up(connection, file, found.since)) if found.since else None
            connection.execute("PRAGMA journal_mode = WAL")
            engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
            with engine.connect() as bound:
                bound.exec_driver_sql("BEGIN IMMEDIATE")
                _migrate(bound, found.since)
                bound.exec_driver_sql("COMMIT")
        return Plan(found.where, found.since, found.upto, backup)
    finally:
        lock.release()


async def _upgrade_server(url: str, name: str) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    from taleforge.store import pool  # noqa: PLC0415

    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: pool.connect(url), poolclass=NullPool)
    with pool.explained(name):
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
            await connection.run_sync(_migrate_server)
    await engine.dispose()


def _migrate_server(connection: "Connection") -> None:
    exists = connection.exec_driver_sql("SELECT to_regclass('meta') IS NOT NULL").scalar()
    version = connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'schema'").scalar() if exists else 0
    _migrate(connection, int(version or 0))


def _migrate(connection: "Connection", since: int) -> None:
    """Take every step from a version on, in the transaction that is open."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if since:
        command.stamp(config, f"{since:04}", purge=True)
    command.upgrade(config, f"{schema.VERSION:04}")

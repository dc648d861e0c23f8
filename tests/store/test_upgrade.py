"""Schemas of both engines brought up to date: by Alembic, and by a game that opens its own file."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from taleforge.errors import BadInput, Misconfigured, TooNew
from taleforge.store import schema, upgrade
from taleforge.store.database import NAME
from taleforge.store.postgresql import open_store as open_postgresql
from taleforge.store.upgrade import place, plan
from tests.postgresql import Server
from tests.store.saves import made, read


def aged(folder: Path) -> dict[str, object]:
    """Make a store as the first version of the schema had it, and return what it holds."""
    held = made(folder, rounds=2)
    with closing(sqlite3.connect(folder / NAME, isolation_level=None)) as connection:
        for name in (*schema.ACCOUNTS, *schema.MADE_ANEW):
            connection.execute(f"DROP TABLE {name}")
        connection.execute("DROP TABLE nodes")
        for name in ("owner", "fence"):
            connection.execute(f"ALTER TABLE tables DROP COLUMN {name}")
        connection.execute("UPDATE meta SET value = '1' WHERE name = 'schema'")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return held


def tables(file: Path) -> list[tuple[str, str]]:
    """Return the SQL of every table and index, without Alembic's own."""
    with closing(sqlite3.connect(file)) as connection:
        sql = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%' ORDER BY name"
        return connection.execute(sql).fetchall()


def version(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()[0]


@pytest.mark.parametrize("by_alembic", [True, False])
def test_an_older_file_is_copied_and_then_brought_up_to_date(tmp_path: Path, by_alembic: bool) -> None:
    """Whoever does it, all that was there is there, and beside it lies the file as it was."""
    held = aged(tmp_path)
    if by_alembic:
        done = asyncio.run(upgrade.upgrade(tmp_path))
        assert (done.since, done.upto, done.needed) == (1, schema.VERSION, True)
        assert done.backup == str(tmp_path / f"{NAME}.schema-1.backup")
    assert read(tmp_path) == held
    assert version(tmp_path / NAME) == str(schema.VERSION)

    backup = tmp_path / "backup"
    backup.mkdir()
    (tmp_path / f"{NAME}.schema-1.backup").rename(backup / NAME)
    assert version(backup / NAME) == "1"
    assert read(backup) == held


def test_both_ways_lead_to_the_same_schema(tmp_path: Path) -> None:
    """Alembic and a game that opens its file make the same tables, from nothing and from an older version."""
    folders = [tmp_path / name for name in ("alembic", "game", "old")]
    for folder in folders:
        folder.mkdir()
    aged(folders[2])
    asyncio.run(upgrade.upgrade(folders[0]))
    made(folders[1], rounds=1)
    asyncio.run(upgrade.upgrade(folders[2]))

    first, *others = [tables(folder / NAME) for folder in folders]
    assert all(other == first for other in others)


def test_to_ask_changes_nothing(tmp_path: Path) -> None:
    """A plan says from where to where; the file stays as it was, byte for byte."""
    aged(tmp_path)
    before = (tmp_path / NAME).read_bytes()
    found = asyncio.run(plan(tmp_path))

    assert (found.since, found.upto, found.needed, found.backup) == (1, schema.VERSION, True, None)
    assert (tmp_path / NAME).read_bytes() == before
    assert asyncio.run(plan(tmp_path / "none")).since == 0
    assert not (tmp_path / "none").exists()


def test_done_twice_is_done_once(tmp_path: Path) -> None:
    """Where nothing is to be done nothing is copied."""
    asyncio.run(upgrade.upgrade(tmp_path))
    assert not asyncio.run(upgrade.upgrade(tmp_path)).needed
    assert not list(tmp_path.glob("*.backup"))


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """Neither a plan nor a migration touches what a newer program made."""
    made(tmp_path, rounds=1)
    with closing(sqlite3.connect(tmp_path / NAME)) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    for ask in (plan, upgrade.upgrade):
        with pytest.raises(TooNew, match="schema 99"):
            asyncio.run(ask(tmp_path))


def test_a_server_is_brought_up_to_date(postgresql: Server) -> None:
    """From nothing to the newest schema; two who do it at once do it once."""
    url = postgresql.empty()

    async def both() -> None:
        assert (await plan(url)).since == 0
        done = await asyncio.gather(upgrade.upgrade(url), upgrade.upgrade(url))
        assert all(each.upto == schema.VERSION for each in done)
        assert not (await plan(url)).needed
        store = await open_postgresql(url)
        assert await store.tables() == []
        await store.close()

    asyncio.run(both())


def test_every_version_has_its_revision() -> None:
    """Alembic knows as many steps as there are, in one line."""
    config = Config()
    config.set_main_option("script_location", str(upgrade._SCRIPTS))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(schema.VERSION, 0, -1)]


def test_a_place_is_named_by_its_kind(tmp_path: Path) -> None:
    """A folder, the file in it, the usual folder, or a URL; nothing else."""
    assert place(f"sqlite:{tmp_path}", Path("/usual")) == tmp_path
    assert place(f"sqlite:{tmp_path / NAME}", Path("/usual")) == tmp_path
    assert place("sqlite:", Path("/usual")) == Path("/usual")
    assert place("postgresql://h/db", Path("/usual")) == "postgresql://h/db"
    with pytest.raises(BadInput):
        place("mysql://h/db", Path("/usual"))


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the extra the sentence says what to install."""
    monkeypatch.setattr(upgrade, "find_spec", lambda name: None if name == "alembic" else name)
    with pytest.raises(Misconfigured, match=r"alembic.*taleforge\[postgresql\]"):
        asyncio.run(upgrade.upgrade(tmp_path))

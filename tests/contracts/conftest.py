"""Where the contracts of what a store keeps are run: in memory, in a file, in a database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from taleforge.bootstrap import Store
from taleforge.store.postgresql import open_store as open_postgresql
from taleforge.store.sqlite import open_store as open_sqlite
from tests.postgresql import Server


@pytest.fixture(scope="module")
def url(postgresql: Server) -> str:
    """A database that is emptied instead of made anew for each test."""
    return postgresql.database()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str | None:
    """Where one implementation after the other keeps things; None for nowhere but in memory."""
    if request.param == "postgresql":
        url = request.getfixturevalue("url")
        request.getfixturevalue("postgresql").clear(url)
        return url
    return tmp_path if request.param == "sqlite" else None


@pytest.fixture
async def kept_in(place: Path | str | None) -> AsyncIterator[Store | None]:
    """The store of a place, opened; None where there is none."""
    if place is None:
        yield None
        return
    store = await (open_postgresql(place) if isinstance(place, str) else open_sqlite(place, fsync=False))
    yield store
    await store.close()

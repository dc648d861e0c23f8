"""The one thread that writes: what is asked for at the same time shares one transaction and one fsync.

A request that fails is undone by itself and its neighbours are kept. Nobody is answered before the disk has it all.
Does not know what is written: a request is a function of the connection.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from taleforge.errors import Unavailable
from taleforge.store.faultpoints import reached
from taleforge.store.trouble import explain
from taleforge.store.workload import Workload

T = TypeVar("T")

MAX_BATCH = 512
"""Requests that share a transaction at most."""
CHECKPOINT_EVERY = 2_000
"""Rows changed between two checkpoints, which copy the write-ahead log into the database file."""


class _Request:
    """Something to do in a transaction, and who waits for it."""

    __slots__ = ("_answer", "_future", "job")

    def __init__(self, job: Callable[[sqlite3.Connection], Any], future: asyncio.Future[Any]) -> None:
        self.job = job
        self._future = future
        self._answer: Callable[[], object] = future.cancel

    def succeed(self, result: object) -> None:
        self._answer = partial(self._future.set_result, result)

    def fail(self, error: Exception) -> None:
        self._answer = partial(self._future.set_exception, error)

    def answer(self) -> None:
        """Tell whoever waits, unless they have gone; in the thread of the event loop."""
        if not self._future.done():
            self._answer()


class Writer:
    """Runs requests one after another on its own thread, many in a transaction.

    Args:
        connection: To a database in WAL mode, with `isolation_level` None; the writer closes it.
        file: The database's file, for errors.
        loop: Where answers are waited for.
        workload: Is told how many requests share a transaction.
    """

    def __init__(
        self, connection: sqlite3.Connection, file: Path, loop: asyncio.AbstractEventLoop, workload: Workload
    ) -> None:
        self.workload = workload
        self._connection = connection
        self._file = file
        self._loop = loop
        self._queue: SimpleQueue[_Request | None] = SimpleQueue()
        self._closed = False
        self._ending = False
        self._checkpointed = 0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job in a transaction and return its result once that is durable; raises what the job raises."""
        if self._closed:
            raise Unavailable("The store is closed.", "Start again.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Request(job, future))
        return await future

    async def close(self) -> None:
        """Finish what was asked, then let the file go."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while not self._ending:
            batch = self._next_batch()
            self.workload.batches.observe(len(batch))
            self._write(batch)
            self._answer(batch)
            self._checkpoint()
        self._connection.close()

    def _next_batch(self) -> list[_Request]:
        """Wait for a request, and take all that are there."""
        batch: list[_Request] = []
        while len(batch) < MAX_BATCH and not self._ending:
            try:
                request = self._queue.get(block=not batch)
            except Empty:
                break
            if request is None:
                self._ending = True
            else:
                batch.append(request)
        return batch

    def _write(self, batch: list[_Request]) -> None:
        try:
            self._transact(batch)
        except sqlite3.Error as error:
            self._roll_back()
            if len(batch) == 1:
                batch[0].fail(explain(error, self._file))
                return
            for request in batch:  # one of them is the cause; each gets its own answer
                self._write([request])

    def _transact(self, batch: list[_Request]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        reached("transaction.begun")
        if len(batch) == 1:  # the usual case under load, for appends are gathered before: each statement costs a turn
            self._attempt(batch[0], undo="ROLLBACK")
        else:
            for request in batch:
                execute("SAVEPOINT request")
                self._attempt(request, undo="ROLLBACK TO request")
                execute("RELEASE request")
        reached("transaction.written")
        if self._connection.in_transaction:
            execute("COMMIT")
        reached("transaction.committed")

    def _attempt(self, request: _Request, undo: str) -> None:
        try:
            request.succeed(request.job(self._connection))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to whoever asked
            self._connection.execute(undo)
            request.fail(error)

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # SQLite has already rolled back after some errors
            self._connection.execute("ROLLBACK")

    def _answer(self, batch: list[_Request]) -> None:
        def answer_all() -> None:
            for request in batch:
                request.answer()

        with suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
            self._loop.call_soon_threadsafe(answer_all)

    def _checkpoint(self) -> None:
        if self._connection.total_changes - self._checkpointed < CHECKPOINT_EVERY:
            return
        self._checkpointed = self._connection.total_changes
        reached("checkpoint.begun")
        with suppress(sqlite3.Error):  # a full disk: the write-ahead log keeps everything until the next one
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        reached("checkpoint.done")

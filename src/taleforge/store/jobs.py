"""The table of jobs in SQL, the same for every database (`jobs.ports.JobStore`).

Whoever claims takes one row that nobody else is taking, and every later word of a worker names its attempt; so a job
has one worker at a time, and one result. Does not know what a job is about.
"""

# ruff: noqa: S608 - every part of a statement is a constant of this module

from collections.abc import Mapping
from typing import Final, cast

from msgspec.structs import replace

from taleforge.jobs.values import Job, Outcome, State
from taleforge.store.columns import INSERT, SELECT, columns, first, number, value
from taleforge.store.rows import Row
from taleforge.store.schema import ACCOUNTS
from taleforge.store.transactions import Sql, Statement, Steps

SQLITE: Final = ""
POSTGRESQL: Final = "FOR UPDATE SKIP LOCKED"
"""How an engine is told not to wait for rows that somebody else is taking; one that has one writer need not be told."""

_ALL: Final = ACCOUNTS["jobs"]
_TURNS: Final = """SELECT
    (SELECT coalesce(max(turn) + 1, 0) FROM jobs WHERE owner = ?2 AND queue = ?1 AND state IN ('queued', 'running')),
    coalesce((SELECT max(turn) FROM jobs WHERE queue = ?1 AND state = 'running'),
        (SELECT min(turn) FROM jobs WHERE queue = ?1 AND state = 'queued'), 0)"""
_AHEAD: Final = """SELECT count(*) FROM jobs
    WHERE queue = ?1 AND state = 'queued' AND (turn < ?2 OR turn = ?2 AND id < ?3)"""
_CLAIM: Final = f"""UPDATE jobs SET state = 'running', attempts = attempts + 1, progress = 0, worker = ?2, lease = ?4
    WHERE id = (SELECT id FROM jobs WHERE queue = ?1 AND state = 'queued' AND ready <= ?3 ORDER BY turn, id LIMIT 1
        {{skip}}) RETURNING {_ALL}"""
_RUNS: Final = "WHERE id = ?1 AND attempts = ?2 AND state = 'running'"
_BEAT: Final = f"UPDATE jobs SET progress = ?3, lease = ?4 {_RUNS} AND unwanted = 0 RETURNING id"
_FINISH: Final = f"""UPDATE jobs SET state = ?3, result = ?4, error = ?5, finished = ?6, worker = '', lease = 0,
    progress = CASE WHEN ?3 = 'done' THEN 100 ELSE progress END {_RUNS} RETURNING {_ALL}"""
_AGAIN: Final = f"""UPDATE jobs SET worker = '', lease = 0, ready = ?4,
    state = CASE WHEN unwanted = 1 THEN 'cancelled' ELSE 'queued' END,
    error = CASE WHEN unwanted = 1 THEN '' ELSE ?3 END,
    finished = CASE WHEN unwanted = 1 THEN CAST(?5 AS BIGINT) ELSE 0 END {_RUNS} RETURNING id"""
_CANCEL: Final = f"""UPDATE jobs SET unwanted = 1,
    state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
    finished = CASE WHEN state = 'queued' THEN CAST(?2 AS BIGINT) ELSE 0 END
    WHERE id = ?1 AND state IN ('queued', 'running') RETURNING {_ALL}"""
_LAPSE: Final = f"""UPDATE jobs SET worker = '', lease = 0,
    state = CASE WHEN unwanted = 1 THEN 'cancelled' WHEN attempts >= most_attempts THEN 'failed' ELSE 'queued' END,
    error = CASE WHEN unwanted = 1 THEN '' ELSE 'job/worker_lost' END,
    finished = CASE WHEN unwanted = 1 OR attempts >= most_attempts THEN CAST(?1 AS BIGINT) ELSE 0 END
    WHERE state = 'running' AND lease < CAST(?1 AS BIGINT) RETURNING {_ALL}"""
_REVIVE: Final = """UPDATE jobs SET state = 'queued', attempts = 0, ready = ?2, finished = 0, told = 0, unwanted = 0
    WHERE id = ?1 AND state = 'failed' RETURNING id"""
_OVER: Final = "state IN ('done', 'failed', 'cancelled')"


class SqlJobs:
    """The jobs of one database.

    Args:
        sql: The database.
        skip: `SQLITE` or `POSTGRESQL`.
    """

    def __init__(self, sql: Sql, skip: str) -> None:
        self._sql = sql
        self._claim = _CLAIM.format(skip=skip)

    async def add(self, job: Job) -> Job:
        """Keep a new job, or return the earlier one of its owner's key."""
        if job.key:
            return await self._sql.transact(lambda: _added(job), f"job {job.owner} {job.key}")
        placed = _placed(job, await self._sql.query(_TURNS, job.queue, job.owner))
        await self._sql.change(INSERT["jobs"], *columns(placed))
        return placed

    async def get(self, job: str) -> Job | None:
        """Return a job."""
        return first(Job, await self._sql.query(f"{SELECT['jobs']} WHERE id = ?1", job))

    async def of(self, owner: str, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs of an owner, the newest first."""
        sql = f"{SELECT['jobs']} WHERE owner = ?1 AND (?2 = '' OR id < ?2) ORDER BY id DESC LIMIT ?3"
        return _jobs(await self._sql.query(sql, owner, after, limit))

    async def ahead(self, job: Job) -> int:
        """Return how many jobs come before a job that waits."""
        return number(await self._sql.query(_AHEAD, job.queue, job.turn, job.id))

    async def claim(self, queue: str, worker: str, now: int, lease: int) -> Job | None:
        """Begin the job whose turn it is."""
        return first(Job, await self._sql.change(self._claim, queue, worker, now, lease))

    async def beat(self, job: str, attempt: int, progress: int, lease: int) -> bool:
        """Prolong a running job's lease."""
        return bool(await self._sql.change(_BEAT, job, attempt, progress, lease))

    async def finish(self, job: str, attempt: int, outcome: Outcome, now: int) -> Job | None:
        """End a running job."""
        given = outcome.state, outcome.result, outcome.error, now
        return first(Job, await self._sql.change(_FINISH, job, attempt, *given))

    async def again(self, job: str, attempt: int, error: str, ready: int, now: int) -> bool:
        """Put a running job back."""
        return bool(await self._sql.change(_AGAIN, job, attempt, error, ready, now))

    async def cancel(self, job: str, now: int) -> Job | None:
        """Cancel a job that is not over."""
        return first(Job, await self._sql.change(_CANCEL, job, now))

    async def lapse(self, now: int) -> list[Job]:
        """Put back, or fail, every running job whose lease is over."""
        return _jobs(await self._sql.change(_LAPSE, now))

    async def failed(self, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs that failed for good."""
        sql = f"{SELECT['jobs']} WHERE state = 'failed' AND (?1 = '' OR id < ?1) ORDER BY id DESC LIMIT ?2"
        return _jobs(await self._sql.query(sql, after, limit))

    async def revive(self, job: str, now: int) -> bool:
        """Let a failed job be tried again."""
        return bool(await self._sql.change(_REVIVE, job, now))

    async def untold(self, limit: int = 100) -> list[Job]:
        """Return jobs whose outcome nobody was told."""
        sql = f"{SELECT['jobs']} WHERE told = 0 AND {_OVER} ORDER BY finished, id LIMIT ?1"
        return _jobs(await self._sql.query(sql, limit))

    async def told(self, job: str) -> None:
        """Note that an outcome was handed over."""
        await self._sql.change(f"UPDATE jobs SET told = 1 WHERE id = ?1 AND {_OVER}", job)

    async def waiting(self, now: int) -> Mapping[str, int]:
        """Return how many jobs could be begun now."""
        sql = "SELECT queue, count(*) FROM jobs WHERE state = 'queued' AND ready <= ?1 GROUP BY queue"
        return {str(queue): cast(int, count) for queue, count in await self._sql.query(sql, now)}

    async def counts(self) -> Mapping[tuple[str, State], int]:
        """Return how many jobs are in each state."""
        found = await self._sql.query("SELECT queue, state, count(*) FROM jobs GROUP BY queue, state")
        return {(str(queue), cast("State", state)): cast(int, count) for queue, state, count in found}

    async def forget(self, before: int) -> int:
        """Forget jobs that were over long ago."""
        sql = f"DELETE FROM jobs WHERE told = 1 AND {_OVER} AND finished < ?1 RETURNING id"
        return len(await self._sql.change(sql, before))


def _added(job: Job) -> Steps[Job]:
    same = yield Statement(f"{SELECT['jobs']} WHERE owner = ?1 AND job_key = ?2", (job.owner, job.key))
    if same:
        return value(Job, same[0])
    placed = _placed(job, (yield Statement(_TURNS, (job.queue, job.owner))))
    yield Statement(INSERT["jobs"], columns(placed))
    return placed


def _placed(job: Job, turns: list[Row]) -> Job:
    return replace(job, turn=max(cast("tuple[int, int]", turns[0])))


def _jobs(found: list[Row]) -> list[Job]:
    return [value(Job, row) for row in found]

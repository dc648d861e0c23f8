"""The table of jobs in SQL, the same for every database (`jobs.ports.JobStore`).

Whoever claims takes one row that nobody else is taking, and every later word of a worker names its attempt; so a job
has one worker at a time, and one result. Does not know what a job is about.
"""

# ruff: noqa: S608 - every part of a statement is a constant of this module

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final, NamedTuple, cast

from msgspec.structs import replace

from taleforge.jobs.values import Job, Outcome, State
from taleforge.store.columns import SELECT, columns, first, number, value
from taleforge.store.gathered import Gathered
from taleforge.store.rows import Column, Row
from taleforge.store.schema import ACCOUNTS
from taleforge.store.transactions import Sql, Statement, Steps


class Dialect(NamedTuple):
    """What an engine says in its own way: not to wait for rows that somebody else is taking, and its type for bytes.

    `lazily` is a condition, always true, with which nobody waits until what a statement writes is on the disk: for what
    a crash may undo, since it is done again then. It holds for that statement alone.
    """

    skip: str
    bytes: str
    lazily: str


SQLITE: Final = Dialect("", "BLOB", "1 = 1")  # it has one writer, who waits for nobody and writes all of it together
POSTGRESQL: Final = Dialect(
    "FOR UPDATE SKIP LOCKED", "BYTEA", "(SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL"
)

_ALL: Final = ACCOUNTS["jobs"]
_LARGE: Final = ("payload", "result")
_LESS: Final = ", ".join("{nothing}" if column in _LARGE else column for column in _ALL.split(", "))
_GLANCE: Final = f"SELECT {_LESS} FROM jobs"
_QUALIFIED: Final = ", ".join(f"jobs.{column}" for column in _ALL.split(", "))
_LAST: Final = """SELECT owner, max(turn) FROM jobs
    WHERE queue = ?1 AND state IN ('queued', 'running') AND owner IN ({owners}) GROUP BY owner"""
_NOW: Final = """SELECT coalesce((SELECT max(turn) FROM jobs WHERE queue = ?1 AND state = 'running'),
    (SELECT min(turn) FROM jobs WHERE queue = ?1 AND state = 'queued'), 0)"""
_AHEAD: Final = """SELECT count(*) FROM jobs
    WHERE queue = ?1 AND state = 'queued' AND (turn < ?2 OR turn = ?2 AND id < ?3)"""
_CLAIM: Final = f"""UPDATE jobs SET state = 'running', attempts = attempts + 1, progress = 0, worker = ?2, lease = ?4
    WHERE id IN (SELECT id FROM jobs WHERE queue = ?1 AND state = 'queued' AND ready <= ?3 ORDER BY turn, id LIMIT ?5
        {{skip}}) AND {{lazily}} RETURNING {_ALL}"""
_RUNS: Final = "WHERE id = ?1 AND attempts = ?2 AND state = 'running'"
_BEAT: Final = f"UPDATE jobs SET progress = ?3, lease = ?4 {_RUNS} AND unwanted = 0 RETURNING id"
_ENDED: Final = """(?{0}, CAST(?{1} AS BIGINT), ?{2}, CAST(?{3} AS {bytes}), ?{4}, CAST(?{5} AS BIGINT))"""
_FINISH: Final = f"""WITH ended (job, attempt, state, result, error, finished) AS (VALUES {{ended}})
    UPDATE jobs SET state = CASE WHEN unwanted = 1 THEN 'cancelled' ELSE ended.state END,
    result = CASE WHEN unwanted = 1 THEN CAST('' AS {{bytes}}) ELSE ended.result END,
    error = CASE WHEN unwanted = 1 THEN '' ELSE ended.error END, finished = ended.finished, worker = '', lease = 0,
    progress = CASE WHEN ended.state = 'done' AND unwanted = 0 THEN 100 ELSE progress END
    FROM ended WHERE id = job AND attempts = attempt AND jobs.state = 'running' RETURNING {_QUALIFIED}"""
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
_BLOCKS: Final = (64, 16, 4, 1)
_OVER: Final = "state IN ('done', 'failed', 'cancelled')"


class SqlJobs:
    """The jobs of one database.

    Args:
        sql: The database.
        dialect: What it speaks.
    """

    def __init__(self, sql: Sql, dialect: Dialect) -> None:
        self._sql = sql
        self._bytes = dialect.bytes
        self._lazily = dialect.lazily
        self._glance = _GLANCE.format(nothing=f"CAST('' AS {dialect.bytes})")
        self._claim = _CLAIM.format(skip=dialect.skip, lazily=dialect.lazily)
        self._add = Gathered(self._add_many)
        self._finish = Gathered(self._finish_many)
        self._told = Gathered(self._told_many)
        self._claims: dict[tuple[str, str], Gathered[tuple[int, int], Job | None]] = {}

    async def add(self, job: Job) -> Job:
        """Keep a new job, or return the earlier one of its owner's key."""
        return await self._add(job)

    async def _add_many(self, jobs: Sequence[Job]) -> Sequence[Job]:
        locks = {f"job {job.owner} {job.key}" for job in jobs if job.key}
        return await self._sql.transact(lambda: _added(jobs), *locks)

    async def get(self, job: str) -> Job | None:
        """Return a job."""
        return first(Job, await self._sql.query(f"{SELECT['jobs']} WHERE id = ?1", job))

    async def glance(self, job: str) -> Job | None:
        """Return a job without what may be large."""
        return first(Job, await self._sql.query(f"{self._glance} WHERE id = ?1", job))

    async def of(self, owner: str, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs of an owner, the newest first."""
        sql = f"{SELECT['jobs']} WHERE owner = ?1 AND (?2 = '' OR id < ?2) ORDER BY id DESC LIMIT ?3"
        return _jobs(await self._sql.query(sql, owner, after, limit))

    async def ahead(self, job: Job) -> int:
        """Return how many jobs come before a job that waits."""
        return number(await self._sql.query(_AHEAD, job.queue, job.turn, job.id))

    async def claim(self, queue: str, worker: str, now: int, lease: int) -> Job | None:
        """Begin the job whose turn it is."""
        claims = self._claims.get((queue, worker))
        if claims is None:

            async def many(asked: Sequence[tuple[int, int]]) -> Sequence[Job | None]:
                return await self._claim_many(queue, worker, asked)

            claims = self._claims[queue, worker] = Gathered(many)
        return await claims((now, lease))

    async def _claim_many(self, queue: str, worker: str, asked: Sequence[tuple[int, int]]) -> Sequence[Job | None]:
        now, lease = min(asked)
        found = _jobs(await self._sql.change(self._claim, queue, worker, now, lease, len(asked)))
        inorder = sorted(found, key=lambda job: (job.turn, job.id))
        return [*inorder, *[None] * (len(asked) - len(found))]

    async def beat(self, job: str, attempt: int, progress: int, lease: int) -> bool:
        """Prolong a running job's lease."""
        return bool(await self._sql.change(_BEAT, job, attempt, progress, lease))

    async def finish(self, job: str, attempt: int, outcome: Outcome, now: int) -> Job | None:
        """End a running job."""
        return await self._finish((job, attempt, outcome.state, outcome.result, outcome.error, now))

    async def _finish_many(self, ended: Sequence[Row]) -> Sequence[Job | None]:
        found: dict[Column, Job] = {}
        for block in _blocks(ended):
            values = chain.from_iterable(block)
            found |= {job.id: job for job in _jobs(await self._sql.change(_finish(len(block), self._bytes), *values))}
        return [found.pop(id_, None) for id_, *_ in ended]

    async def again(self, job: str, attempt: int, error: str, ready: int, now: int) -> bool:
        """Put a running job back."""
        return bool(await self._sql.change(_AGAIN, job, attempt, error, ready, now))

    async def cancel(self, job: str, now: int) -> Job | None:
        """Cancel a job that is not over."""
        return first(Job, await self._sql.change(_CANCEL, job, now))

    async def lapse(self, now: int) -> list[Job]:
        """Put back, or fail, every running job whose lease is over."""
        return _jobs(await self._sql.change(_LAPSE, now))

    async def failed(self, space: str, after: str = "", limit: int = 100) -> list[Job]:
        """Return jobs that failed for good."""
        failed = "WHERE state = 'failed' AND space = ?1 AND (?2 = '' OR id < ?2) ORDER BY id DESC LIMIT ?3"
        return _jobs(await self._sql.query(f"{SELECT['jobs']} {failed}", space, after, limit))

    async def revive(self, job: str, now: int) -> bool:
        """Let a failed job be tried again."""
        return bool(await self._sql.change(_REVIVE, job, now))

    async def untold(self, limit: int = 100, after: tuple[int, str] = (0, "")) -> list[Job]:
        """Return jobs whose outcome nobody was told."""
        sql = (
            f"{SELECT['jobs']} WHERE told = 0 AND {_OVER} AND (finished, id) > (?2, ?3) ORDER BY finished, id LIMIT ?1"
        )
        return _jobs(await self._sql.query(sql, limit, *after))

    async def told(self, job: str, *, taken: bool = False) -> bool:
        """Note that an outcome was handed over."""
        return await self._told((job, taken))

    async def _told_many(self, jobs: Sequence[tuple[str, bool]]) -> Sequence[bool]:
        each, taken = [job for job, _ in jobs], [job for job, taken in jobs if taken]
        gone = f"id IN ({_places(taken, len(each) + 1) or 'NULL'})"
        sql = f"""UPDATE jobs SET told = 1, result = CASE WHEN {gone} THEN CAST('' AS {self._bytes}) ELSE result END
            WHERE id IN ({_places(each)}) AND told = 0 AND {_OVER} AND {self._lazily} RETURNING id"""
        new = {id_ for (id_,) in await self._sql.change(sql, *each, *taken)}
        return [job in new for job in each]

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

    async def drop(self, owner: str) -> None:
        """Forget every job of an owner."""
        await self._sql.change("DELETE FROM jobs WHERE owner = ?1 RETURNING id", owner)


def _added(jobs: Sequence[Job]) -> Steps[list[Job]]:
    """Add jobs in their order, each behind its owner's others."""
    kept: list[Job] = []
    new: list[Job] = []
    turns: dict[tuple[str, str], int] = {}
    for queue in {job.queue for job in jobs}:
        turns |= yield from _turns(queue, sorted({job.owner for job in jobs if job.queue == queue}))
    for job in jobs:
        same = yield from _same(job, new)
        placed = same or replace(job, turn=turns[job.queue, job.owner])
        kept.append(placed)
        if same is None:
            turns[job.queue, job.owner] += 1
            new.append(placed)
    yield from _inserted(new)
    return kept


def _inserted(new: Sequence[Job]) -> Steps[None]:
    for block in _blocks([columns(job) for job in new]):
        yield Statement(_insert(len(block)), tuple(chain.from_iterable(block)))


@cache
def _insert(rows: int) -> str:
    width = len(_ALL.split(","))
    places = (f"({', '.join(f'?{row * width + place}' for place in range(1, width + 1))})" for row in range(rows))
    return f"INSERT INTO jobs ({_ALL}) VALUES {', '.join(places)}"


def _same(job: Job, new: Sequence[Job]) -> Steps[Job | None]:
    """Return the job of the same owner and key, if there is one."""
    if not job.key:
        return None
    kept = yield Statement(f"{SELECT['jobs']} WHERE owner = ?1 AND job_key = ?2", (job.owner, job.key))
    return first(Job, kept) or next((each for each in new if (each.owner, each.key) == (job.owner, job.key)), None)


def _turns(queue: str, owners: Sequence[str]) -> Steps[dict[tuple[str, str], int]]:
    """Return the next turn of each of some owners in a queue: after their own jobs, and not before where it is now."""
    now = number((yield Statement(_NOW, (queue,))))
    last = yield Statement(_LAST.format(owners=_places(owners, 2)), (queue, *owners))
    mine = {str(owner): cast(int, turn) + 1 for owner, turn in last}
    return {(queue, owner): max(now, mine.get(owner, 0)) for owner in owners}


@cache
def _finish(rows: int, bytes_type: str) -> str:
    ended = (_ENDED.format(*range(6 * row + 1, 6 * row + 7), bytes=bytes_type) for row in range(rows))
    return _FINISH.format(ended=", ".join(ended), bytes=bytes_type)


def _blocks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Part rows into blocks of a few sizes, so that a driver can keep the statements that write them."""
    begin = 0
    while begin < len(rows):
        size = next(size for size in _BLOCKS if size <= len(rows) - begin)
        yield rows[begin : begin + size]
        begin += size


def _places(values: Sequence[str], since: int = 1) -> str:
    return ", ".join(f"?{place}" for place in range(since, since + len(values)))


def _jobs(found: list[Row]) -> list[Job]:
    return [value(Job, row) for row in found]

"""Workers in processes of their own, woken through dramatiq on a Redis.

A message says that jobs wait in a queue, no more: whoever takes it begins the job whose turn it is by then, so a
message lost or told twice loses and doubles nothing. Without the Redis, workers look into the table now and then. Does
not keep anything in Redis that would be missed.
"""

import asyncio
from collections import Counter
from threading import Semaphore
from typing import Any, Final, cast

import structlog

from taleforge.errors import Misconfigured
from taleforge.jobs.runner import Runner

EXTRA: Final = "pip install 'taleforge[workers]'"
LOOK_EVERY: Final = 5.0
"""Seconds between two looks into the table that no message asked for."""
HEARTBEAT: Final = 5_000
"""Milliseconds after which the messages of a worker that says nothing are given to others."""
MOST_HINTS: Final = 200
"""Messages that wait in one queue at most: more would tell nobody anything."""
PREFETCH_WAIT: Final = 100
"""Milliseconds that an idle worker's thread waits before it looks whether it is to stop."""

log = structlog.get_logger(__name__)


class Broker:
    """Dramatiq on a Redis, as a waker and as where workers listen.

    Args:
        url: The Redis.
        prefix: What its keys begin with; the list of a queue is `PREFIX:jobs:QUEUE`.
        timeout: Seconds that it may take to answer.

    Raises:
        Misconfigured: dramatiq is not installed.
    """

    def __init__(self, url: str, prefix: str, timeout: float) -> None:
        try:
            import dramatiq  # noqa: PLC0415  # of an extra
            import redis  # noqa: PLC0415
            from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415
        except ImportError as error:
            raise Misconfigured("Workers need dramatiq, which is not installed.", EXTRA) from error
        self.namespace = f"{prefix}:jobs"
        self._dramatiq = dramatiq
        driver: Any = redis.Redis  # whose options have no types
        self._client = driver.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)
        self._broker: Any = RedisBroker(
            client=self._client, namespace=self.namespace, middleware=[], heartbeat_timeout=HEARTBEAT
        )
        self._failures: tuple[type[Exception], ...] = (redis.RedisError, OSError, dramatiq.BrokerError)
        self._up = True
        self._hints: Counter[str] = Counter()
        self._telling: asyncio.Task[None] | None = None

    async def wake(self, queue: str, times: int = 1) -> None:
        """Let workers of a queue know soon that jobs wait; when Redis is away, they look for themselves."""
        self._hints[queue] += times
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell(), name="waking workers")

    async def pending(self, queue: str) -> int:
        """Return how many messages nobody has taken yet; none when Redis is away."""
        try:
            return cast(int, await asyncio.to_thread(self._client.llen, f"{self.namespace}:{queue}"))
        except self._failures as error:
            self._note(up=False, error=error)
            return 0

    async def close(self) -> None:
        """Say what is to be said, and hang up."""
        if self._telling is not None:
            await self._telling
        self._broker.close()
        self._client.close()

    def workers(self, runner: Runner, queue: str, concurrency: int) -> "BrokerWorkers":
        """Return workers of a queue that listen here; begun by `open`."""
        return BrokerWorkers(self._dramatiq, self._broker, runner, queue, concurrency)

    async def _tell(self) -> None:
        while self._hints:
            hints, self._hints = self._hints, Counter()
            try:
                await asyncio.to_thread(self._enqueue, hints)
            except self._failures as error:
                self._note(up=False, error=error)
            else:
                self._note(up=True)
        self._telling = None

    def _enqueue(self, hints: Counter[str]) -> None:
        for queue, times in hints.items():
            waiting = cast(int, self._client.llen(f"{self.namespace}:{queue}"))
            for _ in range(min(times, MOST_HINTS - waiting)):
                self._broker.enqueue(self._dramatiq.Message(queue, f"work.{queue}", (), {}, {}))

    def _note(self, *, up: bool, error: Exception | None = None) -> None:
        if up != self._up:
            self._up = up
            (log.info if up else log.warning)("broker.up" if up else "broker.down", fault=type(error).__name__)


class BrokerWorkers:
    """So many jobs of a queue at a time, when messages come for them; made by `Broker.workers`.

    One thread takes messages, each when there is room for another job, and leaves the work to the event loop: a worker
    that is busy leaves its messages to those that are not. Whoever was woken works until nothing waits, so that a few
    messages are enough for many jobs.
    """

    def __init__(self, dramatiq: Any, broker: Any, runner: Runner, queue: str, concurrency: int) -> None:
        self._runner = runner
        self._queue = queue
        self._room = Semaphore(concurrency)
        self._loop = asyncio.get_running_loop()
        self._looking: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._closing = False
        dramatiq.actor(self._listen, actor_name=f"work.{queue}", queue_name=queue, broker=broker)
        self._worker: Any = dramatiq.Worker(broker, queues={queue}, worker_threads=1, worker_timeout=PREFETCH_WAIT)

    def open(self) -> None:
        """Begin to work."""
        self._worker.start()
        self._looking = asyncio.create_task(self._look(), name="looking for jobs")

    async def close(self, patience: float) -> None:
        """Take no more; wait so many seconds for what was begun, and put the rest back into the queue."""
        self._closing = True
        self._room.release()  # the thread may wait for room
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await asyncio.to_thread(self._worker.stop)
        if self._running:
            await asyncio.wait(self._running, timeout=patience)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _listen(self) -> None:
        """Have the next job done, once there is room for it; in the thread that takes messages."""
        self._room.acquire()
        if not self._closing:
            self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        """Work in the room that was made for it."""
        task = asyncio.create_task(self._work(), name=f"work of {self._queue}")
        self._running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._room.release()

    async def _work(self) -> None:
        """Do the jobs of the queue until none waits."""
        while not self._closing and await self._next():
            pass

    async def _next(self) -> bool:
        try:
            return await self._runner.run_next(self._queue)
        except Exception as error:  # noqa: BLE001  # the store may be back when the next message comes
            log.error("worker.fault", queue=self._queue, fault=type(error).__name__)  # noqa: TRY400  # may quote a payload
            return False

    async def _look(self) -> None:
        """Look for jobs that no message came for."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self._room.acquire(blocking=False):
                self._begin()

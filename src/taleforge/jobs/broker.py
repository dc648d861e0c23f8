"""Workers in processes of their own, woken through dramatiq on a Redis.

A message says that a job waits in a queue, no more: whoever takes it begins the job whose turn it is by then, so a
message lost or told twice loses and doubles nothing. Without the Redis, workers look into the table now and then. Does
not keep anything in Redis that would be missed.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, cast

import structlog

from taleforge.errors import Misconfigured
from taleforge.jobs.runner import Runner

EXTRA: Final = "pip install 'taleforge[workers]'"
LOOK_EVERY: Final = 5.0
"""Seconds between two looks into the table that no message asked for."""
HEARTBEAT: Final = 5_000
"""Milliseconds after which the messages of a worker that says nothing are given to others."""
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

    async def wake(self, queue: str, times: int = 1) -> None:
        """Tell so many workers of a queue that a job waits; when Redis is away, they look for themselves."""
        if times <= 0:
            return
        try:
            await asyncio.to_thread(self._enqueue, queue, times)
        except self._failures as error:
            self._note(up=False, error=error)
        else:
            self._note(up=True)

    async def pending(self, queue: str) -> int:
        """Return how many messages nobody has taken yet; none when Redis is away."""
        try:
            return cast(int, await asyncio.to_thread(self._client.llen, f"{self.namespace}:{queue}"))
        except self._failures as error:
            self._note(up=False, error=error)
            return 0

    def close(self) -> None:
        """Hang up."""
        self._broker.close()
        self._client.close()

    def workers(self, runner: Runner, queues: Sequence[str], concurrency: int) -> "BrokerWorkers":
        """Return workers that listen here; begun by `open`."""
        return BrokerWorkers(self._dramatiq, self._broker, runner, queues, concurrency)

    def _enqueue(self, queue: str, times: int) -> None:
        for _ in range(times):
            self._broker.enqueue(self._dramatiq.Message(queue, f"work.{queue}", (), {}, {}))

    def _note(self, *, up: bool, error: Exception | None = None) -> None:
        if up != self._up:
            self._up = up
            (log.info if up else log.warning)("broker.up" if up else "broker.down", fault=type(error).__name__)


class BrokerWorkers:
    """So many jobs of some queues at a time, when messages come for them; made by `Broker.workers`."""

    def __init__(self, dramatiq: Any, broker: Any, runner: Runner, queues: Sequence[str], concurrency: int) -> None:
        self._runner = runner
        self._queues = tuple(queues)
        self._room = asyncio.Semaphore(concurrency)
        self._loop = asyncio.get_running_loop()
        self._looking: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[Any]] = set()
        for queue in self._queues:
            dramatiq.actor(self._listener(queue), actor_name=f"work.{queue}", queue_name=queue, broker=broker)
        self._worker: Any = dramatiq.Worker(
            broker, queues=set(self._queues), worker_threads=concurrency, worker_timeout=PREFETCH_WAIT
        )

    def open(self) -> None:
        """Begin to work."""
        self._worker.start()
        self._looking = asyncio.create_task(self._look(), name="looking for jobs")

    async def close(self, patience: float) -> None:
        """Take no more; wait so many seconds for what was begun, and put the rest back into the queue."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await asyncio.to_thread(self._worker.stop, round(patience * 1000))
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _listener(self, queue: str) -> Any:
        def listen() -> None:
            """Do the next job, on the event loop; this thread waits for it, so that no more are taken than can be."""
            asyncio.run_coroutine_threadsafe(self._next(queue), self._loop).result()

        return listen

    async def _next(self, queue: str) -> bool:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        async with self._room:
            try:
                return await self._runner.run_next(queue)
            except Exception as error:  # noqa: BLE001  # the store may be back when the next message comes
                log.error("worker.fault", queue=queue, fault=type(error).__name__)  # noqa: TRY400  # may quote a payload
                return False

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for queue in self._queues:
                while await self._next(queue):
                    continue

"""A process that does jobs for the servers that share its database: pictures, speech.

Ends at SIGTERM and SIGINT: it takes no more jobs, waits a while for those it has begun, and leaves the rest to others.
While it is well it touches a file, if it is given one, for whoever looks after it. Does not know what a job is about.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import structlog

from taleforge.bootstrap import Jobs, Workshop, workshop
from taleforge.cages.limits import stand_back
from taleforge.errors import TaleforgeError
from taleforge.settings import Settings

Beside = Callable[[Workshop], AbstractAsyncContextManager[object]]
"""What goes on beside the work, as long as it is done."""

PULSE_EVERY: Final = 2.0
"""Seconds between two proofs of being well."""

log = structlog.get_logger(__name__)


def run_worker(settings: Settings, queues: Sequence[str], at_once: int, pulse: Path | None, beside: Beside) -> None:
    """Do jobs until SIGTERM or SIGINT, standing back for whoever serves tables on the same machine.

    Args:
        settings: Where the jobs are kept, and how they are done.
        queues: Which kinds of them.
        at_once: How many of each at a time.
        pulse: A file that is touched while all is well.
        beside: Entered when it has begun, and left when it ends.

    Raises:
        BadInput, Misconfigured, Damaged, TooNew, Unavailable: as `bootstrap.workshop` does.
    """
    stand_back(settings.jobs.niceness)
    asyncio.run(_work(settings, queues, at_once, pulse, beside))


async def _work(settings: Settings, queues: Sequence[str], at_once: int, pulse: Path | None, beside: Beside) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with workshop(settings, queues, at_once) as shop, beside(shop):
        log.info("work.begun", count=at_once)
        while not ended.is_set():
            if pulse is not None and await _well(shop.jobs):
                await asyncio.to_thread(pulse.touch)
            try:
                async with asyncio.timeout(PULSE_EVERY):
                    await ended.wait()
            except TimeoutError:
                continue
    log.info("work.ended")


async def _well(jobs: Jobs) -> bool:
    """Whether the store answers; without it nothing can be done."""
    try:
        await jobs.store.counts()
    except TaleforgeError:
        return False
    return True

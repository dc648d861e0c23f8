"""Jobs and pictures of a house in memory, done at once in this process by those who would do them anywhere."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from taleforge.accounts.ports import Stores
from taleforge.art.gallery import Gallery
from taleforge.art.memory import MemoryPictures
from taleforge.art.work import KIND
from taleforge.bootstrap.pictures import Brush, hanging, painting
from taleforge.bootstrap.work import QUEUES, handlers_of
from taleforge.jobs.local import LocalWaker, LocalWorkers
from taleforge.jobs.memory import MemoryJobs
from taleforge.jobs.runner import Runner
from taleforge.jobs.service import Jobs
from taleforge.jobs.values import OVER, Job, State
from taleforge.live.system import SystemIds
from taleforge.settings import Settings
from taleforge.store.blobs import FolderBlobs
from taleforge.voice.ports import Speech
from tests.jobs.shop import Ledger


@asynccontextmanager
async def studio(
    folder: Path, settings: Settings, speech: Speech, stores: Stores
) -> AsyncGenerator[tuple[Jobs, Gallery]]:
    """Open jobs that are done and told at once, and a gallery whose files are in a folder."""
    store, waker, ids = MemoryJobs(), LocalWaker(), SystemIds()
    files = FolderBlobs(folder)
    gallery = Gallery(MemoryPictures(), files, time.time)
    receive = hanging(gallery, store)
    handing: set[asyncio.Task[None]] = set()

    async def deliver(job: Job) -> bool:
        if job.kind == KIND:
            await receive(job)
        return job.kind == KIND

    def news(_job: str, state: State, _percent: int) -> None:
        if state in OVER:
            handing.add(asyncio.create_task(jobs.hand_over()))

    jobs = Jobs(store, waker, Ledger(100_000), deliver, make_id=lambda: ids("job"), clock=_now)
    brush = Brush(settings)
    runner = Runner(
        store, handlers_of(settings, painting(brush, files), speech, stores, _now), "w", clock=_now, news=news
    )
    workers = LocalWorkers(runner, waker, QUEUES, 1)
    yield jobs, gallery
    await workers.close()
    await brush.close()
    await asyncio.gather(*handing)


def _now() -> int:
    return int(time.time() * 1000)

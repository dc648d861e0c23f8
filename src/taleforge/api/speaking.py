"""What every route for speech shares: who speaks here, and what it costs whoever asks.

Holds no route.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from msgspec import Struct

from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.jobs import submitted
from taleforge.api.problems import check
from taleforge.bootstrap import SECONDS
from taleforge.errors import SpeechFailed
from taleforge.jobs.values import Job, Wish
from taleforge.messages.views import SeatView
from taleforge.voice.caged import MOST_FILE
from taleforge.voice.ports import Speech
from taleforge.voice.work import QUEUE

MOST_UPLOADED: Final = MOST_FILE + 64 * 1024
"""A file, and the form around it."""


DIRECT: Final = 120.0
"""Seconds of sound up to which whoever asks gets the answer itself; what is longer is a job."""


def speech_at(desk: Desk) -> Speech:
    """Return what speaks and hears; raises SpeechFailed where nothing does."""
    if desk.house.speech is None:
        raise SpeechFailed("This server neither speaks nor hears.", "Go on in writing.")
    return desk.house.speech


def spoken_at(view: SeatView) -> tuple[str, ...]:
    """Return the ways to say what a seat can do now, each once: the pack's own words, and those of the lexicon."""
    labels = [option.label for option in view.options if option.label]
    said = [phrase for ways in view.lexicon.phrases.values() for phrase in ways] if view.lexicon else []
    return tuple(dict.fromkeys([*labels, *said]))


@asynccontextmanager
async def reserve(desk: Desk, caller: Caller, seconds: float) -> AsyncGenerator[None]:
    """Reserve seconds in the ledger, and settle them, or nothing when it failed.

    Raises:
        Trouble: somebody has had enough.
    """
    entry = check(await desk.accounts.reserve(await desk.person(caller), SECONDS, _whole(seconds)))
    try:
        yield
    except BaseException:
        await desk.accounts.release(entry)
        raise
    await desk.accounts.settle(entry, _whole(seconds))


async def begun(desk: Desk, caller: Caller, kind: str, work: Struct, seconds: float) -> Job:
    """Have a worker do something, which is paid for when it is done; raises Trouble."""
    payload = msgspec.msgpack.encode(work)
    return await submitted(
        desk, caller, Wish("", "", QUEUE, kind, payload, resource=SECONDS, amount=_whole(seconds))
    )  # fmt: skip


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))

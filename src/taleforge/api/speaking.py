"""What every route for speech shares: who speaks here, and what it costs whoever asks.

Holds no route.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from msgspec import Struct

from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.problems import check
from taleforge.bootstrap import SECONDS
from taleforge.errors import SpeechFailed
from taleforge.voice.ports import Speech
from taleforge.voice.caged import MOST_FILE

MOST_UPLOADED: Final = MOST_FILE + 64 * 1024
"""A file, and the form around it."""


class Bill(Struct):
    """What some speech came to, in seconds."""

    seconds: float


def speech_at(desk: Desk) -> Speech:
    """Return what speaks and hears; raises SpeechFailed where nothing does."""
    if desk.house.speech is None:
        raise SpeechFailed("This server neither speaks nor hears.", "Go on in writing.")
    return desk.house.speech


@asynccontextmanager
async def reserve(desk: Desk, caller: Caller, seconds: float) -> AsyncGenerator[Bill]:
    """Reserve seconds in the ledger, and settle what the bill says then, or nothing when it failed.

    Raises:
        Trouble: somebody has had enough.
    """
    bill = Bill(seconds)
    entry = check(await desk.accounts.reserve(await desk.person(caller), SECONDS, _whole(seconds)))
    try:
        yield bill
    except BaseException:
        await desk.accounts.release(entry)
        raise
    await desk.accounts.settle(entry, _whole(bill.seconds))


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))

"""The other programs that a server of some settings needs, and how to ask each once whether it will do.

Changes nothing there, and waits for nobody who does not answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from taleforge.bootstrap.backups import blobs_of
from taleforge.bootstrap.stores import migrate
from taleforge.errors import Misconfigured
from taleforge.live.nats_address import NatsAddress
from taleforge.live.redis_address import RedisAddress
from taleforge.settings import Settings

Ask = Callable[[], Awaitable[str]]
"""Asks one, and says in a few words what there is.

Raises:
    TaleforgeError: it cannot be used, and what to do.
"""
ANSWERS: Final = "answers"


def others(settings: Settings) -> Mapping[str, Ask]:
    """Return how to ask each of the others that the settings name, by what it is."""
    needed = {
        "Database": (settings.store.url, _database), "Redis": (settings.redis.url, _redis),
        "NATS": (settings.nats.url, _nats), "Bucket": (settings.files.url, _bucket),
    }  # fmt: skip
    return {name: _asking(ask, settings) for name, (url, ask) in needed.items() if url}


def keeps_here(settings: Settings) -> bool:
    """Whether anything is kept in the data folder that must not be lost."""
    return not (settings.store.url and settings.files.url)


def _asking(ask: Callable[[Settings], Awaitable[str]], settings: Settings) -> Ask:
    return lambda: ask(settings)


async def _database(settings: Settings) -> str:
    found = await migrate(settings, check=True)
    if found.needed:
        raise Misconfigured(
            f"{found.where} has schema {found.since}, and {found.upto} is needed.", "Run `taleforge migrate`."
        )
    return f"{found.where}, schema {found.since}"


async def _redis(settings: Settings) -> str:
    await RedisAddress(settings.redis.url, settings.redis.prefix, settings.redis.timeout).check()
    return ANSWERS


async def _nats(settings: Settings) -> str:
    await NatsAddress(settings.nats.url, settings.nats.prefix, settings.nats.timeout).check()
    return ANSWERS


async def _bucket(settings: Settings) -> str:
    async for _ in blobs_of(settings).list():
        break
    return settings.files.url

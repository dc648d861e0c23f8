"""What stands between a completion and its reader: patience, a limit, no thoughts, and no key that is echoed.

Each takes a stream of pieces and gives another; whoever closes the last closes them all. Does not read the words.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from taleforge.errors import ModelFailed
from taleforge.models.values import End, Patience, Secret

Pieces = AsyncGenerator[str | End]
OPENING, CLOSING = "<think>", "</think>"


async def timed(pieces: Pieces, patience: Patience, label: str) -> Pieces:
    """Yield pieces while they come in time. Raises ModelFailed when one does not."""
    clock = asyncio.get_running_loop().time
    end, limit = clock() + patience.whole, patience.first
    async with aclosing(pieces):
        while True:
            try:
                async with asyncio.timeout(min(limit, end - clock())):
                    piece = await anext(pieces, None)
            except TimeoutError as error:
                remedy = "Give it more time in the settings, or take a smaller model."
                raise ModelFailed(f"The model {label} did not answer in time.", remedy, "slow") from error
            if piece is None:
                return
            yield piece
            limit = patience.between


async def shorter_than(most: int, pieces: Pieces, label: str) -> Pieces:
    """Yield pieces of so many letters at most. Raises ModelFailed when there are more."""
    length = 0
    async with aclosing(pieces):
        async for piece in pieces:
            length += 0 if isinstance(piece, End) else len(piece)
            if length > most:
                raise ModelFailed(f"The model {label} does not stop.", "taleforge models shows how it is.", "endless")
            yield piece


async def without(key: Secret, pieces: Pieces, label: str) -> Pieces:
    """Yield pieces as long as they do not spell a key. Raises ModelFailed when they do."""
    secret, tail = key.reveal(), ""
    async with aclosing(pieces):
        async for piece in pieces:
            if secret and not isinstance(piece, End):
                tail = tail[-len(secret) :] + piece
                if secret in tail:
                    raise ModelFailed(f"The model {label} repeats its key.", "Ask another server.", "garbage")
            yield piece


async def without_thoughts(pieces: Pieces) -> Pieces:
    """Yield pieces without what a model thinks aloud at the beginning: an empty one for each of those."""
    held: str | None = ""
    async with aclosing(pieces):
        async for piece in pieces:
            if held is None or isinstance(piece, End):
                if held and not held.lstrip().startswith(OPENING):
                    yield held
                yield piece
                continue
            held += piece
            words = _words_of(held)
            yield words or ""
            held = held if words is None else None


def _words_of(text: str) -> str | None:
    """Return what follows the thought that a text begins with; None while that cannot be told."""
    start = text.lstrip()
    if start.startswith(OPENING):
        _, closed, rest = start.partition(CLOSING)
        return rest.lstrip() if closed else None
    return None if OPENING.startswith(start) else text

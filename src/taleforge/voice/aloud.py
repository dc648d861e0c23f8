"""Sentences that several people hear at once, made once: the same words in the same voice are the same file.

Keeps the last ones in memory, and no more. Chooses no words.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from taleforge.errors import SpeechFailed
from taleforge.voice.ports import Speech
from taleforge.voice.values import Format, VoiceProfile

KEPT: Final = 64
"""Sentences; as MP3 some 30 kB each."""
Key = tuple[str, VoiceProfile, Format]


class Sentences:
    """Files of single sentences.

    Args:
        speech: What speaks now, if anything does.
    """

    def __init__(self, speech: Callable[[], Speech | None]) -> None:
        self._speech = speech
        self._made: OrderedDict[Key, asyncio.Task[bytes]] = OrderedDict()

    async def said(self, text: str, profile: VoiceProfile, kind: Format) -> bytes:
        """Return a sentence as a file; raises as `Synthesiser` does. Whoever leaves early takes it from nobody."""
        key = (text, profile, kind)
        making = self._made.get(key)
        if making is None:
            making = self._made[key] = asyncio.create_task(self._make(key), name="a sentence")
            making.add_done_callback(_seen)
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        try:
            return await asyncio.shield(making)
        except Exception:
            self._made.pop(key, None)
            raise

    async def _make(self, key: Key) -> bytes:
        text, profile, kind = key
        speech = self._speech()
        if speech is None:
            raise SpeechFailed("This server does not speak.", "Read on.")
        return b"".join([piece async for piece in speech.speak(text, profile, kind)])


def _seen(making: "asyncio.Task[bytes]") -> None:
    """Look at what a sentence failed of, also when nobody waits for it any more."""
    if not making.cancelled():
        making.exception()

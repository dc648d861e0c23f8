"""What speaks, what hears and what looks at clips in child processes (`cell`), as the ports have it.

Chooses no engine.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from taleforge.errors import AudioTooLong
from taleforge.voice.cell import Cells
from taleforge.voice.texts import sayable
from taleforge.voice.values import (
    HEARD_RATE,
    Convert,
    Count,
    Counted,
    Format,
    Hear,
    Heard,
    Measure,
    Measured,
    Sound,
    Speak,
    Transcript,
    VoiceProfile,
)

MOST_FILE: Final = 50 * 1024 * 1024
"""Bytes of a file that is listened to."""


class CagedSynthesiser:
    """An engine that speaks (`Synthesiser`)."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells

    async def speak(
        self,
        text: str,
        profile: VoiceProfile,
        format: Format = "wav",  # noqa: A002 - as the protocol has it
    ) -> AsyncGenerator[bytes]:
        """Yield a file of sound in which a text is said."""
        async with aclosing(self._cells.ask(Speak(sayable(text), profile, format))) as answers:
            async for piece in answers:
                if isinstance(piece, Sound):
                    yield piece.data


class CagedRecogniser:
    """An engine that hears (`Recogniser`)."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells

    async def transcribe(
        self, file: bytes, phrases: Sequence[str] = (), language: str = "en", patience: float | None = None
    ) -> Transcript:
        """Return what is said in a file of sound."""
        answer = await self._cells.one(Hear(within(file), tuple(phrases), language), patience)
        assert isinstance(answer, Heard), "what such a question is answered with"
        return answer.transcript


class CagedClips:
    """Decoders, for files from strangers (`Clips`)."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells

    async def seconds(self, file: bytes) -> float:
        """Return how long a file is."""
        answer = await self._cells.one(Count(within(file)))
        assert isinstance(answer, Counted), "what such a question is answered with"
        return answer.seconds

    async def packed(self, file: bytes) -> bytes:
        """Return what is said in a file in as little room as can be."""
        return await self.converted(file, "opus", HEARD_RATE)

    async def converted(self, file: bytes, format: Format, rate: int) -> bytes:  # noqa: A002 - as everybody calls it
        """Return the sound of a file in another format, as one channel at a rate."""
        answer = await self._cells.one(Convert(within(file), format, rate))
        assert isinstance(answer, Sound), "what such a question is answered with"
        return answer.data

    async def measure(self, file: bytes) -> Measured:
        """Return how the voice in a clip sounds."""
        answer = await self._cells.one(Measure(within(file)))
        assert isinstance(answer, Measured), "what such a question is answered with"
        return answer


def within(file: bytes) -> bytes:
    """Return a file that is not too large; raises AudioTooLong."""
    if len(file) > MOST_FILE:
        raise AudioTooLong(f"The file has more than {MOST_FILE // 1024**2} MB.", "Send it in parts.")
    return file

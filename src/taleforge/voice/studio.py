"""The voice of a house: something that speaks, something that hears, and decoders. Start here to use speech.

Fulfils the protocols of `ports`. Keeps nobody's voice; that is for whoever asks.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from taleforge.errors import SpeechFailed
from taleforge.voice.caged import CagedClips
from taleforge.voice.cell import Cells
from taleforge.voice.counts import Counts
from taleforge.voice.ports import Recogniser, Synthesiser
from taleforge.voice.values import RATE, Format, Measured, Transcript, VoiceProfile

LETTERS_A_SECOND: Final = 14
"""By which the length of packed sound is told, which comes in one piece."""


class Studio:
    """Speech, of parts (`Speech`).

    Args:
        clips: The processes that decode files.
        mouth: What speaks; without it, everything said fails.
        ear: What hears; without it, everything heard fails.
        cells: All processes, to be closed.
        warm: Those of them that are started by `warm`.
        counts: Where it is counted.
    """

    def __init__(
        self,
        clips: Cells,
        mouth: Synthesiser | None = None,
        ear: Recogniser | None = None,
        *,
        cells: Sequence[Cells] = (),
        warm: Sequence[Cells] = (),
        counts: Counts | None = None,
    ) -> None:
        self._clips = CagedClips(clips)
        self._mouth = mouth
        self._ear = ear
        self._cells = (clips, *cells)
        self._warm = (clips, *warm)
        self.counts = counts or Counts()

    async def speak(
        self,
        text: str,
        profile: VoiceProfile,
        format: Format = "wav",  # noqa: A002 - as the protocol has it
    ) -> AsyncGenerator[bytes]:
        """Yield a file of sound in which a text is said; raises as `Synthesiser` has it."""
        if self._mouth is None:
            raise SpeechFailed("This server does not speak.", "Set voice.synthesiser.")
        with self.counts.counting("speak") as count:
            async with aclosing(self._mouth.speak(text, profile, format)) as pieces:
                async for piece in pieces:
                    count.begun()
                    count.seconds += len(piece) / 2 / RATE if format in {"pcm", "wav"} else len(text) / LETTERS_A_SECOND
                    yield piece

    async def transcribe(
        self, file: bytes, phrases: Sequence[str] = (), language: str = "en", patience: float | None = None
    ) -> Transcript:
        """Return what is said in a file of sound; raises as `Recogniser` has it."""
        if self._ear is None:
            raise SpeechFailed("This server does not listen.", "Set voice.recogniser.")
        with self.counts.counting("hear") as count:
            found = await self._ear.transcribe(file, phrases, language, patience)
            count.seconds = found.seconds
        return found

    async def seconds(self, file: bytes) -> float:
        """Return how long a file is; raises as `Clips` has it."""
        return await self._clips.seconds(file)

    async def packed(self, file: bytes) -> bytes:
        """Return what is said in a file in little room; raises as `Clips` has it."""
        return await self._clips.packed(file)

    async def measure(self, file: bytes) -> Measured:
        """Return how the voice in a clip sounds; raises as `Clips` has it."""
        with self.counts.counting("measure") as count:
            found = await self._clips.measure(file)
            count.seconds = found.seconds
        return found

    async def warm(self) -> None:
        """Start a process of each kind; raises SpeechFailed."""
        for cells in self._warm:
            await cells.warm()

    async def close(self) -> None:
        """End the processes."""
        for cells in self._cells:
            await cells.close()

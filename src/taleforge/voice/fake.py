"""Speech for tests: says silence, hears what it was told to, needs no engine.

Keeps the protocols' promises for bad input, and none about sound.
"""

import io
import wave
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from taleforge.errors import AudioTooShort, BadAudio, BadInput
from taleforge.voice.counts import Counts
from taleforge.voice.grammar import likeliest
from taleforge.voice.texts import sayable
from taleforge.voice.values import HEARD_RATE, RATE, Format, Measured, Transcript, VoiceProfile

SECONDS: Final = 0.2
"""Of silence, for any text."""


class FakeStudio:
    """Says silence and hears the same each time; `said` is all it was asked to say.

    Args:
        hears: What is heard in any file that is one.
    """

    def __init__(self, hears: str = "look around") -> None:
        self._hears = hears
        self.said: list[tuple[str, VoiceProfile]] = []
        self.counts = Counts()

    async def speak(
        self,
        text: str,
        profile: VoiceProfile,
        format: Format = "wav",  # noqa: A002 - as the protocol has it
    ) -> AsyncGenerator[bytes]:
        """Yield silence; raises BadInput for an empty text, and one that is too long."""
        with self.counts.counting("speak") as count:
            self.said.append((sayable(text), profile))
            silence = bytes(2 * int(RATE * SECONDS))
            count.seconds = SECONDS
            yield silence if format == "pcm" else _wave(silence)

    async def transcribe(
        self,
        file: bytes,
        phrases: Sequence[str] = (),
        language: str = "en",
        patience: float | None = None,  # noqa: ARG002 - it takes no time
    ) -> Transcript:
        """Return what is heard in every file; raises as the protocol has it."""
        if language != "en":
            raise BadInput(f"The fake does not know the language {language}.", "Speak English to it.")
        text = likeliest(self._hears, phrases, 1)[0] if phrases else self._hears
        return Transcript(text, (), language, 1.0, self._seconds(file), likeliest(text, phrases))

    async def measure(self, file: bytes) -> Measured:
        """Return the same voice for every file."""
        return Measured(120.0, 1400.0, self._seconds(file))

    async def seconds(self, file: bytes) -> float:
        """Return how long a file would be, by its size."""
        return self._seconds(file)

    async def packed(self, file: bytes) -> bytes:
        """Return the file as it is."""
        return file

    async def warm(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    def _seconds(self, file: bytes) -> float:
        if not file:
            raise AudioTooShort("The file is empty.", "Record something first.")
        if not file.startswith((b"RIFF", b"fLaC", b"OggS", b"ID3")):
            raise BadAudio("The file holds no sound that can be read.", "Send WAV, FLAC, Ogg or MP3.")
        return max(0.0, (len(file) - 44) / 2 / HEARD_RATE)


def _wave(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(samples)
    return file.getvalue()

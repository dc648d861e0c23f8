"""What hears and what speaks, as two small protocols; one contract suite runs on everything that does either.

Does not implement anything.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from taleforge.voice.values import Format, Measured, Transcript, VoiceProfile


class Recogniser(Protocol):
    """Hears."""

    async def transcribe(self, file: bytes, phrases: Sequence[str] = (), language: str = "en") -> Transcript:
        """Return what is said in a file of sound; with `phrases`, which of them.

        Raises:
            BadAudio: the file is none that can be heard.
            BadInput: the language is not known.
            SpeechFailed: the recogniser is not there, crashed, or took too long.
        """
        ...


class Synthesiser(Protocol):
    """Speaks."""

    def speak(self, text: str, profile: VoiceProfile, format: Format = "wav") -> AsyncGenerator[bytes]:  # noqa: A002 - as everybody calls it
        """Yield a file of sound in which a text is said; `pcm` comes while it is made, the others whole.

        Raises:
            BadInput: the text says nothing, or too much.
            SpeechFailed: the synthesiser is not there, crashed, or took too long.
        """
        ...


class Speech(Recogniser, Synthesiser, Protocol):
    """Hears, speaks, and finds out how others do."""

    async def measure(self, file: bytes) -> Measured:
        """Return how the voice in a clip sounds.

        Raises:
            BadAudio: the file is none that can be heard, or hardly anybody speaks in it.
            SpeechFailed: it could not be measured.
        """
        ...

    async def close(self) -> None:
        """Let go of what it runs."""
        ...

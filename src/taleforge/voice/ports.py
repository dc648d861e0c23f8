"""What hears and what speaks, as small protocols; one contract suite runs on everything that does either.

Does not implement anything.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from taleforge.voice.counts import Counts
from taleforge.voice.values import Format, Measured, Transcript, VoiceProfile


class Recogniser(Protocol):
    """Hears."""

    async def transcribe(
        self, file: bytes, phrases: Sequence[str] = (), language: str = "en", patience: float | None = None
    ) -> Transcript:
        """Return what is said in a file of sound; with `phrases`, which of them; within so many seconds.

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


class Clips(Protocol):
    """Looks at files of sound from strangers. All raise BadAudio for what is none, SpeechFailed where nobody looks."""

    async def seconds(self, file: bytes) -> float:
        """Return how long a file is."""
        ...

    async def packed(self, file: bytes) -> bytes:
        """Return what is said in a file in as little room as can be: Ogg Opus, one channel."""
        ...

    async def measure(self, file: bytes) -> Measured:
        """Return how the voice in a clip sounds; raises AudioTooShort when hardly anybody speaks in it."""
        ...


class Speech(Recogniser, Synthesiser, Clips, Protocol):
    """Hears, speaks, and finds out how others do."""

    @property
    def counts(self) -> Counts:
        """What it did so far."""
        ...

    async def warm(self) -> None:
        """Make ready what speaks and hears, so that the first who ask do not wait. Raises SpeechFailed."""
        ...

    async def close(self) -> None:
        """Let go of what it runs."""
        ...

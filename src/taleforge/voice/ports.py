"""What hears and what speaks, as two small protocols; one contract suite runs on everything that does either.

Does not implement anything.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from taleforge.voice.values import Format, Transcript, VoiceProfile


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

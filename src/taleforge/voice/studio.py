"""The voice of a house: speaks, hears and measures in child processes. Start here to use speech.

Fulfils both protocols of `ports`. Keeps nobody's voice; that is for whoever asks.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from taleforge.errors import AudioTooLong, BadInput, SpeechFailed
from taleforge.voice.cell import Cells
from taleforge.voice.values import (
    Answer,
    Format,
    Hear,
    Heard,
    Measure,
    Measured,
    Question,
    Sound,
    Speak,
    Transcript,
    VoiceProfile,
)

MOST_TEXT: Final = 4096
"""Characters that are said at once."""
MOST_FILE: Final = 50 * 1024 * 1024
"""Bytes of a file that is listened to."""


class Studio:
    """Speech by child processes.

    Args:
        cells: The processes.
        speaks: Whether it does; else everything said fails.
        hears: Whether it does; else everything heard fails.
    """

    def __init__(self, cells: Cells, *, speaks: bool = True, hears: bool = True) -> None:
        self._cells = cells
        self._speaks = speaks
        self._hears = hears

    async def speak(
        self,
        text: str,
        profile: VoiceProfile,
        format: Format = "wav",  # noqa: A002 - as the protocol has it
    ) -> AsyncGenerator[bytes]:
        """Yield a file of sound in which a text is said; raises as `Synthesiser` has it."""
        if not self._speaks:
            raise SpeechFailed("This server does not speak.", "Set voice.synthesiser.")
        said = "".join(max(letter, " ") for letter in text).strip()
        if not any(letter.isalnum() for letter in said):
            raise BadInput("There is nothing to say in this text.", "Write some words.")
        if len(said) > MOST_TEXT:
            raise BadInput(f"The text has more than {MOST_TEXT} characters.", "Send it in parts.")
        async with aclosing(self._cells.ask(Speak(said, profile, format))) as answers:
            async for piece in answers:
                if isinstance(piece, Sound):
                    yield piece.data

    async def transcribe(self, file: bytes, phrases: Sequence[str] = (), language: str = "en") -> Transcript:
        """Return what is said in a file of sound; raises as `Recogniser` has it."""
        if not self._hears:
            raise SpeechFailed("This server does not listen.", "Set voice.recogniser.")
        answer = await self._one(Hear(_within(file), tuple(phrases), language))
        assert isinstance(answer, Heard), "what such a question is answered with"
        return answer.transcript

    async def measure(self, file: bytes) -> Measured:
        """Return how the voice in a clip sounds.

        Raises:
            BadAudio: the file is none that can be heard, or hardly anybody speaks in it.
            SpeechFailed: it could not be measured.
        """
        answer = await self._one(Measure(_within(file)))
        assert isinstance(answer, Measured), "what such a question is answered with"
        return answer

    async def close(self) -> None:
        """End the processes."""
        await self._cells.close()

    async def _one(self, question: Question) -> Answer:
        found: list[Answer] = []
        async with aclosing(self._cells.ask(question)) as answers:
            async for said in answers:
                found.append(said)  # noqa: PERF401 - the generator has to be read to its end
        if not found:
            raise SpeechFailed("What hears had nothing to say.", "Try again.")
        return found[0]


def _within(file: bytes) -> bytes:
    if len(file) > MOST_FILE:
        raise AudioTooLong(f"The file has more than {MOST_FILE // 1024**2} MB.", "Send it in parts.")
    return file

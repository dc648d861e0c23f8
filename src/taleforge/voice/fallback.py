"""The embedded engine behind another: when the first fails before anything was said or heard, the second takes over.

Bad input is bad for both, and tried once. Never tries one twice.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import structlog

from taleforge.errors import SpeechFailed
from taleforge.voice.ports import Recogniser, Synthesiser
from taleforge.voice.values import Format, Transcript, VoiceProfile

log = structlog.get_logger(__name__)


class FallbackSynthesiser:
    """Lets the second speak when the first fails (`Synthesiser`), `name`; `fell` is told of it."""

    def __init__(self, name: str, first: Synthesiser, second: Synthesiser, fell: Callable[[str], None]) -> None:
        self._name = name
        self._first = first
        self._second = second
        self._fell = fell

    async def speak(
        self,
        text: str,
        profile: VoiceProfile,
        format: Format = "wav",  # noqa: A002 - as the protocol has it
    ) -> AsyncGenerator[bytes]:
        """Yield a file of sound in which a text is said, by one of them."""
        begun = False
        try:
            async with aclosing(self._first.speak(text, profile, format)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
        except SpeechFailed as error:
            if begun:
                raise
            log.warning("voice.fell_back", engine=self._name, reason=error.problem)
            self._fell("speak")
        else:
            return
        async with aclosing(self._second.speak(text, profile, format)) as pieces:
            async for piece in pieces:
                yield piece


class FallbackRecogniser:
    """Lets the second hear when the first fails (`Recogniser`), `name`; `fell` is told of it."""

    def __init__(self, name: str, first: Recogniser, second: Recogniser, fell: Callable[[str], None]) -> None:
        self._name = name
        self._first = first
        self._second = second
        self._fell = fell

    async def transcribe(
        self, file: bytes, phrases: Sequence[str] = (), language: str = "en", patience: float | None = None
    ) -> Transcript:
        """Return what is said in a file of sound, as one of them heard it."""
        try:
            return await self._first.transcribe(file, phrases, language, patience)
        except SpeechFailed as error:
            log.warning("voice.fell_back", engine=self._name, reason=error.problem)
            self._fell("hear")
            return await self._second.transcribe(file, phrases, language, patience)

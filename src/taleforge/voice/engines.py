"""Which engine a child process is, by its name: what speaks, what hears, and what only looks at clips.

Each is loaded, and has said or heard something, before the process shuts itself in: a model's threads are there by
then. Knows no line to anybody.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from taleforge.errors import Misconfigured, SpeechFailed
from taleforge.voice.espeak import Espeak
from taleforge.voice.kokoro import Kokoro
from taleforge.voice.piper import Piper
from taleforge.voice.sphinx import Sphinx
from taleforge.voice.values import Engine, Transcript, VoiceProfile
from taleforge.voice.whisper import Whisper


class Mouth(Protocol):
    """Speaks, in this process."""

    def rate_of(self, profile: VoiceProfile) -> int:
        """Return at how many samples a second it is to be played."""
        ...

    def speak(self, text: str, profile: VoiceProfile, hear: Callable[[bytes], None]) -> None:
        """Say a text; `hear` is given samples of 16 bits in one channel, piece by piece. Raises SpeechFailed."""
        ...


class Ear(Protocol):
    """Hears, in this process."""

    def transcribe(self, samples: bytes, phrases: Sequence[str], language: str) -> Transcript:
        """Return what is said in samples of 16 bits at `HEARD_RATE`; raises BadInput for an unknown language."""
        ...


MOUTHS: Final[dict[str, Callable[[Engine], Mouth]]] = {
    "espeak": lambda _: Espeak(),
    "piper": Piper,
    "kokoro": Kokoro,
}
EARS: Final[dict[str, Callable[[Engine], Ear]]] = {
    "pocketsphinx": lambda _: Sphinx(),
    "whisper": Whisper,
}
CLIPS: Final = "clips"
"""The engine that neither speaks nor hears."""


def mouth_of(engine: Engine) -> Mouth | None:
    """Load what speaks, if an engine does; raises SpeechFailed and Misconfigured."""
    return MOUTHS[engine.name](engine) if engine.name in MOUTHS else None


def ear_of(engine: Engine) -> Ear | None:
    """Load what hears, if an engine does; raises SpeechFailed and Misconfigured."""
    return EARS[engine.name](engine) if engine.name in EARS else None


def load(engine: Engine) -> tuple[Mouth | None, Ear | None]:
    """Load an engine, whatever it does; raises SpeechFailed where it is not installed, or its files are no good now."""
    try:
        return mouth_of(engine), ear_of(engine)
    except Misconfigured as error:
        raise SpeechFailed(error.problem, error.remedy) from error
    except (OSError, RuntimeError, ValueError, KeyError, MemoryError) as error:
        raise SpeechFailed(
            f"The engine {engine.name} cannot use what it was given ({type(error).__name__}).",
            "Check its files, and whether voice.memory is enough for them.",
        ) from error

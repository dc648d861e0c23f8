"""Kokoro: a small model with some dozens of voices says a text sentence by sentence.

A character has one of the voices by its id, of its kind and accent where there is one. Words become phones by eSpeak NG
in this process. For a child process; speaks English.
"""

from collections.abc import Callable
from typing import Any, Final

from taleforge.errors import SpeechFailed
from taleforge.voice.espeak import Espeak
from taleforge.voice.onnx import faster, opened, samples_of
from taleforge.voice.parts import part
from taleforge.voice.profiles import kind_of, share
from taleforge.voice.texts import sentences
from taleforge.voice.values import Engine, VoiceProfile
from taleforge.voice.weights import examine

REMEDY: Final = "pip install 'taleforge[kokoro]'"
_USUAL: Final = 165
"""Words a minute that the model speaks by itself."""
_KINDS: Final = {"high": "f", "low": "m"}
_ENGLISH: Final = "ab"
"""How names of voices begin that speak as Americans, and as people in Britain."""


class Kokoro:
    """The model, loaded; raises Misconfigured for files that are none, SpeechFailed where it is not installed."""

    def __init__(self, engine: Engine) -> None:
        examine("kokoro", engine.weights, engine.voices)
        library = part("kokoro_onnx", REMEDY)
        self._phones = Espeak()
        self._model: Any = library.Kokoro.from_session(opened(engine), engine.voices)
        self._rate: int = part("kokoro_onnx.config", REMEDY).SAMPLE_RATE
        self._names: tuple[str, ...] = tuple(sorted(self._model.get_voices()))
        if not self._names:
            raise SpeechFailed("There is no voice in voice.synthesiser_voices.", "Get the file again.")
        self.speak("Hm.", VoiceProfile("", "", ""), lambda _: None)

    def rate_of(self, profile: VoiceProfile) -> int:
        """Return at how many samples a second it is to be played."""
        return round(self._rate * faster(profile))

    def speak(self, text: str, profile: VoiceProfile, hear: Callable[[bytes], None]) -> None:
        """Say a text, as `engines.Mouth` does it."""
        voice = voice_for(profile, self._names)
        speed = min(2.0, max(0.5, profile.rate / _USUAL / faster(profile)))
        for sentence in sentences(text):
            phones = self._phones.phones(sentence, "gmw/en" if voice.startswith("b") else "gmw/en-US")
            if self._model.tokenizer.tokenize(phones, limit=None):
                wave, _ = self._model.create(phones, voice, speed, is_phonemes=True)
                hear(samples_of(wave))


def voice_for(profile: VoiceProfile, names: tuple[str, ...]) -> str:
    """Return which of a model's voices somebody has: of those that fit best, always the same."""
    kind = _KINDS.get(kind_of(profile), "")
    british = profile.accent.startswith("en-GB") or profile.accent == "en"
    first = "b" if british else "a"
    english = tuple(name for name in names if name[:1] in _ENGLISH) or names
    alike = tuple(name for name in english if name[1:2] == kind) or english
    best = tuple(name for name in alike if name[:1] == first) or alike
    return best[share(profile.id, len(best))]

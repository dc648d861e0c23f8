"""Whisper, by faster-whisper: what is said in some hundred languages becomes text, by a model on this machine.

The scene's phrases are given to it as words to expect; whatever it hears is compared with them for the choices. For a
child process. Downloads nothing.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from taleforge.errors import BadInput
from taleforge.voice.grammar import likeliest
from taleforge.voice.parts import part
from taleforge.voice.values import HEARD_RATE, Engine, Segment, Transcript
from taleforge.voice.weights import examine

REMEDY: Final = "pip install 'taleforge[whisper]'"
ANY: Final = "auto"
"""The language, where the model is to find out."""
_MOST_EXPECTED: Final = 600
"""Letters of phrases that it is told."""


class Whisper:
    """The model, loaded; raises Misconfigured for files that are none, SpeechFailed where it is not installed."""

    def __init__(self, engine: Engine) -> None:
        examine("whisper", engine.weights)
        library = part("faster_whisper", REMEDY)
        self._numpy = part("numpy")
        self._model: Any = library.WhisperModel(
            engine.weights, device=engine.device, cpu_threads=engine.threads, num_workers=1, local_files_only=True,
            compute_type="default",
        )  # fmt: skip
        hum = self._numpy.random.default_rng(0).normal(0, 0.01, HEARD_RATE).astype("f4")
        for quiet in (False, True):  # so that all its threads are there
            list(self._model.transcribe(hum, self._known("en"), max_new_tokens=1, temperature=0, vad_filter=quiet)[0])

    def transcribe(self, samples: bytes, phrases: Sequence[str], language: str) -> Transcript:
        """Return what is said, as `engines.Ear` does it."""
        wave = self._numpy.frombuffer(samples, dtype="<i2").astype("f4") / 32768
        expected = ", ".join(phrases)[:_MOST_EXPECTED]
        found, info = self._model.transcribe(
            wave, self._known(language), beam_size=5, vad_filter=True, condition_on_previous_text=False,
            hotwords=expected or None, temperature=(0.0, 0.4, 0.8),
        )  # fmt: skip
        heard = list(found)
        text = " ".join(filter(None, (segment.text.strip() for segment in heard)))
        seconds = len(wave) / HEARD_RATE
        segments = tuple(
            Segment(one.text.strip(), _within(one.start, seconds), _within(one.end, seconds)) for one in heard
        )
        return Transcript(text, segments, info.language, _sure(heard), seconds, likeliest(text, phrases))

    def _known(self, language: str) -> str | None:
        """Return a language as the model calls it, None to find out; raises BadInput."""
        code = language.partition("-")[0].lower()
        known: list[str] = self._model.supported_languages
        if code == ANY:
            return None if len(known) > 1 else known[0]
        if code not in known:
            raise BadInput(f"The model does not know the language {language}.", "Speak another, or set another model.")
        return code


def _within(moment: float, seconds: float) -> float:
    """Return a moment of a segment: a model counts on in steps, and may say one beyond the end."""
    return round(min(max(0.0, moment), seconds), 2)


def _sure(heard: Sequence[Any]) -> float:
    """Return how sure it is of a word on average, from 0 to 1."""
    if not heard:
        return 0.0
    return round(min(1.0, math.exp(sum(segment.avg_logprob for segment in heard) / len(heard))), 3)

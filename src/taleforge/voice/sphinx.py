"""PocketSphinx with a grammar of what may be said: small, quick, and it hears something in everything.

Words that its dictionary does not have are added by their letters. For a child process. Knows English only.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from taleforge.errors import BadInput
from taleforge.voice import grammar
from taleforge.voice.parts import part
from taleforge.voice.values import HEARD_RATE, Segment, Transcript

_GRAMMAR: Final = "scene"
_FREE: Final = "free"
_FRAMES: Final = 100
"""Frames of the recogniser in a second."""
_BEAM: Final = 1e-60
"""How much less likely than the best a beginning may be and still be followed. With the usual 1e-48 every third of a
scene's hundred and fifty phrases was lost on the way; this takes half as long again, 1e-80 twice as long as this."""
_BEAM_OF_WORDS: Final = 1e-45
_PAUSE: Final = HEARD_RATE // 4
"""Samples of quiet before and after what is said."""
_HUM: Final = 100
"""How loud that quiet is, of 32768: the recogniser learnt from rooms, and stumbles over perfect silence."""


class Sphinx:
    """The recogniser, ready to hear; raises SpeechFailed where it is not installed."""

    def __init__(self) -> None:
        self._library = part("pocketsphinx")
        self._decoder: Any = self._library.Decoder(
            samprate=HEARD_RATE, lm=None, cmn="batch", loglevel="FATAL", beam=_BEAM, pbeam=_BEAM, wbeam=_BEAM_OF_WORDS
        )
        self._free = False

    def transcribe(self, samples: bytes, phrases: Sequence[str], language: str) -> Transcript:
        """Return what is said in samples of 16 bits at `HEARD_RATE`; raises BadInput for another language."""
        if language.partition("-")[0].lower() != "en":
            raise BadInput(f"The built-in recogniser does not know the language {language}.", "Speak English to it.")
        spoken = grammar.speakable(phrases)
        self._prepare(spoken)
        self._decoder.start_utt()
        self._decoder.process_raw(_in_a_room(samples), full_utt=True)
        self._decoder.end_utt()
        return self._heard(spoken, len(samples) / 2 / HEARD_RATE)

    def _prepare(self, spoken: dict[tuple[str, ...], str]) -> None:
        if not spoken:
            if not self._free:
                self._decoder.add_lm_file(_FREE, self._library.get_model_path("en-us/en-us.lm.bin"))
                self._free = True
            self._decoder.activate_search(_FREE)
            return
        for word in sorted({word for words in spoken for word in words}):
            if self._decoder.lookup_word(word) is None:
                self._decoder.add_word(word, grammar.phones(word), update=False)
        self._decoder.add_jsgf_string(_GRAMMAR, grammar.jsgf(spoken))
        self._decoder.activate_search(_GRAMMAR)

    def _heard(self, spoken: dict[tuple[str, ...], str], seconds: float) -> Transcript:
        found = self._decoder.hyp()
        text = found.hypstr.strip() if found is not None else ""
        if not text:
            return Transcript("", seconds=seconds)
        segments = tuple(
            Segment(
                seg.word.partition("(")[0],
                min(seconds, _second(seg.start_frame)),
                min(seconds, _second(seg.end_frame + 1)),
            )
            for seg in self._decoder.seg()
            if not seg.word.startswith(("<", "[", "(", "+"))
        )
        said = spoken.get(tuple(text.split())) or text
        choices = grammar.likeliest(text, tuple(spoken.values()))
        return Transcript(said, segments, "en", self._confidence(found), seconds, choices)

    def _confidence(self, found: Any) -> float:
        """Return how sure it is, for each frame on average, so that a long sentence is not doubted for its length."""
        frames = max(1, self._decoder.n_frames())
        return round(min(1.0, math.exp(found.prob / frames)) if found.prob <= 0 else min(1.0, found.prob), 3)


def _in_a_room(samples: bytes) -> bytes:
    """Return samples with a pause around them and a faint hum over all, the same each time."""
    numpy = part("numpy")
    quiet = numpy.zeros(_PAUSE)
    wave = numpy.concatenate([quiet, numpy.frombuffer(samples, dtype="<i2"), quiet])
    hum = numpy.random.default_rng(0).normal(0, _HUM, len(wave))
    return numpy.clip(wave + hum, -32768, 32767).astype("<i2").tobytes()


def _second(frame: int) -> float:
    """Return when a frame begins, in seconds of what was handed in."""
    return round(max(0.0, frame / _FRAMES - _PAUSE / HEARD_RATE), 2)

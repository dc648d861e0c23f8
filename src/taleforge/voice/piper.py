"""Piper: a voice of Piper's, as an ONNX model beside its JSON, says a text sentence by sentence.

One model is one speaker, or some hundreds; a character has one of them by its id, and a pitch of its own by being
played faster or slower than it was made. For a child process. Under the GPL, as the extra `piper`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from taleforge.voice.onnx import faster, opened, samples_of
from taleforge.voice.parts import part
from taleforge.voice.profiles import share
from taleforge.voice.values import Engine, VoiceProfile
from taleforge.voice.weights import examine

REMEDY: Final = "pip install 'taleforge[piper]'"
_USUAL: Final = 165
"""Words a minute that a model speaks by itself."""


class Piper:
    """A voice, loaded; raises Misconfigured for files that are none, SpeechFailed where Piper is not installed."""

    def __init__(self, engine: Engine) -> None:
        examine("piper", engine.weights)
        self._library = part("piper", REMEDY)
        settings = json.loads(Path(f"{engine.weights}.json").read_bytes())
        config = part("piper.config", REMEDY).PiperConfig.from_dict(settings)
        self._voice: Any = self._library.PiperVoice(session=opened(engine), config=config)
        self.speak("Hm.", VoiceProfile("", "", ""), lambda _: None)

    def rate_of(self, profile: VoiceProfile) -> int:
        """Return at how many samples a second it is to be played."""
        return round(self._voice.config.sample_rate * faster(profile))

    def speak(self, text: str, profile: VoiceProfile, hear: Callable[[bytes], None]) -> None:
        """Say a text, as `engines.Mouth` does it."""
        config = self._voice.config
        speaker = share(profile.id, config.num_speakers) if config.num_speakers > 1 else None
        length = config.length_scale * faster(profile) * _USUAL / profile.rate
        how = self._library.SynthesisConfig(speaker_id=speaker, length_scale=length, normalize_audio=False)
        for chunk in self._voice.synthesize(text, how):
            hear(samples_of(chunk.audio_float_array))

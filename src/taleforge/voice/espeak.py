"""eSpeak NG by its C interface: text and a voice become samples, handed over while they are made.

The library comes from the package `espeakng_loader`, or is the system's own. For a child process: it is one engine for
the whole process, and may take it down. Encodes nothing.
"""

import ctypes
import ctypes.util
import re
from collections.abc import Callable
from typing import Any, Final

from taleforge.errors import SpeechFailed
from taleforge.voice.parts import part
from taleforge.voice.values import VoiceProfile

_SYNCHRONOUS: Final = 2
_NO_EXIT: Final = 0x8000
"""Return an error where data is missing, rather than end the process."""
_UTF8: Final = 1
_IPA: Final = 2
_MARKS: Final = re.compile(r"(\s*[,.;:!?…—–()“”\"]+\s*)")
_RATE, _PITCH, _RANGE = 1, 3, 4
"""Numbers of the engine's parameters."""
_BUFFER_MS: Final = 60
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
REMEDY: Final = "pip install 'taleforge[voice]', or install your system's libespeak-ng; the table plays on without."


class Espeak:
    """The engine, ready to speak; raises SpeechFailed where there is none."""

    def __init__(self) -> None:
        self._library, data = _found()
        self._hear: Callable[[bytes], None] = _nowhere
        self._fault: BaseException | None = None
        self._callback = _Callback(self._heard)
        self._rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, _NO_EXIT)
        if self._rate <= 0:
            raise SpeechFailed("eSpeak NG has no data to speak with.", REMEDY)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def rate_of(self, profile: VoiceProfile) -> int:  # noqa: ARG002 - the same for everybody
        """Return at how many samples a second it is to be played."""
        return self._rate

    def phones(self, text: str, voice: str) -> str:
        """Return how a text sounds in an accent, in the phonetic alphabet, with its marks; raises SpeechFailed."""
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise SpeechFailed(f"eSpeak NG does not know the voice {voice}.", REMEDY)
        return "".join(piece if _MARKS.fullmatch(piece) else self._phones(piece) for piece in _MARKS.split(text))

    def _phones(self, words: str) -> str:
        rest = ctypes.c_char_p(words.encode())
        found: list[str] = []
        while rest.value:
            found.append((self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA) or b"").decode())
        return " ".join(found)

    def speak(self, text: str, profile: VoiceProfile, hear: Callable[[bytes], None]) -> None:
        """Say a text; `hear` is given the samples, piece by piece. Raises SpeechFailed, and what `hear` raises."""
        self._hear, self._fault = hear, None
        voice = f"gmw/{profile.accent}+{profile.base}".encode()
        if self._library.espeak_SetVoiceByName(voice):
            raise SpeechFailed(f"eSpeak NG does not know the voice {profile.base}.", REMEDY)
        for number, value in ((_RATE, profile.rate), (_PITCH, profile.pitch), (_RANGE, profile.range)):
            self._library.espeak_SetParameter(number, value, 0)
        said = text.encode()
        failed = self._library.espeak_Synth(said, ctypes.c_size_t(len(said) + 1), 0, 0, 0, _UTF8, None, None)
        if self._fault is not None:
            raise self._fault
        if failed:
            raise SpeechFailed("eSpeak NG could not say this.", "Try other words.")

    def _heard(self, samples: Any, number: int, _events: object) -> int:
        """Take samples from the engine; returns 1 to make it stop."""
        if samples and number:
            try:
                self._hear(ctypes.string_at(samples, 2 * number))
            except BaseException as error:  # noqa: BLE001 - it cannot pass through C; `speak` raises it
                self._fault = error
                return 1
        return 0


def _nowhere(samples: bytes) -> None:
    """Drop what nobody asked for."""


def _found() -> tuple[Any, bytes | None]:
    """Return the library and the path of its data, None for where it looks by itself."""
    try:
        loader = part("espeakng_loader")
        return ctypes.CDLL(loader.get_library_path()), loader.get_data_path().encode()
    except (SpeechFailed, OSError) as error:
        system = ctypes.util.find_library("espeak-ng")
        if system is None:
            raise SpeechFailed("There is nothing to speak with.", REMEDY) from error
        return ctypes.CDLL(system), None

"""Files of sound become samples and back: WAV, FLAC, Ogg and MP3 by libsndfile, at any rate by soxr.

For a child process: a decoder that is fed by strangers may crash. Reads in blocks and stops at the limit, whatever a
header announces.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from taleforge.errors import AudioTooLong, AudioTooShort, BadAudio
from taleforge.voice.parts import part
from taleforge.voice.values import Format

T = TypeVar("T")

MOST_SECONDS: Final = 1800
LEAST_SECONDS: Final = 0.1
_BLOCK: Final = 1 << 16
_KNOWN: Final = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3"})
_WRITTEN: Final[dict[Format, tuple[str, str]]] = {
    "wav": ("WAV", "PCM_16"), "flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}  # fmt: skip
_PACKED: Final[dict[Format, float]] = {"opus": 0.93}
"""How much is packed: of Opus, some 24 kbit a second."""
_FORMATS: Final = "Send WAV, FLAC, Ogg or MP3."


class Resampler:
    """Samples of 16 bits at one rate become such at another, piece by piece."""

    def __init__(self, given: int, wanted: int) -> None:
        self._numpy = part("numpy")
        self._stream = part("soxr").ResampleStream(given, wanted, 1, dtype="int16")

    def feed(self, samples: bytes, *, last: bool = False) -> bytes:
        """Return what can be said so far of some more samples."""
        return self._stream.resample_chunk(self._numpy.frombuffer(samples, dtype="<i2"), last=last).tobytes()


def read(file: bytes, rate: int) -> bytes:
    """Return a file's samples in one channel of 16 bits at a rate.

    Raises:
        BadAudio: it is no such file.
        AudioTooLong, AudioTooShort: more than `MOST_SECONDS`, less than `LEAST_SECONDS`.
    """
    return _opened(file, lambda opened: _samples(opened, rate))


def seconds_of(file: bytes) -> float:
    """Return how long a file is, by decoding all of it; raises as `read` does."""
    return _opened(file, lambda opened: sum(map(len, _blocks(opened))) / opened.samplerate)


def _opened(file: bytes, use: Callable[[Any], T]) -> T:
    if not file:
        raise AudioTooShort("The file is empty.", "Record something first.")
    library = part("soundfile")
    try:
        with library.SoundFile(io.BytesIO(file)) as opened:
            if opened.format not in _KNOWN or not 1 <= opened.channels <= 8:
                raise BadAudio(f"Sound of the kind {opened.format} is not read here.", _FORMATS)
            return use(opened)
    except (library.LibsndfileError, RuntimeError, ValueError) as error:
        raise BadAudio("The file holds no sound that can be read.", _FORMATS) from error


def _blocks(opened: Any) -> Iterator[Any]:
    """Yield a file's frames, some at a time, as long as there are not too many."""
    most = MOST_SECONDS * opened.samplerate
    if opened.frames > most:
        raise _too_long()
    frames = 0
    while len(block := opened.read(_BLOCK, dtype="int16", always_2d=True)):
        frames += len(block)
        if frames > most:
            raise _too_long()
        yield block
    if frames < LEAST_SECONDS * opened.samplerate:
        raise AudioTooShort("There is hardly any sound in the file.", "Speak for a second at least.")


def _samples(opened: Any, rate: int) -> bytes:
    resampler = Resampler(opened.samplerate, rate)
    pieces = [resampler.feed(block.mean(axis=1).astype("<i2").tobytes()) for block in _blocks(opened)]
    return b"".join([*pieces, resampler.feed(b"", last=True)])


def _too_long() -> AudioTooLong:
    return AudioTooLong(f"The sound is longer than {MOST_SECONDS // 60} minutes.", "Send it in parts.")


def written(samples: bytes, rate: int, kind: Format) -> bytes:
    """Return samples of 16 bits as a file; `pcm` as they are."""
    if kind == "pcm":
        return samples
    container, coding = _WRITTEN[kind]
    file = io.BytesIO()
    array = part("numpy").frombuffer(samples, dtype="<i2")
    packed = _PACKED.get(kind)
    library = part("soundfile")
    with library.SoundFile(file, "w", rate, 1, coding, None, container, compression_level=packed) as opened:
        for start in range(0, len(array), _BLOCK):  # Vorbis overruns its stack when it is given minutes at once
            opened.write(array[start : start + _BLOCK])
    return file.getvalue()

"""How a voice sounds, measured in a clip: its pitch by autocorrelation, its brightness by the centre of its spectrum.

Enough to find a voice that is like it; it is no copy of anybody. Decodes nothing.
"""

from typing import Any, Final

from taleforge.errors import AudioTooShort
from taleforge.voice.parts import part
from taleforge.voice.values import Measured

_LOWEST, _HIGHEST = 60, 500
"""Hz between which people speak."""
_WINDOW, _STEP = 0.04, 0.01
"""Seconds of a window, and between two."""
_LOUD: Final = 1e-4
"""The mean square below which a window is silence."""
_PERIODIC: Final = 0.7
"""How like itself, a period later, a voiced window is."""
_LEAST: Final = 30
"""Voiced windows that a clip must have."""
_FFT: Final = 1024
_BAND: Final = (200, 4500)


def measure(samples: bytes, rate: int) -> Measured:
    """Return how the voice in samples of 16 bits sounds; raises AudioTooShort when hardly anybody speaks."""
    numpy = part("numpy")
    wave = numpy.frombuffer(samples, dtype="<i2").astype("f8") / 32768
    pitches = [pitch for pitch in (_pitch(numpy, piece, rate) for piece in _pieces(wave, rate)) if pitch]
    if len(pitches) < _LEAST:
        raise AudioTooShort("Hardly anybody speaks in the clip.", "Record some clear seconds of one voice.")
    return Measured(float(numpy.median(pitches)), _brightness(numpy, wave, rate), len(wave) / rate)


def _pieces(wave: Any, rate: int) -> Any:
    """Yield windows, each long enough to hold its shifted self."""
    size = int(rate * _WINDOW) + rate // _LOWEST
    for start in range(0, len(wave) - size, int(rate * _STEP)):
        piece = wave[start : start + size]
        if (piece * piece).mean() > _LOUD:
            yield piece


def _pitch(numpy: Any, piece: Any, rate: int) -> float:
    """Return the pitch of a window in Hz, 0 when it has none."""
    size = int(rate * _WINDOW)
    least, most = rate // _HIGHEST, rate // _LOWEST
    window = piece[:size]
    energy = numpy.cumsum(numpy.concatenate([[0.0], piece * piece]))
    shifted = energy[size + least : size + most] - energy[least:most]
    alike = numpy.correlate(piece, window, "valid")[least:most]
    alike = alike / numpy.sqrt(shifted * (window @ window) + 1e-12)
    best = alike.max()
    if best < _PERIODIC:
        return 0.0
    # The first shift that is nearly as good as the best: the best itself is often two periods.
    place = int(numpy.nonzero(alike > 0.93 * best)[0][0])
    while place + 1 < len(alike) and alike[place + 1] > alike[place]:
        place += 1
    return float(rate / (place + least))


def _brightness(numpy: Any, wave: Any, rate: int) -> float:
    """Return the centre of the spectrum in Hz."""
    window = numpy.hanning(_FFT)
    power = numpy.zeros(_FFT // 2 + 1)
    for start in range(0, len(wave) - _FFT, _FFT // 2):
        piece = wave[start : start + _FFT]
        if (piece * piece).mean() > _LOUD:
            power += numpy.abs(numpy.fft.rfft(piece * window)) ** 2
    hertz = numpy.fft.rfftfreq(_FFT, 1 / rate)
    band = (hertz > _BAND[0]) & (hertz < _BAND[1])
    weight = numpy.sqrt(power[band])
    return float((hertz[band] * weight).sum() / (weight.sum() + 1e-12))

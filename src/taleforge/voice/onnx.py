"""What both engines share whose models are ONNX: a session that keeps to its threads, and samples of what it says.

For a child process. Knows no model.
"""

from typing import Any

from taleforge.voice.parts import part
from taleforge.voice.values import Engine, VoiceProfile


def opened(engine: Engine) -> Any:
    """Return a session of an engine's weights, which starts no more threads than it may."""
    library = part("onnxruntime", "pip install 'taleforge[piper]'")
    options = library.SessionOptions()
    options.intra_op_num_threads = engine.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    if engine.device != "cuda" or providers[0] not in library.get_available_providers():
        return library.InferenceSession(engine.weights, options, providers=providers[1:])
    library.preload_dlls()  # of CUDA, where they came as Python packages
    return library.InferenceSession(engine.weights, options, providers=providers)


def faster(profile: VoiceProfile) -> float:
    """Return how much faster than it was made a voice is played, for its pitch: four semitones up or down at most."""
    return 2.0 ** ((profile.pitch - 50) / 150)


def samples_of(wave: Any) -> bytes:
    """Return samples of 16 bits of a wave between -1 and 1; what is no number is silence."""
    numpy = part("numpy")
    clean = numpy.nan_to_num(numpy.asarray(wave, dtype="f4").ravel(), nan=0.0, posinf=0.0, neginf=0.0)
    return (numpy.clip(clean, -1, 1) * 32767).astype("<i2").tobytes()

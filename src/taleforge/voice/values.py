"""What speech is made of: a voice, a transcript, a measured clip; and what a child process is asked and answers.

Does not hold the engines' own types.
"""

from typing import Final, Literal, get_args

from msgspec import Struct

Format = Literal["wav", "pcm", "flac", "ogg", "opus", "mp3"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
RATE: Final = 24_000
"""Samples a second of all speech that leaves, as OpenAI's clients expect of `pcm`: 16 bits, one channel."""
HEARD_RATE: Final = 16_000
"""Samples a second of what a recogniser is given."""


class VoiceProfile(Struct, frozen=True, omit_defaults=True):
    """A voice. `base` and `accent` are of `data/voices.json`, `pitch` and `range` 0 to 99, `rate` words a minute."""

    id: str
    name: str
    base: str
    accent: str = "en"
    pitch: int = 50
    range: int = 50
    rate: int = 165


class Segment(Struct, frozen=True):
    """A piece of what was said, with its place in seconds."""

    text: str
    start: float
    end: float


class Transcript(Struct, frozen=True):
    """What was heard. `choices` are the phrases it may have been, the likeliest first, to be confirmed."""

    text: str
    segments: tuple[Segment, ...] = ()
    language: str = "en"
    confidence: float = 0.0
    """From 0 to 1, by the recogniser's own judgement; it hears something in everything."""
    seconds: float = 0.0
    choices: tuple[str, ...] = ()


class Consent(Struct, frozen=True):
    """Who agreed, when (milliseconds since 1970), in which words, to which clip."""

    by: str
    at: int
    words: str
    clip_sha256: str


class KeptVoice(Struct, frozen=True):
    """What is kept of a voice that was found after a clip."""

    profile: VoiceProfile
    consent: Consent


class Measured(Struct, frozen=True, tag=True):
    """A voice in a clip: its pitch in Hz, how bright it is in Hz, and how long the clip is in seconds."""

    pitch: float
    brightness: float
    seconds: float


class Engine(Struct, frozen=True):
    """What a child process is to be: the engine's name in `engines`, its files, and how much it may use."""

    name: str
    weights: str = ""
    """A file or folder of weights, by the settings alone."""
    voices: str = ""
    """A file of voices beside it."""
    device: str = "cpu"
    threads: int = 1
    memory: int = 2048
    """MB of address space; 0: any amount, as graphics cards want it."""
    niceness: int = 0
    """How far it stands back for others, as `nice` has it."""


class Speak(Struct, frozen=True, tag=True):
    """Say a text."""

    text: str
    profile: VoiceProfile
    format: Format


class Hear(Struct, frozen=True, tag=True):
    """Recognise what is said in a file; with `phrases`, which of them."""

    file: bytes
    phrases: tuple[str, ...] = ()
    language: str = "en"


class Measure(Struct, frozen=True, tag=True):
    """Find out how a voice sounds."""

    file: bytes


class Count(Struct, frozen=True, tag=True):
    """Find out how long a file is, by decoding it."""

    file: bytes


class Convert(Struct, frozen=True, tag=True):
    """Write the sound of a file anew, as one channel at a rate."""

    file: bytes
    format: Format
    rate: int = HEARD_RATE


class Counted(Struct, frozen=True, tag=True):
    """How many seconds a file is long."""

    seconds: float


class Sound(Struct, frozen=True, tag=True):
    """A piece of a file of sound."""

    data: bytes


class Heard(Struct, frozen=True, tag=True):
    """What was recognised."""

    transcript: Transcript


class Failed(Struct, frozen=True, tag=True):
    """Why nothing comes: the name of an error of `errors`, and its two sentences."""

    error: str
    problem: str
    remedy: str


class Done(Struct, frozen=True, tag=True):
    """Nothing more comes."""


Question = Speak | Hear | Measure | Count | Convert
Answer = Sound | Heard | Measured | Counted | Failed | Done

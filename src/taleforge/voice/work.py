"""Speech as work for a queue: a recording to be written down, a clip to be made a voice of.

The files come packed, so that they fit into a job. Knows a queue only by what it is handed. Does not say who may wish.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from taleforge.errors import BadInput
from taleforge.voice.ports import Speech
from taleforge.voice.profiles import profile_like
from taleforge.voice.values import Consent, KeptVoice, Transcript

T = TypeVar("T")

QUEUE: Final = "voice"
TRANSCRIBE: Final = "transcribe"
CLONE: Final = "clone-voice"
SLOWEST: Final = 4
"""Times its length that a recording may take."""


class Recording(Struct, frozen=True, array_like=True):
    """What somebody wants written down, and how many seconds it is long."""

    file: bytes
    seconds: float
    phrases: tuple[str, ...] = ()
    language: str = "en"


class Clip(Struct, frozen=True, array_like=True):
    """What somebody wants a voice made of."""

    file: bytes
    name: str
    consent: Consent


Keep = Callable[[str, str, Clip, KeptVoice], Awaitable[str]]
"""Keeps a voice of a job's person, once for each job, and returns its id; takes the job's id and the person's."""


def listener(speech: Speech, patience: float) -> Callable[[bytes], Awaitable[bytes]]:
    """Return what makes a transcript in JSON of a `Recording`; raises BadInput for what can never become one."""

    async def work(payload: bytes) -> bytes:
        wish = _read(payload, Recording)
        allowed = patience + SLOWEST * wish.seconds
        return msgspec.json.encode(await speech.transcribe(wish.file, wish.phrases, wish.language, allowed))

    return work


def cloner(speech: Speech, keep: Keep) -> Callable[[str, str, bytes], Awaitable[bytes]]:
    """Return what makes a kept voice's id of a `Clip`, given the job's id and its owner; raises BadInput as above."""

    async def work(job: str, person: str, payload: bytes) -> bytes:
        clip = _read(payload, Clip)
        profile = profile_like(await speech.measure(clip.file), "", clip.name)
        return (await keep(job, person, clip, KeptVoice(profile, clip.consent))).encode()

    return work


def transcript_of(result: bytes) -> Transcript:
    """Return what a job of the kind `transcribe` came to."""
    return msgspec.json.decode(result, type=Transcript)


def _read(payload: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(payload, type=kind)
    except msgspec.DecodeError as error:
        raise BadInput("That is no work for what speaks and hears.", "Send a file.") from error

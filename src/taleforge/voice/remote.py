"""Servers that speak and hear as OpenAI's do: `audio/speech` and `audio/transcriptions`.

Whatever goes wrong out there becomes a `SpeechFailed`. Only the addresses that the administrator has set are asked, and
no answer is followed elsewhere. What strangers send is decoded here first, and what the server sends is decoded before
anybody gets it, both in a child process. Tries nothing twice.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import msgspec
from msgspec import Struct

from taleforge.errors import BadAudio, SpeechFailed
from taleforge.voice.caged import CagedClips
from taleforge.voice.grammar import likeliest
from taleforge.voice.profiles import share
from taleforge.voice.texts import sayable
from taleforge.voice.values import HEARD_RATE, RATE, Format, Segment, Transcript, VoiceProfile

MOST_ANSWER: Final = 64 * 1024**2 - 4096
"""Bytes."""
CONNECT: Final = 3.0
"""Seconds to wait for a connection."""
_USUAL: Final = 165
"""Words a minute that such a server speaks by itself."""
_UNTOLD: Final = "auto"


class Place(Struct, frozen=True):
    """Where a server is, and how it is asked; `voices` are names that it knows."""

    url: str
    key: str = ""
    model: str = ""
    voices: tuple[str, ...] = ()
    seconds: float = 60.0


class Part(Struct, frozen=True):
    """A segment, as such a server tells it."""

    text: str
    start: float = 0.0
    end: float = 0.0
    avg_logprob: float | None = None


class Told(Struct, frozen=True):
    """A transcript, as such a server tells it; some tell only the text."""

    text: str
    language: str | None = None
    segments: tuple[Part, ...] | None = None


class RemoteSynthesiser:
    """A server that speaks (`Synthesiser`)."""

    def __init__(self, place: Place, clips: CagedClips) -> None:
        self._place = place
        self._clips = clips

    async def speak(
        self,
        text: str,
        profile: VoiceProfile,
        format: Format = "wav",  # noqa: A002 - as the protocol has it
    ) -> AsyncGenerator[bytes]:
        """Yield a file of sound in which a text is said."""
        voices = self._place.voices or ("alloy",)
        wanted = {
            "model": self._place.model, "input": sayable(text), "voice": voices[share(profile.id, len(voices))],
            "response_format": "wav", "speed": round(min(4.0, max(0.25, profile.rate / _USUAL)), 2),
        }  # fmt: skip
        said = await _asked(self._place, "audio/speech", json=wanted)
        try:
            yield await self._clips.converted(said, format, RATE)
        except BadAudio as error:
            raise SpeechFailed("The speaking server sent what is no sound.", "Look at what it answers.") from error


class RemoteRecogniser:
    """A server that hears (`Recogniser`)."""

    def __init__(self, place: Place, clips: CagedClips) -> None:
        self._place = place
        self._clips = clips

    async def transcribe(
        self, file: bytes, phrases: Sequence[str] = (), language: str = "en", patience: float | None = None
    ) -> Transcript:
        """Return what is said in a file of sound."""
        clean = await self._clips.converted(file, "flac", HEARD_RATE)
        seconds = await self._clips.seconds(clean)
        fields = {"model": self._place.model, "response_format": "verbose_json", "prompt": ", ".join(phrases)[:600]}
        if language != _UNTOLD:
            fields["language"] = language.partition("-")[0]
        place = msgspec.structs.replace(self._place, seconds=patience or self._place.seconds)
        answer = await _asked(
            place, "audio/transcriptions", data=fields, files={"file": ("said.flac", clean, "audio/flac")}
        )
        return _transcript(_read(answer), phrases, language, seconds)


def _read(answer: bytes) -> Told:
    try:
        return msgspec.json.decode(answer, type=Told)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SpeechFailed("The listening server sent what is no transcript.", "Look at what it answers.") from error


def _transcript(told: Told, phrases: Sequence[str], language: str, seconds: float) -> Transcript:
    parts = told.segments or ()
    segments = tuple(Segment(part.text.strip(), part.start, min(part.end, seconds)) for part in parts)
    known = [part.avg_logprob for part in parts if part.avg_logprob is not None]
    sure = round(min(1.0, math.exp(min(0.0, sum(known) / len(known)))), 3) if known else 0.0
    text = told.text.strip()
    return Transcript(text, segments, told.language or language, sure, seconds, likeliest(text, phrases))


async def _asked(place: Place, path: str, **sent: Any) -> bytes:
    async with _wrapped(place) as http, http.stream("POST", path, **sent) as response:
        if not response.is_success:
            raise SpeechFailed(f"The speech server answered {response.status_code}.", "Look into its log.")
        parts, size = list[bytes](), 0
        async for piece in response.aiter_bytes():
            parts.append(piece)
            size += len(piece)
            if size > MOST_ANSWER:
                raise SpeechFailed("The speech server answers without an end.", "Check its address.")
    return b"".join(parts)


@asynccontextmanager
async def _wrapped(place: Place) -> AsyncGenerator[httpx.AsyncClient]:
    """Connect within the block, where every fault of a server becomes a `SpeechFailed`."""
    headers = {"Authorization": f"Bearer {place.key}"} if place.key else {}
    timeout = httpx.Timeout(place.seconds, connect=CONNECT)
    base = place.url.rstrip("/") + "/"
    try:
        async with (
            asyncio.timeout(place.seconds),
            httpx.AsyncClient(base_url=base, headers=headers, timeout=timeout, trust_env=False) as http,
        ):
            yield http
    except TimeoutError as error:
        raise SpeechFailed(
            f"The speech server took more than {place.seconds:g} seconds.", "Look into its log."
        ) from error
    except httpx.HTTPError as error:
        raise SpeechFailed("The speech server cannot be reached, or broke off.", "Check its address.") from error

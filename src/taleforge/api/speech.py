"""Speech over HTTP: what was said becomes text, text becomes sound; for our own clients and for those of OpenAI.

What is heard is shown, with choices, and never obeyed: whoever spoke confirms it as any other command. Keeps no sound.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Final, Literal, cast

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, JSONBody
from litestar.response import Stream
from msgspec import Meta, Struct, structs

from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.jobs import accepted, jobs_at, my_job, or_a_job
from taleforge.api.problems import Trouble
from taleforge.api.reading import position_of
from taleforge.api.speaking import DIRECT, MOST_UPLOADED, begun, reserve, speech_at, spoken_at
from taleforge.api.spec import documented
from taleforge.api.voices import profile_for
from taleforge.errors import SpeechFailed
from taleforge.jobs.values import Job
from taleforge.voice.profiles import NARRATOR
from taleforge.voice.studio import LETTERS_A_SECOND
from taleforge.voice.texts import MOST_TEXT
from taleforge.voice.values import Format, Segment, Transcript, VoiceProfile
from taleforge.voice.work import TRANSCRIBE, Recording, transcript_of

PATIENCE: Final = 60.0
"""Seconds for which a long recording is waited for; whoever waits longer follows the job."""
_MEDIA: Final[dict[str, str]] = {
    "wav": "audio/wav", "pcm": "audio/pcm", "flac": "audio/flac", "ogg": "audio/ogg", "opus": "audio/ogg",
    "mp3": "audio/mpeg",
}  # fmt: skip
_SOUNDS: Final = tuple(sorted({*_MEDIA.values()}))

Text = Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)]


class Heard(Struct, frozen=True):
    """A form: a file of sound; the table at which it was said, or phrases that it may have been, one on each line.

    Without `wait` the answer is a job, and with a long file it may be one.
    """

    file: UploadFile
    language: str = "en"
    table: str = ""
    phrases: str = ""
    wait: bool = True


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A text to be said. `voice` is one of mine, a character's id or any name; `traits` are words such as `dwarf`."""

    text: Text
    voice: Annotated[str, Meta(max_length=200)] = NARRATOR
    traits: Annotated[Sequence[str], Meta(max_length=20)] = ()
    format: Format = "wav"


class OpenAiHeard(Struct, frozen=True):
    """The form that OpenAI's clients send. `prompt` may hold phrases, one on each line."""

    file: UploadFile
    model: str = ""
    language: str = "en"
    prompt: str = ""
    response_format: Literal["json", "text", "verbose_json"] = "json"


class OpenAiSaid(Struct, frozen=True):
    """What OpenAI's clients send; what they may send beside it is ignored."""

    input: Text
    voice: str = NARRATOR
    model: str = ""
    response_format: Format = "mp3"
    speed: Annotated[float, Meta(ge=0.25, le=4)] = 1.0


class Verbose(Struct, frozen=True):
    """A transcript as OpenAI's clients read it, with its length in seconds."""

    text: str
    language: str = "english"
    duration: float = 0.0
    segments: tuple[Segment, ...] = ()
    task: str = "transcribe"


HeardForm = Annotated[Heard, Body(media_type=RequestEncodingType.MULTI_PART)]
OpenAiForm = Annotated[OpenAiHeard, Body(media_type=RequestEncodingType.MULTI_PART)]


@post("/transcribe", access="studio", status_code=200, request_max_body_size=MOST_UPLOADED,
      **or_a_job(401, 403, 404, 422))  # fmt: skip
async def transcribe(desk: TheDesk, caller: TheCaller, data: HeardForm) -> Response[Transcript]:
    """Return what is said in a file, with the phrases it may have been; at a table, among what my seat can do now."""
    phrases = _lines(data.phrases) or await _phrases(desk, caller, data.table)
    recording = Recording(await data.file.read(), 0.0, phrases, data.language or "en")
    found = await _heard(desk, caller, recording, PATIENCE if data.wait else None)
    return accepted(found) if isinstance(found, Job) else Response(found)


@get("/transcripts/{job:str}", access="studio", **documented(401, 403, 404))
async def get_transcript(desk: TheDesk, caller: TheCaller, job: FromPath[str]) -> Transcript:
    """Read what a job of mine has written down."""
    mine = await my_job(desk, caller, job)
    if mine.kind != TRANSCRIBE or mine.state != "done":
        raise Trouble("job/unknown")
    return transcript_of(mine.result)


@post("/synthesize", access="studio", status_code=200, media_type="audio/wav", also=_SOUNDS,
      **documented(401, 403, 404, 422))  # fmt: skip
async def synthesize(desk: TheDesk, caller: TheCaller, data: JSONBody[Said]) -> Stream:
    """Say a text in a voice that is the same for the same name, everywhere and always."""
    profile = await profile_for(desk, caller, data.voice, tuple(data.traits))
    return await _said(desk, caller, data.text, profile, data.format)


@post("/v1/audio/transcriptions", access="studio", status_code=200, request_max_body_size=MOST_UPLOADED,
      also=("text/plain",), **documented(401, 403, 422))  # fmt: skip
async def openai_transcribe(desk: TheDesk, caller: TheCaller, data: OpenAiForm) -> Response[Verbose]:
    """Return what is said in a file, for clients of OpenAI."""
    recording = Recording(await data.file.read(), 0.0, _lines(data.prompt), data.language or "en")
    heard = await _heard(desk, caller, recording, PATIENCE)
    if isinstance(heard, Job):
        raise SpeechFailed("That takes too long to wait for.", "Send it to /transcribe with wait=false.")
    if data.response_format == "text":
        return cast("Response[Verbose]", Response(heard.text + "\n", media_type="text/plain"))  # as was asked for
    return Response(Verbose(heard.text, "english", heard.seconds, heard.segments))


@post("/v1/audio/speech", access="studio", status_code=200, media_type="audio/mpeg", also=_SOUNDS,
      **documented(401, 403, 404, 422))  # fmt: skip
async def openai_speak(desk: TheDesk, caller: TheCaller, data: JSONBody[OpenAiSaid]) -> Stream:
    """Say a text, for clients of OpenAI."""
    profile = await profile_for(desk, caller, data.voice)
    rate = min(450, max(80, round(profile.rate * data.speed)))
    return await _said(desk, caller, data.input, structs.replace(profile, rate=rate), data.response_format)


async def _heard(desk: Desk, caller: Caller, recording: Recording, patience: float | None) -> Transcript | Job:
    """Return what is said, or the job that finds it out, if it is not done after so many seconds (None: at once)."""
    speech = speech_at(desk)
    seconds = await speech.seconds(recording.file)
    if patience is not None and seconds <= DIRECT:
        async with reserve(desk, caller, seconds):
            return await speech.transcribe(recording.file, recording.phrases, recording.language)
    packed = structs.replace(recording, file=await speech.packed(recording.file), seconds=seconds)
    job = await begun(desk, caller, TRANSCRIBE, packed, seconds)
    if patience is not None:
        job = await jobs_at(desk).wait(job.id, caller.person, patience) or job
    if job.state == "done":
        return transcript_of(job.result)
    if patience is not None and job.over:
        raise SpeechFailed("Nobody could write that down.", "Try again, or follow the job.")
    return job


async def _said(desk: Desk, caller: Caller, text: str, profile: VoiceProfile, kind: Format) -> Stream:
    """Answer with sound once its first piece is there, so that what fails before is told as a problem."""
    async with reserve(desk, caller, len(text) / LETTERS_A_SECOND):
        pieces = speech_at(desk).speak(text, profile, kind)
        first = await anext(pieces)
    return Stream(_from(first, pieces), media_type=_MEDIA[kind])


async def _from(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


async def _phrases(desk: Desk, caller: Caller, table: str) -> tuple[str, ...]:
    """Return what may be said at a table by my seat there; none without a table. Raises Trouble."""
    if not table:
        return ()
    place = await desk.place(caller, table)
    if place is None or not place.seat:
        raise Trouble("table/unknown")
    return spoken_at(position_of(await desk.room(place.table)).view(place.seat))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (line.strip() for line in text.splitlines())))


UNDER_V1: Final = (get_transcript,)
HANDLERS: Final = (transcribe, synthesize, openai_transcribe, openai_speak)

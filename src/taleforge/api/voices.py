"""Voices that people keep, over HTTP: made from a clip, with the consent of whoever speaks in it.

A voice here is a few numbers that sound alike, not a copy of anybody; the clip itself is not kept, only its hash.
"""

from hashlib import sha256
from typing import Annotated, Final

import msgspec
from litestar import Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from msgspec import Struct

from taleforge.accounts.values import Voice
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.jobs import accepted, or_a_job
from taleforge.api.pages import MOST, Cursor, Limit, known_id, moment, paged
from taleforge.api.problems import Trouble, check
from taleforge.api.speaking import DIRECT, MOST_UPLOADED, begun, reserve, speech_at
from taleforge.api.spec import documented
from taleforge.voice.profiles import profile_like, profile_of
from taleforge.voice.values import Consent, KeptVoice, VoiceProfile
from taleforge.voice.work import CLONE, Clip

LEAST_WORDS: Final = 3
"""Of a consent: a tick in a box is none."""
MOST_CONSENT: Final = 500


class CloneForm(Struct, frozen=True):
    """A form: a clip, a name for the voice, and the sentence by which whoever speaks in it agrees to its use.

    Without `wait`, or with a long clip, the answer is a job.
    """

    file: UploadFile
    name: str
    consent: str = ""
    wait: bool = True


class VoiceOut(Struct, frozen=True):
    """A voice of mine."""

    id: str
    name: str
    profile: VoiceProfile
    consent: Consent
    created: str


class Cloned(Struct, frozen=True):
    """The voice that was made."""

    voice: VoiceOut


class VoicePage(Struct, frozen=True, omit_defaults=True):
    """Some of my voices, oldest first; `next` begins the page after this one."""

    items: tuple[VoiceOut, ...]
    next: str | None = None


Form = Annotated[CloneForm, Body(media_type=RequestEncodingType.MULTI_PART)]


@post("/clone-voice", access="studio", request_max_body_size=MOST_UPLOADED, **or_a_job(401, 403, 409, 422))
async def clone_voice(desk: TheDesk, caller: TheCaller, data: Form) -> Response[Cloned]:
    """Find a voice that sounds like the one in a clip and keep it for me; without a sentence of consent nothing is."""
    words = " ".join(data.consent.split())
    if not len(words.split()) >= LEAST_WORDS or len(words) > MOST_CONSENT:
        raise Trouble("voice/consent", {"field": "consent"})
    clip = await data.file.read()
    person = await desk.person(caller)
    consent = Consent(person.id, desk.now(), words, sha256(clip).hexdigest())
    if not data.wait or await speech_at(desk).seconds(clip) > DIRECT:
        packed = await speech_at(desk).packed(clip)
        return accepted(await begun(desk, caller, CLONE, Clip(packed, data.name, consent), 1))
    async with reserve(desk, caller, 1):
        measured = await speech_at(desk).measure(clip)
    kept = KeptVoice(profile_like(measured, "", data.name), consent)
    voice = check(await desk.belongings.keep_voice(person, data.name, msgspec.json.encode(kept).decode()))
    return Response(Cloned(_voice_out(voice)), status_code=201)


@get("/api/v1/voices/{voice:str}", access="studio", **documented(401, 403, 404))
async def get_voice(desk: TheDesk, caller: TheCaller, voice: FromPath[str]) -> VoiceOut:
    """Look at a voice of mine."""
    return _voice_out(await _mine(desk, caller, voice))


@get("/api/v1/voices", access="studio", **documented(401, 403))
async def list_voices(desk: TheDesk, caller: TheCaller, limit: Limit = MOST, after: Cursor = None) -> VoicePage:
    """List my voices, oldest first."""
    found = await desk.stores.voices.of(caller.person, after or "", limit + 1)
    voices, rest = paged(found, limit, lambda voice: voice.id)
    return VoicePage(tuple(map(_voice_out, voices)), rest)


@delete("/api/v1/voices/{voice:str}", access="studio", **documented(401, 403, 404))
async def forget_voice(desk: TheDesk, caller: TheCaller, voice: FromPath[str]) -> None:
    """Forget a voice of mine, and its consent with it."""
    await desk.stores.voices.remove((await _mine(desk, caller, voice)).id)


async def profile_for(desk: Desk, caller: Caller, voice: str, traits: tuple[str, ...] = ()) -> VoiceProfile:
    """Return a voice of mine by its id, or the one that any other name has; raises Trouble for one of others."""
    if not voice.startswith("vce_"):
        return profile_of(voice, traits)
    return _kept(await _mine(desk, caller, voice)).profile


async def _mine(desk: Desk, caller: Caller, voice: str) -> Voice:
    known = await desk.belongings.voice(known_id(voice, "vce", "voice/unknown"), caller.person)
    if known is None:
        raise Trouble("voice/unknown")
    return known


def _kept(voice: Voice) -> KeptVoice:
    return msgspec.json.decode(voice.body, type=KeptVoice)


def _voice_out(voice: Voice) -> VoiceOut:
    kept = _kept(voice)
    profile = msgspec.structs.replace(kept.profile, id=voice.id, name=voice.name)
    return VoiceOut(voice.id, voice.name, profile, kept.consent, moment(voice.created))


HANDLERS: Final = (clone_voice, list_voices, get_voice, forget_voice)

"""What speaks and hears, as the settings choose.

Starts no process yet: the first request does.
"""

from collections.abc import Callable, Sequence

import msgspec

from taleforge.accounts.belongings import Belongings
from taleforge.accounts.ports import Stores
from taleforge.accounts.service import Denied
from taleforge.accounts.values import Quota
from taleforge.bootstrap.meter import daily
from taleforge.errors import BadInput, Misconfigured
from taleforge.jobs.ports import Handler, Rejected, Task
from taleforge.settings import Settings
from taleforge.voice.ports import Speech
from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import configured, open_studio
from taleforge.voice.values import FORMATS, Format, KeptVoice, Transcript
from taleforge.voice.work import CLONE, TRANSCRIBE, Clip, cloner, listener

SECONDS = "seconds"
"""What speech costs, in the ledger: seconds that were said or heard."""


def speech_of(settings: Settings) -> Speech:
    """Return what speaks and hears; raises Misconfigured where files or addresses are not what they should be."""
    try:
        return open_studio(configured(settings.voice), settings.jobs.niceness)
    except ImportError as error:
        raise Misconfigured("What asks speech servers is not installed.", "pip install 'taleforge[voice]'") from error


def quotas_of(settings: Settings) -> tuple[Quota, ...]:
    """Return how much may be said and heard."""
    voice = settings.voice
    return daily(SECONDS, person=voice.seconds_per_day, space=voice.seconds_per_space, server=voice.seconds_in_all)


def speech_work(settings: Settings, speech: Speech, stores: Stores, now: Callable[[], int]) -> dict[str, Handler]:
    """Return who does the jobs for speech."""
    belongings = Belongings(stores, _no_id, clock=now)

    async def keep(job: str, person: str, clip: Clip, voice: KeptVoice) -> str:
        by = await stores.people.get(person)
        if by is None:
            raise Rejected("person/unknown")
        kept = await belongings.keep_voice(by, clip.name, msgspec.json.encode(voice).decode(), voice_id(job))
        if isinstance(kept, Denied):
            raise Rejected(kept.code)
        return kept.id

    listen_to, clone = listener(speech, settings.voice.timeout), cloner(speech, keep)
    return {
        TRANSCRIBE: _final(lambda task: listen_to(task.job.payload)),
        CLONE: _final(lambda task: clone(task.job.id, task.job.owner, task.job.payload)),
    }


def voice_id(job: str) -> str:
    """Return the id of the voice that a job makes: however often it is begun, it is one voice."""
    return f"vce_{job.partition('_')[2]}"


def _final(work: Handler) -> Handler:
    """Return work that is not tried again with what it cannot use."""

    async def handle(task: Task) -> bytes:
        try:
            return await work(task)
        except BadInput as error:
            raise Rejected(error.code) from error

    return handle


def _no_id(kind: str) -> str:
    raise AssertionError(f"a job names its {kind} itself")


async def say(settings: Settings, text: str, voice: str, traits: Sequence[str], ending: str) -> bytes:
    """Return a text as a file of sound, of the kind that a file's ending names; raises as `Synthesiser` does."""
    kinds: dict[str, Format] = {known: known for known in FORMATS}
    kind = kinds.get(ending)
    if kind is None:
        raise BadInput(f"Sound is not written as {ending or 'a file without ending'}.", f"Use {', '.join(FORMATS)}.")
    speech = speech_of(settings)
    try:
        return b"".join([piece async for piece in speech.speak(text, profile_of(voice, traits), kind)])
    finally:
        await speech.close()


async def listen(settings: Settings, file: bytes, phrases: Sequence[str], language: str) -> Transcript:
    """Return what is said in a file of sound; raises as `Recogniser` does."""
    speech = speech_of(settings)
    try:
        return await speech.transcribe(file, phrases, language)
    finally:
        await speech.close()

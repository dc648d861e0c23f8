"""What speaks and hears, as the settings choose.

Starts no process yet: the first request does.
"""

from collections.abc import Sequence

from taleforge.accounts.values import DAY, Quota
from taleforge.errors import BadInput, Misconfigured
from taleforge.settings import Settings
from taleforge.voice.ports import Speech
from taleforge.voice.profiles import profile_of
from taleforge.voice.setup import configured, open_studio
from taleforge.voice.values import FORMATS, Format, Transcript

SECONDS = "seconds"
"""What speech costs, in the ledger: seconds that were said or heard."""


def speech_of(settings: Settings) -> Speech:
    """Return what speaks and hears; raises Misconfigured where files or addresses are not what they should be."""
    try:
        return open_studio(configured(settings.voice))
    except ImportError as error:
        raise Misconfigured("What asks speech servers is not installed.", "pip install 'taleforge[voice]'") from error


def quotas_of(settings: Settings) -> tuple[Quota, ...]:
    """Return how much somebody may say and have heard."""
    most = settings.voice.seconds_per_day
    return (Quota("person", SECONDS, most, DAY),) if most else ()


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

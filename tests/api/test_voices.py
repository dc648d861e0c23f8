"""Voices from clips: kept with a recorded consent, used by their person alone."""

from collections.abc import AsyncGenerator
from hashlib import sha256

import httpx
import pytest

from taleforge.accounts.service import Issued
from taleforge.accounts.values import Person
from taleforge.bootstrap import LOCAL_PERSON, LOCAL_SPACE
from taleforge.bootstrap.speech import speech_work
from taleforge.jobs.runner import Running
from taleforge.voice.fake import FakeStudio
from tests.api.serving import Guest, Served, serving

CLIP = b"RIFF" + bytes(64_000)
AGREED = "I, Ann, agree to this use."


@pytest.fixture
async def served() -> AsyncGenerator[Served]:
    """Return a server that hears the same voice in every clip."""
    async with serving() as made:
        yield made


async def clone(served: Served, clip: bytes = CLIP, **fields: str) -> httpx.Response:
    return await served.stranger.http.post("/clone-voice", files={"file": ("clip.wav", clip)}, data=fields)


async def test_a_voice_is_kept_with_its_consent_and_speaks(served: Served) -> None:
    """Who agreed, when, in which words, to which clip is kept beside it; then its id is a voice."""
    answer = await clone(served, name="Grandmother", consent=AGREED)
    assert answer.status_code == 201
    voice = answer.json()["voice"]
    assert voice["consent"]["words"] == AGREED
    assert voice["consent"]["clip_sha256"] == sha256(CLIP).hexdigest()
    assert voice["consent"]["by"].startswith("usr_")
    assert voice["consent"]["at"] == served.desk.now()
    said = await served.stranger.post("//synthesize", {"text": "Hail!", "voice": voice["id"]})
    assert said.status_code == 200
    assert isinstance(fake := served.desk.house.speech, FakeStudio)
    assert fake.said[-1][1].base == voice["profile"]["base"]
    assert (await served.stranger.get("/voices")).json()["items"] == [voice]


async def test_a_voice_can_be_made_meanwhile(served: Served) -> None:
    """Without `wait` the answer is a job; the voice is where it says, and kept once, though the job is begun twice."""
    answer = await clone(served, name="Grandmother", consent=AGREED, wait="false")
    assert answer.status_code == 202
    assert served.desk.house.jobs is not None
    job = await served.desk.house.jobs.wait(answer.json()["job"], LOCAL_PERSON, 30)
    assert job is not None
    work = speech_work(served.desk.settings, FakeStudio(), served.desk.stores, served.desk.now)[job.kind]
    again = await work(Running(job))
    voice = (await served.stranger.http.get((await served.stranger.get(f"/jobs/{job.id}")).json()["result"])).json()
    assert voice["consent"]["clip_sha256"] == sha256(CLIP).hexdigest()
    assert (await served.stranger.get("/voices")).json()["items"] == [voice]
    assert voice["id"] == again.decode()


@pytest.mark.parametrize("consent", ["", "yes", " I  agree ", "so " * 200])
async def test_without_a_sentence_of_consent_nothing_is_kept(served: Served, consent: str) -> None:
    """Not by silence, not by a word, not by noise."""
    answer = await clone(served, name="Grandmother", consent=consent)
    assert (answer.status_code, answer.json()["code"]) == (422, "voice/consent")
    assert (await served.stranger.get("/voices")).json()["items"] == []


async def test_a_clip_that_is_none_makes_no_voice(served: Served) -> None:
    """Nor does a voice without a name."""
    assert (await clone(served, b"PK", name="A", consent=AGREED)).json()["code"] == "audio/unreadable"
    assert (await clone(served, name=" ", consent=AGREED)).json()["code"] == "voice/name"


async def test_voices_of_others_are_not_there(served: Served) -> None:
    """Nobody speaks with, or forgets, what another keeps; its person does."""
    voice = (await clone(served, name="Grandmother", consent=AGREED)).json()["voice"]["id"]
    person = await served.desk.accounts.register(LOCAL_SPACE, "Bob", "b@example.org", "correct horse battery")
    assert isinstance(person, Person)
    key = await served.desk.accounts.api_key(person, "studio", ["studio"])
    assert isinstance(key, Issued)
    bob = Guest(served.stranger.http, key.secret)
    assert (await bob.get("/voices")).json()["items"] == []
    assert (await bob.post("//synthesize", {"text": "Hail!", "voice": voice})).json()["code"] == "voice/unknown"
    assert (await bob.ask("DELETE", f"/voices/{voice}")).status_code == 404
    assert (await served.stranger.ask("DELETE", f"/voices/{voice}")).status_code == 204
    assert (await served.stranger.get("/voices")).json()["items"] == []

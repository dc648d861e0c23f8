"""Speech over HTTP: with the real engine and a client of OpenAI's, and with the fake where only the door matters."""

import asyncio
import gc
import io
import wave
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from taleforge.accounts.values import DAY, Person, Quota
from taleforge.api.speaking import spoken_at
from taleforge.bootstrap import LOCAL_PERSON, LOCAL_SPACE, SECONDS
from taleforge.voice.caged import CagedSynthesiser
from taleforge.voice.cell import Cells
from taleforge.voice.fake import FakeStudio
from taleforge.voice.setup import Config, open_studio
from taleforge.voice.studio import Studio
from taleforge.voice.values import Engine
from tests.api.serving import Served, serving
from tests.conftest import Need
from tests.voice.test_cell import PROGRAM

PHRASES = "look around\nattack the goblin\nopen the door"


@pytest.fixture
async def served() -> AsyncGenerator[Served]:
    """Return a server on one's own machine that says silence."""
    async with serving() as made:
        yield made


LONG = b"RIFF" + bytes(125 * 32_000)
"""More than two minutes of silence, as the fake measures it."""


async def over(served: Served, job: str) -> dict[str, Any]:
    """Return a job when it is over, and told."""
    assert served.desk.house.jobs is not None
    await served.desk.house.jobs.wait(job, LOCAL_PERSON, 30)
    return (await served.stranger.get(f"/jobs/{job}")).json()


async def test_nobody_has_to_wait_for_what_is_heard(served: Served) -> None:
    """Without `wait` the answer is a job, which is mine alone; what was written down is fetched where it says."""
    file = (await served.stranger.post("//synthesize", {"text": "Look around"})).content
    answer = await transcribe(served, file, phrases=PHRASES, wait="false")
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['job']}"
    done = await over(served, answer.json()["job"])
    assert (done["state"], done["kind"]) == ("done", "transcribe")
    heard = (await served.stranger.http.get(done["result"])).json()
    assert heard == (await transcribe(served, file, phrases=PHRASES)).json()
    assert (await transcribe(served, b"PK\x03\x04" + bytes(99), wait="false")).json()["code"] == "audio/unreadable"


async def test_a_long_recording_is_a_job_that_is_waited_for(served: Served) -> None:
    """Its answer is the same as that of a short one; OpenAI's clients get it, too."""
    assert (await transcribe(served, LONG)).json()["text"] == "look around"
    form: dict[str, Any] = {"file": ("said.wav", LONG)}
    answer = await served.stranger.http.post("/v1/audio/transcriptions", files=form, data={"model": "any"})
    assert answer.json()["text"] == "look around"
    assert served.desk.house.jobs is not None
    assert (await served.desk.house.jobs.store.counts())["voice", "done"] == 2


async def transcribe(served: Served, file: bytes, token: str = "", **fields: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    form: dict[str, Any] = {"file": ("said.wav", file)}
    return await served.stranger.http.post("/transcribe", files=form, data=fields, headers=headers)


@pytest.mark.slow  # two seconds to import that client
async def test_an_openai_client_speaks_and_is_heard(need: Need) -> None:
    """The vendor's own client, pointed at us: it says a phrase, sends it back, and reads it."""
    for part in ("openai", "espeakng_loader", "pocketsphinx", "soundfile", "soxr"):
        need(part, f"pip install {part}")
    import openai  # noqa: PLC0415 - a second of imports, for this test alone

    async with (
        serving() as served,
        openai.AsyncOpenAI(api_key=served.owner.token, base_url=f"{served.address}/v1") as ai,
    ):
        served.desk.house.speech = studio = open_studio(Config(at_once=1))
        assert [model.id async for model in ai.models.list()] == ["procedural", "espeak", "pocketsphinx"]
        said = await ai.audio.speech.create(model="any", voice="alloy", input="look around", response_format="flac")
        heard = await ai.audio.transcriptions.create(model="any", file=("a.flac", said.content), prompt=PHRASES)
        assert heard.text == "look around"
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            await ai.audio.transcriptions.create(model="any", file=("a.wav", b"PK" + bytes(999)))
        assert refused.value.response.json()["code"] == "audio/unreadable"
        await studio.close()


async def test_what_was_said_is_a_file(served: Served) -> None:
    """A text comes back as a WAV, in the voice that its name has."""
    answer = await served.stranger.post("//synthesize", {"text": "Hail!", "voice": "chr_1", "traits": ["dwarf"]})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(answer.content)) as opened:
        assert opened.getframerate() == 24_000
    assert isinstance(fake := served.desk.house.speech, FakeStudio)
    assert fake.said[-1][1].accent == "en-GB-scotland"


async def test_what_is_heard_is_shown_with_choices(served: Served) -> None:
    """The text, and the phrases it may have been; at a table, those that my seat can say now."""
    file = (await served.stranger.post("//synthesize", {"text": "Look around"})).content
    said = (await transcribe(served, file, phrases=PHRASES)).json()
    assert (said["text"], said["choices"][0], said["language"]) == ("look around", "look around", "en")
    host = await served.playing()
    view = (await served.desk.room(host.table)).position.view(host.seat)
    said = (await transcribe(served, file, served.owner.token, table=host.table)).json()
    assert said["choices"]
    assert set(said["choices"]) <= set(spoken_at(view))
    assert (await transcribe(served, file, table="tbl_x")).status_code == 404


@pytest.mark.slow  # starts processes that crash
async def test_what_crashes_fails_its_request_and_the_server_lives(served: Served) -> None:
    """It wants more memory than it may have, or crashes when half was said, which nobody takes for all."""
    cells = Cells(Engine("clips"), 1, 30.0, PROGRAM)
    served.desk.house.speech = speech = Studio(cells, CagedSynthesiser(cells))
    hoarding = await served.stranger.post("//synthesize", {"text": "hoard"})
    assert (hoarding.status_code, hoarding.json()["code"]) == (503, "voice/unavailable")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        await served.stranger.post("//synthesize", {"text": "segfault"})
    assert (await served.stranger.get("//health")).status_code == 200
    assert (await served.stranger.post("//synthesize", {"text": "hello"})).content == b"hello"
    await speech.close()


@pytest.mark.parametrize(("file", "code"), [(b"", "audio/too_short"), (b"PK\x03\x04" + bytes(99), "audio/unreadable")])
async def test_what_is_no_sound_is_refused(served: Served, file: bytes, code: str) -> None:
    """Each with its code, so that a client can say what to do."""
    answer = await transcribe(served, file)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_upload_that_is_announced_too_large_is_refused_unread(served: Served) -> None:
    """Ten gigabytes are refused by their announcement."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(served.address.rpartition(":")[2]))
    writer.write(
        b"POST /transcribe HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10737418240\r\n"
        b"content-type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()


@pytest.mark.slow  # fifty megabytes go over the line
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Litestar drops the file unclosed
async def test_an_upload_without_an_end_is_cut_off(served: Served) -> None:
    """One that announces no length is counted: it ends little after the limit, and the server goes on."""
    sent = 0

    async def without_end() -> AsyncGenerator[bytes]:
        nonlocal sent
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF'
        while sent < 10 * 1024**3:
            sent += 1 << 20
            yield bytes(1 << 20)

    kind = {"content-type": "multipart/form-data; boundary=x"}
    with suppress(httpx.TransportError):  # it hangs up
        answer = await served.stranger.http.post("/transcribe", content=without_end(), headers=kind)
        assert answer.status_code == 413
    assert sent < 80 * 1024**2
    assert (await served.stranger.post("//synthesize", {"text": "Hail!"})).status_code == 200
    gc.collect()


async def test_a_text_that_is_too_long_is_refused(served: Served) -> None:
    """With the field that is too long."""
    answer = await served.stranger.post("//synthesize", {"text": "a" * 10_000})
    assert (answer.status_code, answer.json()["params"]["field"]) == (400, "text")


async def test_a_key_needs_the_scope(served: Served) -> None:
    """Who shows a key that may not is refused, though a stranger on this machine is not."""
    person = await served.desk.accounts.register(LOCAL_SPACE, "Dana", "d@example.org", "correct horse battery")
    assert isinstance(person, Person)
    key = await served.desk.accounts.api_key(person, "reader", ["read"])
    answer = await transcribe(served, b"", getattr(key, "secret", ""))
    assert (answer.status_code, answer.json()["code"]) == (403, "auth/scope")


async def test_a_server_with_accounts_wants_a_key() -> None:
    """Beyond one's own machine nobody speaks without a credential."""
    async with serving(access="accounts") as served:
        assert (await transcribe(served, b"")).status_code == 401


async def test_speech_counts_in_the_ledger(served: Served) -> None:
    """What was said is noted in seconds, what failed is not, and who has had enough waits."""
    served.desk.accounts._quotas = (Quota("person", SECONDS, 3, DAY),)
    await served.stranger.post("//synthesize", {"text": "A long word, and another one."})
    await transcribe(served, b"not a sound")
    used = (await served.owner.get("/usage")).json()["items"]
    assert [(one["resource"], one["amount"], one["state"]) for one in used] == [("seconds", 3, "settled")]
    answer = await served.stranger.post("//synthesize", {"text": "More."})
    assert (answer.status_code, answer.json()["code"]) == (429, "quota/exceeded")
    shown = (await served.stranger.get("//metrics")).text
    assert 'taleforge_voice_requests_total{outcome="done",task="speak"} 1.0' in shown
    assert 'taleforge_voice_sound_seconds_total{task="speak"} 0.2' in shown


async def test_a_table_plays_on_without_sound() -> None:
    """A server that neither speaks nor hears says so."""
    async with serving() as served:
        served.desk.house.speech = None
        answer = await served.stranger.post("//synthesize", {"text": "Hail!"})
        assert (answer.status_code, answer.json()["code"]) == (503, "voice/unavailable")

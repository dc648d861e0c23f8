"""The sound of a seat's stream: prose is read aloud to whoever asked, and what a player says is heard and shown."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

from taleforge.accounts.values import DAY, Quota
from taleforge.api.speaking import spoken_at
from taleforge.bootstrap import SECONDS
from taleforge.errors import SpeechFailed
from taleforge.voice.fake import FakeStudio
from taleforge.voice.values import Format, VoiceProfile
from tests.api.serving import Guest, Served, heard, serving, until


class Slow(FakeStudio):
    """Speaks when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def speak(self, text: str, profile: VoiceProfile, format: Format = "wav") -> AsyncGenerator[bytes]:  # noqa: A002 - as the protocol has it
        """Yield silence, later."""
        await self.let.wait()
        async for piece in super().speak(text, profile, format):
            yield piece


@pytest.fixture
async def served() -> AsyncGenerator[Served]:
    async with serving() as made:
        yield made


def fake(served: Served) -> FakeStudio:
    assert isinstance(served.desk.house.speech, FakeStudio)
    return served.desk.house.speech


async def say(socket: Any, **frame: Any) -> None:
    await socket.send(msgspec.json.encode(frame).decode())


async def tell(host: Guest) -> None:
    """Do something of which a story is told."""
    answer = await host.act("say", text="Who goes there?")
    assert answer.status_code == 200, answer.text


async def test_what_is_told_is_read_aloud_to_who_asked(served: Served) -> None:
    """A file for each sentence, in order, after the words; two who listen share it, who does not ask hears nothing."""
    host = await served.playing()
    async with (
        served.stream(host) as listening,
        served.stream(host) as beside,
        served.stream(host) as deaf,
    ):
        for socket in (listening, beside, deaf):
            await until(socket, "snapshot")
        for socket in (listening, beside):
            await say(socket, t="audio.out", format="wav")
            await say(socket, t="typing", on=True)
        await tell(host)
        (*_, prose), (*_, other) = await until(listening, "prose.final"), await until(beside, "prose.final")
        assert prose["d"]["text"] == other["d"]["text"]
        pieces = (await until(listening, "audio"))[-1:]
        while pieces[-1]["d"]["i"] + 1 < pieces[-1]["d"]["of"]:
            pieces += (await until(listening, "audio"))[-1:]
        assert [piece["d"]["i"] for piece in pieces] == list(range(len(pieces)))
        assert all("n" not in piece and piece["d"]["v"] == prose["d"]["v"] for piece in pieces)
        assert base64.b64decode(pieces[0]["d"]["data"]).startswith(b"RIFF")
        await until(beside, "audio")
        said = [text for text, _ in fake(served).said]
        assert "".join(said).replace(" ", "") == prose["d"]["text"].replace(" ", "")
        await say(deaf, t="audio.in", id="r", data="", last=True)
        assert "audio" not in {frame["t"] for frame in await until(deaf, "heard")}


async def test_the_table_does_not_wait_for_sound(served: Served) -> None:
    """While a voice takes for ever, commands are done and told; who is told much misses the oldest, and can stop."""
    served.desk.house.speech = slow = Slow()
    host = await served.playing()
    async with served.stream(host) as socket:
        await until(socket, "snapshot")
        await say(socket, t="audio.out", format="wav")
        for _ in range(7):
            await tell(host)
            await until(socket, "prose.final")
        await say(socket, t="audio.out", on=False)
        await say(socket, t="audio.in", id="r", data="", last=True)
        frames = await until(socket, "heard")
        slow.let.set()
        await say(socket, t="audio.in", id="r", data="", last=True)
        frames += await until(socket, "heard")
        assert "audio" not in {frame["t"] for frame in frames}


async def test_who_cannot_be_spoken_to_is_told_why(served: Served) -> None:
    """An engine that fails, a quota that is used up: a code in place of the sound, and the words are there anyway."""
    host = await served.playing()

    class Broken(FakeStudio):
        async def speak(self, text: str, profile: VoiceProfile, format: Format = "wav") -> AsyncGenerator[bytes]:  # noqa: A002 - as the protocol has it
            raise SpeechFailed("It crashed.", "Try again.")
            yield b""

    async with served.stream(host) as socket:
        await until(socket, "snapshot")
        await say(socket, t="audio.out", format="wav")
        served.desk.house.speech = Broken()
        await tell(host)
        *_, told = await until(socket, "audio")
        assert told["d"]["code"] == "voice/unavailable"
        served.desk.house.speech = FakeStudio()
        served.desk.accounts._quotas = (Quota("person", SECONDS, 0, DAY),)
        await tell(host)
        *_, told = await until(socket, "audio")
        assert told["d"]["code"] == "quota/exceeded"


async def test_what_a_player_says_is_shown_and_not_done(served: Served) -> None:
    """In pieces; the choices are what that seat can do now. What is no sound, or too much, is answered with a code."""
    host = await served.playing()
    view = (await served.desk.room(host.table)).position.view(host.seat)
    file = b"RIFF" + bytes(40_000)
    async with served.stream(host) as socket:
        await until(socket, "snapshot")
        for start in range(0, len(file), 16_000):
            piece = base64.b64encode(file[start : start + 16_000]).decode()
            await say(socket, t="audio.in", id="r1", data=piece, last=start + 16_000 >= len(file))
        answer = await heard(socket)
        assert (answer["t"], answer["d"]["re"], answer["d"]["text"]) == ("heard", "r1", answer["d"]["choices"][0])
        assert set(answer["d"]["choices"]) <= set(spoken_at(view))
        await say(socket, t="audio.in", id="r2", data=base64.b64encode(b"PK\x03\x04").decode(), last=True)
        assert (await heard(socket))["d"] == {"re": "r2", "code": "audio/unreadable"}
        piece = base64.b64encode(bytes(48_000)).decode()
        for _ in range(2 * 1024**2 // 48_000 + 1):
            await say(socket, t="audio.in", id="r3", data=piece)
        assert (await heard(socket))["d"] == {"re": "r3", "code": "audio/too_long"}
        assert (await served.desk.room(host.table)).position.view(host.seat).version == view.version

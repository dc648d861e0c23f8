"""The seat stream over a real socket: numbered frames, resume, answers, close codes, and readers who do not read."""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from taleforge.accounts.values import DAY
from taleforge.api import server
from taleforge.api.framing import BriefHttp, GentleSocket
from taleforge.api.stream import Stream
from taleforge.live.session import Session
from taleforge.live.stream import MOST_WAITING
from taleforge.messages.frames import Frame
from tests.api.serving import Guest, Served, heard, serving, until


def cmd(guest: Guest, id_: str, name: str, /, **data: Any) -> str:
    frame = {"t": "cmd", "d": {"id": id_, "name": name, "seat": guest.seat, "d": data}}
    return msgspec.json.encode(frame).decode()


async def closed(socket: ClientConnection) -> tuple[int, list[dict[str, Any]]]:
    """Return the close code, and the frames before it."""
    frames = [msgspec.json.decode(data) async for data in _all(socket)]
    await socket.wait_closed()
    return socket.close_code or 0, frames


async def _all(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    with suppress(ConnectionClosed):
        while True:
            yield await socket.recv()


async def test_a_stream_begins_with_a_snapshot_and_answers_commands() -> None:
    """The event that a command causes comes before its answer, numbered without a gap."""
    async with serving() as served:
        host = await served.playing()
        async with served.stream(host) as socket:
            first = await heard(socket)
            assert first["t"] == "snapshot"
            assert first["d"]["view"]["you"]["name"] == "Brannic"
            await socket.send(cmd(host, "cmd_1", "say", text="Good evening."))
            frames = await until(socket, "ack")
            numbers = [frame["n"] for frame in [first, *frames] if "n" in frame]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            assert "said" in [frame["d"].get("name") for frame in frames]
            assert frames[-1]["d"]["re"] == "cmd_1"


async def test_hello_since_brings_exactly_what_was_missed() -> None:
    """A seat that comes back is sent the frames after its last one, and no snapshot."""
    async with serving() as served:
        host = await served.playing()
        async with served.stream(host) as socket:
            last = (await heard(socket))["n"]
        await (await served.desk.room(host.table)).told()
        assert (await host.act("say", text="While I was away.")).status_code == 200
        async with served.stream(host, since=last) as socket:
            frames = await until(socket, "event")
            while frames[-1]["d"].get("name") != "said":
                frames += await until(socket, "event")
            assert frames[0]["n"] == last + 1
            assert "snapshot" not in {frame["t"] for frame in frames}
        async with served.stream(host, since=last + 10_000) as socket:
            assert (await heard(socket))["t"] == "snapshot"


@pytest.mark.parametrize(
    ("first", "code", "reason"),
    [
        ('{"t":"hello","token":"seat_unknown"}', 4401, "auth/unknown"),
        ('{"t":"cmd","d":{}}', 4400, "request/malformed"),
        ("what?", 4400, "request/malformed"),
        ('{"t":"hello"}', 4400, "request/malformed"),
        ("[" * 30_000, 4400, "request/malformed"),
    ],
)  # fmt: skip
async def test_who_does_not_say_hello_is_sent_away(first: str, code: int, reason: str) -> None:
    """A goodbye says why, and the close code mirrors it."""
    async with serving() as served:
        host = await served.host()
        async with served.socket(host.table) as socket:
            await socket.send(first)
            status, frames = await closed(socket)
            assert (status, frames) == (code, [{"t": "bye", "d": {"code": reason}}])


async def test_a_token_opens_its_own_seat_only() -> None:
    """Another table answers as one that is not there; keys and the local token open no seat."""
    async with serving() as served:
        mine, other = await served.host(), await served.host()
        for table, token, code in [
            (other.table, mine.token, 4404),
            ("tbl_nowhere", mine.token, 4404),
            (mine.table, served.owner.token, 4401),
        ]:
            async with served.socket(table) as socket:
                await socket.send(msgspec.json.encode({"t": "hello", "token": token}).decode())
                assert (await closed(socket))[0] == code


async def test_a_revoked_or_expired_token_ends_its_stream() -> None:
    """At once when it is revoked here; at the next heartbeat when its time is over."""
    async with serving(beat=0.05) as served:
        host = await served.playing()
        async with served.stream(host) as socket:
            await heard(socket)
            answer = await host.ask("DELETE", f"/tables/{host.table}/seats/{host.seat}/tokens")
            assert answer.status_code == 204
            assert (await closed(socket))[0] == 4401
        other = await served.playing()
        async with served.stream(other) as socket:
            await heard(socket)
            await served.services.clock.forward(31 * DAY / 1000)  # pyright: ignore[reportAttributeAccessIssue] - set by hand
            code, frames = await closed(socket)
            assert (code, frames[-1]["d"]["code"]) == (4401, "auth/expired")


async def test_a_ping_comes_with_every_heartbeat() -> None:
    """A client that answers stays; one that says nothing for too long is cut off."""
    async with serving(beat=0.05) as served:
        host = await served.playing()
        served.desk.silence = 1.0
        async with served.stream(host) as socket:
            for _ in range(10):
                await until(socket, "ping")
                await socket.send('{"t":"pong"}')
            await closed(socket)


async def test_who_does_not_read_is_dropped_and_slows_nobody() -> None:
    """Others are answered as ever, what waits for it is bounded, and it finds a fresh snapshot when it comes back."""
    async with serving(beat=0.05) as served:
        host = await served.playing()
        served.desk.patience = 0.2
        async with served.socket(host.table, max_queue=1) as socket:
            socket.transport.pause_reading()
            await socket.send(msgspec.json.encode({"t": "hello", "token": host.token}).decode())
            room = await served.desk.room(host.table)
            while not room._audience._streams:  # noqa: ASYNC110 - it is another task that connects
                await asyncio.sleep(0)
            (stream,) = room._audience._streams.values()
            (connection,) = stream.connections
            while stream.connections:
                stream.push(Frame("job", {"preview": "x" * 20_000}))
                assert len(connection._waiting) <= MOST_WAITING + 1
                await asyncio.sleep(0)
            assert connection._behind
            assert (await host.act("say", text="I am still here.")).status_code == 200
            socket.transport.abort()
        async with served.stream(host) as socket:
            assert (await heard(socket))["t"] == "snapshot"


async def test_nothing_of_a_stream_that_has_ended_stays_behind() -> None:
    """Python's collector looks seldom where tables are many, so no part of a connection is left to it."""

    def parts() -> Counter[type]:
        return Counter(
            kind for kind in map(type, gc.get_objects()) if kind in {BriefHttp, GentleSocket, Session, Stream}
        )

    async with serving() as served:
        host = await served.playing()
        gc.collect()
        gc.disable()
        try:
            before = during = parts()
            for _ in range(3):
                async with served.stream(host) as socket:
                    await heard(socket)
                    await socket.send(cmd(host, "cmd_1", "say", text="Good evening."))
                    await until(socket, "ack")
                    during = parts()
            await served.desk.sockets.gone(5)
            for _ in range(100):
                if parts() == before:
                    break
                await asyncio.sleep(0.01)
            assert during != before
            assert parts() == before
        finally:
            gc.enable()


async def test_a_closing_server_says_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stream is told to wait its own while, with close code 4408; /ready says no, new streams are refused."""
    monkeypatch.setattr(server, "SETTLE", 0.01)
    monkeypatch.setattr(server, "SPREAD", 0.02)
    async with serving() as served:
        host = await served.playing()
        async with served.stream(host) as one, served.stream(host) as two:
            await heard(one)
            await heard(two)
            served.desk.closing = True
            assert (await served.stranger.get("//ready")).status_code == 503
            with pytest.raises(InvalidStatus):
                await served.socket(host.table)
            served.server.should_exit = True
            ends = await asyncio.gather(closed(one), closed(two))
            assert [code for code, _ in ends] == [4408, 4408]
            waits = sorted(frames[-1]["d"]["after"] for _, frames in ends)
            assert server.SETTLE <= waits[0] < waits[1]


async def test_who_comes_in_as_the_server_closes_is_sent_on() -> None:
    """Let in before, but not there yet when everybody was told: they are told, too."""
    async with serving() as served:
        host = await served.playing()
        async with served.socket(host.table) as socket:
            served.desk.closing = True
            await socket.send(msgspec.json.encode({"t": "hello", "token": host.token}).decode())
            bye = msgspec.json.decode(await socket.recv())
            assert (bye["t"], bye["d"]["after"] > 0) == ("bye", True)
            await socket.wait_closed()
            assert socket.close_code == 4408
        served.desk.closing = False


async def test_streams_can_be_switched_off() -> None:
    """Then there is no such address."""
    async with serving(websocket=False) as served:
        host = await served.host()
        with pytest.raises(InvalidStatus):
            await served.socket(host.table)


@settings(max_examples=8)
@given(frames=st.lists(st.binary(max_size=80) | st.text(max_size=60), max_size=60))
def test_no_frame_ends_more_than_a_reply(frames: list[bytes | str]) -> None:
    """Whatever is sent after hello is answered or ignored, and the next command is done."""

    async def body() -> None:
        async with serving() as served:
            await fuzzed(served, frames)

    asyncio.run(body())


async def fuzzed(served: Served, frames: list[bytes | str]) -> None:
    host = await served.playing()
    async with served.stream(host) as socket:
        for frame in frames:
            await socket.send(frame)
        await socket.send(cmd(host, "cmd_last", "roll", expr="1d20"))
        while (await until(socket, "ack", "refused"))[-1]["d"]["re"] != "cmd_last":
            pass


async def test_whoever_watches_may_stop_the_scene() -> None:
    """They see what the party sees, and do nothing else; the answer counts like everybody's."""
    async with serving() as served:
        host = await served.playing()
        watcher = await served.follow(await host.invite("spectator"), "Cy")
        async with served.stream(watcher) as socket:
            await heard(socket)
            for id_, name, data in (
                ("cmd_1", "spectate", {"name": "Cy"}),
                ("cmd_2", "end_turn", {}),
                ("cmd_3", "xcard", {}),
            ):
                await socket.send(cmd(watcher, id_, name, **data))
                reply = (await until(socket, "ack", "refused"))[-1]
                assert reply["t"] == ("refused" if name == "end_turn" else "ack")
            view = (await watcher.get(f"/tables/{watcher.table}/view")).json()
            assert [view["seat"]["role"], view["table"]["stopped"], len(view["others"])] == ["spectator", True, 2]
            [asked] = view["decisions"]
            await socket.send(cmd(watcher, "cmd_4", "answer", decision=asked["id"], choice="stay"))
            assert (await until(socket, "ack", "refused"))[-1]["t"] == "ack"


async def test_whoever_is_sent_away_is_shut_out() -> None:
    """The stream ends, and the token opens it no more."""
    async with serving() as served:
        host = await served.playing()
        guest = await served.follow(await host.invite())
        assert (await guest.act("sit", pregen="cleric", name="Bob")).status_code == 200
        async with served.stream(guest) as socket:
            await heard(socket)
            assert (await host.act("kick", seat=guest.seat)).status_code == 200
            code, _ = await closed(socket)
        assert 4400 <= code <= 4499
        assert (await guest.act("sit", pregen="cleric", name="Bob")).status_code == 401

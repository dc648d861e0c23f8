"""A client's view follows the table, whatever happens to the connection."""

import asyncio
import gc
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from taleforge.client.table import TableClient
from taleforge.client.updates import Back, Happened, Lost, Other, Replied, Synced, Told, Update
from taleforge.errors import BadInput, Unavailable
from taleforge.live.ports import Services
from taleforge.live.room import Room
from taleforge.live.session import Session
from taleforge.live.stream import Sent
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.messages.events import DiceEntropy
from taleforge.messages.ids import CountingIds
from tests.live.outside import HandClock, client, new_table, quiet
from tests.live.test_room import playing, run, wish
from tests.table.game import GUEST, HOST
from tests.table.player import RandomPlayer

GOLDEN = Path(__file__).parents[1] / "golden/protocol/frames"


def frames_of(session: Session) -> list[Sent]:
    """Return the frames that wait to be read."""
    assert session._connection is not None
    return session._connection._waiting


class Script:
    """A table that says what the golden frames say, and answers each command as they do."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.hello = b""

    async def __call__(self) -> "Script":
        """Connect."""
        return self

    def say(self, kind: str, **changes: Any) -> None:
        """Send a golden frame, with some of what it says changed."""
        frame = json.loads((GOLDEN / f"{kind}.json").read_text())
        number = {"n": changes.pop("n")} if "n" in changes else {}
        self._frames.put_nowait(json.dumps(frame | number | {"d": frame["d"] | changes}).encode())

    async def send(self, data: bytes) -> None:
        """Take a frame."""
        said = json.loads(data)
        if said["t"] == "cmd":
            self.say(("ack", "refused", "ask")[len(said["d"]["d"]["text"]) - 1], re=said["d"]["id"])
        else:
            self.hello = self.hello or data

    async def receive(self) -> bytes:
        """Say the next."""
        return await self._frames.get()

    async def close(self) -> None:
        """Hang up."""


async def test_a_client_understands_every_golden_frame() -> None:
    """As they were promised to whoever writes a client: none is unknown, and each answer finds its command."""
    script = Script()
    script.say("snapshot")
    async with TableClient(script, HOST, CountingIds(), token="token") as client:
        feed = client.updates()
        for kind in ("presence", "typing", "ping", "prose.delta", "audio", "heard", "job"):
            script.say(kind)
        for number, kind in enumerate(("prose.final", "decision", "event"), 13):
            script.say(kind, n=number)
        replies = [await client.send(cmd.Say("!" * length)) for length in (1, 2, 3)]
        script.say("resync")
        script.say("snapshot", n=20)
        heard: list[Update] = []
        async for update in feed:
            heard.append(update)
            if isinstance(update, Synced):
                break
    assert [type(reply).__name__ for reply in replies] == ["Ack", "Refused", "Ask"]
    kinds = [type(update).__name__ for update in heard]
    assert kinds.count("Replied") == 3
    assert [kind for kind in kinds if kind not in {"Replied", "Other"}] == ["Told", "Asked", "Happened", "Synced"]
    others = {update.kind for update in heard if isinstance(update, Other)}
    assert others == {"presence", "typing", "prose.delta", "audio", "heard", "job"}
    assert json.loads(script.hello) == {"t": "hello", "token": "token"}


class Wire:
    """A way to a table that can be cut, and that loses what is said while it is cut."""

    def __init__(self, tables: Tables, table: str, seat: str) -> None:
        self._door = lambda: tables.door(table, seat)
        self.links: list[Session] = []
        self.hellos: list[dict[str, Any]] = []
        self.lose_answers = False
        self.refused = False

    async def __call__(self) -> "Wire":
        """Connect once more."""
        if self.refused:
            raise BadInput("The server refuses this seat.", "Ask the host for a new invite.")
        self.links.append(self._door())
        return self

    async def send(self, data: bytes) -> None:
        """Pass a frame on, and the answer only if it is not to be lost."""
        frame = msgspec.json.decode(data)
        if frame["t"] == "hello":
            self.hellos.append(frame)
        await self.links[-1].send(data)
        if self.lose_answers and frame["t"] == "cmd":
            self.lose_answers = False
            frames_of(self.links[-1]).clear()
            await self.cut()

    async def receive(self) -> bytes:
        """Return the next frame."""
        return await self.links[-1].receive()

    async def close(self) -> None:
        """End the connection."""
        await self.links[-1].close()

    async def cut(self) -> None:
        """Break the connection from the other end."""
        await self.links[-1].close()


def wired(tables: Tables, table: str, seat: str = HOST) -> tuple[TableClient, Wire]:
    wire = Wire(tables, table, seat)

    async def at_once(_attempt: int) -> None:
        await asyncio.sleep(0)

    return TableClient(wire, seat, CountingIds(start=7000), pause=at_once), wire


async def settled(room: Room) -> None:
    """Return when the table waits for somebody, and everybody has read what happened."""
    while room.position.automatic() is not None:
        await quiet(1)
    await quiet(10)


async def until(feed: Any, kind: type[Any]) -> list[Update]:
    """Return the updates up to the first of a kind."""
    seen: list[Update] = []
    async for update in feed:
        seen.append(update)
        if isinstance(update, kind):
            return seen
    raise AssertionError(f"no {kind.__name__}: {seen}")


@pytest.mark.parametrize("seed", range(3))
def test_client_state_and_frames_are_a_fresh_snapshot(seed: int) -> None:
    """After every command of anybody, each client's view equals the view made anew for its seat."""

    async def body(tables: Tables, _: Services) -> None:
        table = await new_table(tables)
        room = await tables.room(table)
        async with client(tables, table, HOST) as ann, client(tables, table, GUEST) as bob:
            assert isinstance(await ann.send(cmd.Sit("fighter", "Ann")), Ack)
            assert isinstance(await bob.send(cmd.Sit("cleric", "Bob")), Ack)
            await ann.send(cmd.Ready())
            await bob.send(cmd.Ready())
            player = RandomPlayer(seed)
            for _round in range(60):
                for one in (ann, bob):
                    await one.send(player.choose(one.view))
                    await settled(room)
                    for seen in (ann, bob):
                        assert seen.view == room.position.view(seen.seat)

    run(body)


def test_an_answer_is_read_after_what_it_changed() -> None:
    """When `send` returns, the view already shows the deed."""

    async def body(tables: Tables, _: Services) -> None:
        table = await playing(tables)
        async with client(tables, table, HOST) as ann:
            reply = await ann.send(cmd.Say("Hello."))
            assert isinstance(reply, Ack)
            assert ann.view.version == reply.v

    run(body)


def test_updates_tell_what_happened_in_order() -> None:
    """The deed, the answer, the story; to every listener, from when it began to listen."""

    async def body(tables: Tables, _: Services) -> None:
        table = await playing(tables)
        await (await tables.room(table)).told()
        async with client(tables, table, HOST) as ann:
            feed, other = ann.updates(), ann.updates()
            await ann.send(cmd.Say("Hello."))
            first, *later = [await anext(feed) for _ in range(3)]
            assert isinstance(first, Happened)
            assert first.event.name == "said"
            assert first.view == ann.view
            assert {type(update) for update in later} == {Replied, Told}
            assert [await anext(other) for _ in range(3)] == [first, *later]

    run(body)


def test_a_lost_connection_is_made_again_where_it_broke_off() -> None:
    """Exactly the missed frames come; the listener hears that it was lost, and of everything that happened."""

    async def body(tables: Tables, _: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        await room.told()
        ann, wire = wired(tables, table)
        async with ann:
            feed = ann.updates()
            last = ann._n
            await wire.cut()
            await room.submit(wish(cmd.Say("While you were away.")))
            await room.told()
            seen = await until(feed, Told)
            assert [type(update) for update in seen] == [Lost, Back, Happened, Told]
            assert wire.hellos[1]["since"] == last
            assert ann.view == room.position.view(HOST)

    run(body)


def test_a_command_whose_answer_was_lost_is_done_once() -> None:
    """It is sent again under its id when there is a connection again, and answered as it was."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        ann, wire = wired(tables, table)
        async with ann:
            wire.lose_answers = True
            reply = await ann.send(cmd.Say("Once."))
            assert isinstance(reply, Ack)
            assert len(wire.links) == 2
            assert [e.cmd for e in await outside.log.read(table)].count(reply.re) == 1
            assert ann.view == (await tables.room(table)).position.view(HOST)

    run(body)


def test_who_leaves_while_something_is_sent_is_told_of_no_fault() -> None:
    """Neither by an answer that will not come, nor by a line of the log that nobody waited for it."""
    said: list[object] = []

    async def body(tables: Tables, _: Services) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context))
        ann = wired(tables, await playing(tables))[0]
        async with ann:
            sending = asyncio.create_task(ann.send(cmd.Say("one")))
            await asyncio.sleep(0)
            ann._end()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        del sending
        gc.collect()
        await quiet()

    run(body)
    assert said == []


def test_a_gap_is_never_read_over() -> None:
    """A frame that does not follow the last one makes the client ask again for what is missing."""

    async def body(tables: Tables, _: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        await room.told()
        ann, wire = wired(tables, table)
        async with ann:
            waiting = frames_of(wire.links[-1])
            await room.submit(wish(cmd.Say("one")))
            waiting.pop(0)
            await room.submit(wish(cmd.Say("two")))
            await room.told()
            await quiet()
            assert len(wire.links) == 2
            assert ann.view == room.position.view(HOST)

    run(body)


def test_a_restarted_server_is_followed() -> None:
    """Numbers of the old process mean nothing to the new one: the client is given a snapshot and goes on."""
    clock = HandClock()

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        doors = [tables, Tables(outside)]

        async def connect() -> Session:
            return doors[0].door(table, HOST)

        async def at_once(_attempt: int) -> None:
            await asyncio.sleep(0)

        async with TableClient(connect, HOST, CountingIds(start=7000), pause=at_once) as ann:
            feed = ann.updates()
            await ann.send(cmd.Say("Before."))
            old = doors.pop(0)
            await clock.forward(10)
            await old.close()
            assert isinstance((await until(feed, Synced))[-1], Synced)
            assert isinstance(await ann.send(cmd.Say("After.")), Ack)
        await doors[0].close()

    run(body, clock=clock)


def test_a_table_that_is_not_there_is_said_so() -> None:
    """Connecting raises what the other side raised, and does not try for ever."""

    async def body(tables: Tables, _: Services) -> None:
        with pytest.raises(BadInput, match="tbl_nowhere"):
            async with client(tables, "tbl_nowhere", HOST):
                pass

    run(body)


def test_a_seat_that_is_not_wanted_any_more_waits_for_nothing() -> None:
    """Whoever was sent away hears that it is final, and a command is answered with the reason at once."""

    async def body(tables: Tables, _: Services) -> None:
        mine, wire = wired(tables, await playing(tables))
        async with mine:
            updates = mine.updates()
            wire.refused = True
            await wire.cut()
            heard = [update async for update in updates]
            assert heard[-1] == Lost("The server refuses this seat.", final=True)
            with pytest.raises(BadInput, match="refuses"):
                await mine.send(cmd.Say("Hello?"))

    run(body)


def test_closing_tells_whoever_waits() -> None:
    """An answer that cannot come any more is an error, and listeners come to an end."""

    async def body(tables: Tables, _: Services) -> None:
        table = await playing(tables)
        ann, wire = wired(tables, table)
        async with ann:
            feed = ann.updates()
            await wire.cut()
            wire._door = lambda: tables.door("tbl_nowhere", HOST)
            waiting = asyncio.create_task(ann.send(cmd.Say("Hello?")))
            await quiet()
        with pytest.raises((Unavailable, BadInput)):
            await waiting
        assert [type(update) async for update in feed][:1] == [Lost]

    run(body)


def test_a_seat_has_its_share_in_every_new_commitment() -> None:
    """When the table commits to dice, the client sends 32 bytes, and the salt is no longer the table's own."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await new_table(tables)

        async def connect() -> Session:
            return tables.door(table, HOST)

        async with TableClient(connect, HOST, CountingIds(start=7000), entropy=lambda n: b"e" * n) as ann:
            await ann.send(cmd.Sit("fighter", "Ann"))
            await quiet()
            await (await tables.room(table)).rotate()
            await quiet()
        log = await outside.log.read(table)
        given = [event.d.bytes for event in log if isinstance(event.d, DiceEntropy)]
        assert given == ["65" * 32] * 2
        assert [event.name for event in log[-3:]] == ["dice.revealed", "dice.committed", "dice.entropy"]

    run(body)


def test_a_slow_listener_is_given_a_fresh_view() -> None:
    """Nothing waits for it, and it never holds more than its share."""

    async def body(tables: Tables, _: Services) -> None:
        table = await playing(tables)
        async with client(tables, table, HOST) as ann:
            feed = ann.updates()
            for _time in range(5000):
                ann._emit(Lost("x"))
            first = await anext(feed)
            assert isinstance(first, Synced)
            assert first.view == ann.view
            assert len(feed._waiting) < 1000

    run(body)

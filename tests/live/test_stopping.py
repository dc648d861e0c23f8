"""The X-card among several clients: who is waited for, what is not told again, and what nothing gives away."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from structlog.testing import capture_logs

from taleforge.errors import StoreFull
from taleforge.live.ports import Services
from taleforge.live.room import Room
from taleforge.live.stream import Connection, Sent
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.codec import encode
from taleforge.messages.commands import Ack, Command, command
from taleforge.messages.ids import CountingIds
from taleforge.store.memory import MemoryStore
from tests.live.outside import HandClock, new_table, services
from tests.table.game import GUEST, HOST

ids = CountingIds(start=10**7)


def run(body: Callable[[Tables, Services], Awaitable[None]], **changes: Any) -> None:
    """Run a test on the tables of a fresh process."""

    async def on_tables() -> None:
        outside = services(**changes)
        tables = Tables(outside)
        try:
            await body(tables, outside)
        finally:
            await tables.close()

    asyncio.run(on_tables())


def wish(data: cmd.CommandData, seat: str = HOST) -> Command:
    """Return a command of a seat."""
    return command(ids("cmd"), seat, data)


async def done(room: Room, data: cmd.CommandData, seat: str = HOST) -> None:
    """Have a command done."""
    reply = await room.submit(wish(data, seat))
    assert isinstance(reply, Ack), reply


async def playing(tables: Tables) -> Room:
    """Return the room of a table with two players, after a deed that was told of."""
    room = await tables.room(await new_table(tables))
    await done(room, cmd.Sit("fighter", "Ann"))
    await done(room, cmd.Sit("cleric", "Bob"), GUEST)
    await done(room, cmd.Ready())
    await done(room, cmd.Ready(), GUEST)
    await done(room, cmd.UseOption("do:ask_store"))
    await room.told()
    return room


async def answer(room: Room, way: str, seat: str) -> None:
    """Ask for a way back."""
    [asked] = room.position.view(seat).decisions
    await done(room, cmd.Answer(asked.id, way), seat)


async def heard(connection: Connection) -> list[Sent]:
    """Return the frames that wait."""
    frames: list[Sent] = []
    while True:
        try:
            frame = await asyncio.wait_for(connection.receive(), 0.01)
        except TimeoutError:
            return frames
        assert frame is not None
        frames.append(frame)


def test_play_goes_on_when_all_have_answered() -> None:
    """Not before, however often one of them answers; then without anybody having to say so."""

    async def body(tables: Tables, _: Services) -> None:
        room = await playing(tables)
        await done(room, cmd.XCard(), GUEST)
        for _again in range(3):
            await answer(room, "stay", HOST)
        assert room.position.status == "paused"
        await answer(room, "deed", GUEST)
        assert room.position.status == "playing"
        assert room.position.view(HOST).journal[-1].kind != "clue"

    run(body)


def test_the_table_goes_back_when_time_is_over() -> None:
    """By the default, and then waits for somebody to go on."""
    clock = HandClock()

    async def body(tables: Tables, _: Services) -> None:
        room = await playing(tables)
        await done(room, cmd.XCard(), GUEST)
        await clock.forward(119)
        assert room.position.view(HOST).decisions
        await clock.forward(1)
        assert not room.position.view(HOST).decisions
        assert room.position.status == "paused"
        await done(room, cmd.Resume())

    run(body, clock=clock)


def test_what_was_taken_back_is_not_told_again() -> None:
    """Not to whoever reconnects, with or without what they have, and not after a restart."""

    async def body(tables: Tables, outside: Services) -> None:
        room = await playing(tables)
        before = room.connect(GUEST)
        [snapshot] = await heard(before)
        since = snapshot.d["n"]
        before.close()
        await done(room, cmd.UseOption("do:call"))
        await room.told()
        missed = [f for f in await heard(room.connect(GUEST, since)) if f.t == "prose.final"]
        assert any(frame.d["text"] for frame in missed)
        gone = {frame.d["v"] for frame in missed}
        await done(room, cmd.Undo())
        await room.told()

        again = [f for f in await heard(room.connect(GUEST, since)) if f.t == "prose.final"]
        assert [frame.d["text"] for frame in again if frame.d["v"] in gone] == [""] * len(gone)
        assert [frame.n for frame in again][: len(missed)] == [frame.n for frame in missed]
        [fresh] = await heard(room.connect(GUEST))
        assert not gone & {prose["v"] for prose in fresh.d["prose"]}

        others = Tables(outside)
        [opened] = await heard((await others.room(room.table)).connect(GUEST))
        await others.close()
        assert not gone & {prose["v"] for prose in opened.d["prose"]}

    run(body)


def test_prose_that_comes_after_the_rewinding_is_kept_back() -> None:
    """A slow narrator does not bring up what the table wanted to be rid of."""

    async def body(tables: Tables, _: Services) -> None:
        room = await playing(tables)
        connection = room.connect(GUEST)
        await heard(connection)
        await asyncio.gather(room.submit(wish(cmd.UseOption("do:call"))), room.submit(wish(cmd.Undo())))
        await room.told()
        told = [frame.d["text"] for frame in await heard(connection) if frame.t == "prose.final"]

        assert told == ["table.rewound"]

    run(body)


def test_every_seat_hears_the_same_of_it() -> None:
    """Frame for frame, whoever pressed: nothing comes to one that does not come to the other."""

    async def body(tables: Tables, _: Services) -> None:
        room = await playing(tables)
        streams = {seat: room.connect(seat) for seat in (HOST, GUEST)}
        for stream in streams.values():
            await heard(stream)
        await done(room, cmd.XCard(), GUEST)
        await answer(room, "deed", GUEST)
        await answer(room, "stay", HOST)
        both = [
            [(f.t, f.d.get("name"), f.d.get("by"), f.d.get("cmd")) for f in await heard(s)] for s in streams.values()
        ]

        assert both[0] == both[1]
        assert (GUEST in json.dumps(both)) is False

    run(body)


class FullStore(MemoryStore):
    """A store that has no room for what is stopped."""

    async def append(self, table: str, expected: int, events: Any, *rest: Any, **named: Any) -> None:
        """Refuse the events of the X-card and of its answers."""
        if any(event.name.startswith("rewind.") for event in events):
            raise StoreFull("The disk is full.", "Free some room.")
        await super().append(table, expected, events, *rest, **named)


def test_not_even_a_failure_tells_who_pressed() -> None:
    """The line that says that something could not be stored names neither seat nor command."""
    store = FullStore()

    async def body(tables: Tables, _: Services) -> None:
        room = await playing(tables)
        pressed = wish(cmd.XCard(), GUEST)
        with capture_logs() as lines:
            reply = await room.submit(pressed)
        assert getattr(reply, "code", "") == "store/full"
        assert [line["event"] for line in lines] == ["command.not_stored"]
        assert GUEST not in repr(lines)
        assert pressed.id not in repr(lines)

    run(body, log=store, secrets=store)


def test_who_answered_is_stored_nowhere() -> None:
    """Neither the log nor anything else that is kept holds the seat beside what was asked for."""

    async def body(tables: Tables, outside: Services) -> None:
        room = await playing(tables)
        await done(room, cmd.XCard(), GUEST)
        await answer(room, "deed", GUEST)
        log = await outside.log.read(room.table)
        pressed = next(index for index, event in enumerate(log) if event.name == "table.paused")
        for event in log[pressed:]:
            assert event.by.seat is None
            assert event.cmd is None
            assert event.name == "rewind.offered" or GUEST.encode() not in encode(event)

    run(body)

"""Who is connected, and who is gone: everybody at the table sees it, on whichever process each is."""

import asyncio
from typing import Any

import msgspec

from taleforge.live.attendance import AWAY_AFTER
from taleforge.live.session import Session
from taleforge.live.stream import Connection
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, command
from taleforge.messages.frames import Frame, Typing
from tests.live.cluster import Cluster, Node, ask, cluster_of
from tests.live.outside import quiet
from tests.table.game import GUEST, HOST

STRANGER = "seat_00000000000000000000000009"


def seen(connection: Connection, kind: str = "presence") -> list[Any]:
    """Return what a connection was sent of one kind, without waiting; what it was sent is gone then."""
    frames = [frame.d for frame in connection._waiting if frame.t == kind]
    connection._waiting.clear()
    return frames


async def connected(cluster: Cluster, node: Node, table: str, seat: str) -> Connection:
    """Return a new connection of a seat at a node."""
    connection = (await cluster.until(node.tables.room(table))).connect(seat)
    await quiet()
    return connection


async def away(cluster: Cluster, table: str) -> set[str]:
    """Return the seats that are away, by the log."""
    seats = (await cluster.truth(table)).view("").seats
    return {seat.id for seat in seats.values() if seat.away}


async def test_everybody_at_the_table_sees_who_comes_and_goes() -> None:
    """On whichever process each is connected; a stranger without a seat neither sees nor is seen."""
    async with cluster_of("a", "b", "c") as (cluster, (a, b, c)):
        table = await cluster.playing(a)
        ann = await connected(cluster, a, table, HOST)
        assert seen(ann) == []
        stranger = await connected(cluster, a, table, STRANGER)
        bob = await connected(cluster, b, table, GUEST)
        assert seen(bob) == [{"seats": [HOST, GUEST]}]
        assert seen(ann) == [{"seats": [HOST, GUEST]}]
        again = await connected(cluster, c, table, HOST)
        assert seen(again) == [{"seats": [HOST, GUEST]}]
        ann.close()
        await quiet()
        assert seen(bob) == []
        again.close()
        await quiet()
        assert seen(bob) == [{"seats": [GUEST]}]
        assert seen(stranger) == []


async def test_typing_is_seen_by_the_others() -> None:
    """Each change once, not by oneself, across processes; it is stored nowhere."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        before = await cluster.log(table)
        ann, bob = await connected(cluster, a, table, HOST), await connected(cluster, b, table, GUEST)
        for node, seat, other, own in ((a, HOST, bob, ann), (b, GUEST, ann, bob)):
            door: Session = node.tables.door(table, seat)
            await door.send(b'{"t":"hello","token":""}')
            for on in (True, True, False, True, False, True, False):
                await door.send(msgspec.json.encode(Typing(on)))
            await quiet()
            assert seen(other, "typing") == [{"seat": seat, "on": True}, {"seat": seat, "on": False}]
            assert seen(own, "typing") == []
            await door.close()
        assert await cluster.log(table) == before


async def test_a_frame_for_a_seat_reaches_it_wherever_it_is() -> None:
    """Once on each connection, from the owner's process and from one that mirrors the table; nobody else hears it."""
    async with cluster_of("a", "b", "c") as (cluster, (a, b, c)):
        table = await cluster.playing(a)
        ann = [await connected(cluster, node, table, HOST) for node in (a, b, c)]
        bob = await connected(cluster, b, table, GUEST)
        for number, node in enumerate((a, b, c)):
            (await node.tables.room(table)).push(HOST, Frame("job", {"progress": number}))
            await quiet()
            assert [seen(connection, "job") for connection in ann] == [[{"progress": number}]] * 3
        assert seen(bob, "job") == []


async def test_whoever_is_gone_for_long_is_away_until_they_come_back() -> None:
    """Connections anywhere count; being away is noted in the log, and so is coming back."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        await connected(cluster, a, table, HOST)
        bob, other = await connected(cluster, b, table, GUEST), await connected(cluster, a, table, GUEST)
        bob.close()
        await cluster.settle(AWAY_AFTER + 5)
        assert await away(cluster, table) == set()
        other.close()
        await cluster.settle(AWAY_AFTER - 5)
        assert await away(cluster, table) == set()
        await cluster.settle(10)
        assert await away(cluster, table) == {GUEST}
        await connected(cluster, b, table, GUEST)
        await quiet()
        assert await away(cluster, table) == set()


async def test_a_short_absence_is_no_absence() -> None:
    """Whoever is back in time was never away."""
    async with cluster_of("a") as (cluster, (a,)):
        table = await cluster.playing(a)
        await connected(cluster, a, table, HOST)
        for _ in range(3):
            bob = await connected(cluster, a, table, GUEST)
            await cluster.settle(5)
            bob.close()
            await cluster.settle(AWAY_AFTER / 2)
        await connected(cluster, a, table, GUEST)
        await cluster.settle(AWAY_AFTER * 2)
        assert await away(cluster, table) == set()


async def test_a_table_does_not_play_on_alone() -> None:
    """When everybody is gone nobody is away; the first who comes back finds the others so, after their time."""
    async with cluster_of("a") as (cluster, (a,)):
        table = await cluster.playing(a)
        ann, bob = await connected(cluster, a, table, HOST), await connected(cluster, a, table, GUEST)
        ann.close()
        bob.close()
        await cluster.settle(AWAY_AFTER * 3)
        assert await away(cluster, table) == set()
        await connected(cluster, a, table, HOST)
        await cluster.settle(AWAY_AFTER + 5)
        assert await away(cluster, table) == {GUEST}


async def test_a_paused_table_waits_for_everybody() -> None:
    """Nobody is away until it goes on."""
    async with cluster_of("a") as (cluster, (a,)):
        table = await cluster.playing(a)
        await connected(cluster, a, table, HOST)
        (await connected(cluster, a, table, GUEST)).close()
        assert isinstance(await ask(cluster, a, table, command("cmd_pause", HOST, cmd.Pause())), Ack)
        await cluster.settle(AWAY_AFTER * 2)
        assert await away(cluster, table) == set()
        assert isinstance(await ask(cluster, a, table, command("cmd_resume", HOST, cmd.Resume())), Ack)
        await cluster.settle(AWAY_AFTER + 5)
        assert await away(cluster, table) == {GUEST}


async def test_the_next_owner_knows_who_was_there() -> None:
    """Those who are connected elsewhere are not seen to go; whoever was connected to the dead one is, and is away."""
    async with cluster_of("a", "b", "c") as (cluster, (a, b, c)):
        table = await cluster.playing(a)
        await connected(cluster, a, table, GUEST)
        ann, eve = await connected(cluster, b, table, HOST), await connected(cluster, c, table, HOST)
        await cluster.settle(2)
        seen(ann)
        a.kill()
        await cluster.settle(12)
        assert cluster.owner(table) in {"b", "c"}
        assert seen(ann) == [{"seats": [HOST]}]
        assert all(HOST in frame["seats"] for frame in seen(eve))
        await cluster.settle(AWAY_AFTER + 5)
        assert await away(cluster, table) == {GUEST}


async def test_whoever_was_only_at_a_dead_owner_is_away() -> None:
    """Also where the next owner had not heard of the table, and so of nobody there."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        await connected(cluster, a, table, GUEST)
        a.kill()
        await cluster.settle(8)
        await connected(cluster, b, table, HOST)
        await cluster.settle(AWAY_AFTER - 5)
        assert await away(cluster, table) == set()
        await cluster.settle(10)
        assert await away(cluster, table) == {GUEST}


async def test_whoever_acts_is_there_without_a_connection() -> None:
    """As those who play by single requests: while they ask for something they are not away, else until they do."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        await connected(cluster, a, table, HOST)
        for number in range(3):
            assert isinstance(await ask(cluster, b, table, command(f"cmd_{number}", GUEST, cmd.Say("Here."))), Ack)
            await cluster.settle(AWAY_AFTER / 2)
        assert await away(cluster, table) == set()
        await cluster.settle(AWAY_AFTER * 2)
        assert await away(cluster, table) == {GUEST}
        assert isinstance(await ask(cluster, b, table, command("cmd_back", GUEST, cmd.Say("Sorry."))), Ack)
        await quiet()
        assert await away(cluster, table) == set()


async def test_a_clock_that_is_set_harms_no_attendance() -> None:
    """Back by an hour, or forward: connections elsewhere count as ever, and those of a dead process no longer."""
    for hours in (-1, 1):
        async with cluster_of("a", "b") as (cluster, (a, b)):
            table = await cluster.playing(a)
            ann, _ = await connected(cluster, a, table, HOST), await connected(cluster, b, table, GUEST)
            cluster.clock.jump(3600 * hours)
            seen(ann)
            await cluster.settle(8)
            assert seen(ann) == []
            b.kill()
            await cluster.settle(8)
            assert seen(ann) == [{"seats": [HOST]}]


async def test_attendance_ends_with_its_room() -> None:
    """Nothing waits any more for whoever was gone."""
    async with cluster_of("a") as (cluster, (a,)):
        table = await cluster.playing(a)
        await connected(cluster, a, table, HOST)
        (await connected(cluster, a, table, GUEST)).close()
        await cluster.until(a.tables.close())
        left = [task.get_name() for task in asyncio.all_tasks() if "attendance" in task.get_name()]
        assert left == []
        a.bus.cut()

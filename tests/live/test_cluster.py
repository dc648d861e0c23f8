"""Several processes at one set of tables: one owner each, all hear the same, and nothing acknowledged is lost."""

import asyncio
from contextlib import AsyncExitStack
from itertools import groupby
from random import Random
from typing import TypeVar

import msgspec
import pytest

from taleforge.client.table import TableClient
from taleforge.errors import Unavailable
from taleforge.live import tables
from taleforge.live.inbox import Moved
from taleforge.live.owner import Owner
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, Ask, Command, Refused, command
from taleforge.messages.events import Event
from taleforge.messages.ids import CountingIds
from tests.live.cluster import Cluster, Node, Wanderer, ask, client, cluster_of
from tests.live.outside import quiet
from tests.table.game import GUEST, HOST
from tests.table.player import RandomPlayer

T = TypeVar("T")

ids = CountingIds(start=10**6)


async def _result(task: "asyncio.Task[T]") -> T:
    return await task


def say(text: str, seat: str = HOST) -> Command:
    return command(ids("cmd"), seat, cmd.Say(text))


async def test_seats_of_a_table_on_different_nodes_hear_the_same() -> None:
    """Whoever is asked, the owner decides; each seat's view and prose are the same wherever it is connected."""
    async with cluster_of("a", "b", "c") as (cluster, (a, b, c)):
        table = await cluster.playing(a)
        async with client(b, table, HOST) as ann, client(c, table, GUEST) as bob:
            assert isinstance(await cluster.until(ann.send(cmd.Say("From b."))), Ack)
            assert isinstance(await cluster.until(bob.send(cmd.Say("From c."))), Ack)
            assert isinstance(await ask(cluster, a, table, say("From a.")), Ack)
            await quiet()
            await cluster.agreed(table, ann, bob)
            assert await cluster.said(table) == ["From b.", "From c.", "From a."]
            told = await cluster.store.read_prose(table)
            for node in (a, b, c):
                known = (await node.tables.room(table))._audience._prose
                assert list(known) == told[-len(known) :]


async def test_an_answer_from_elsewhere_is_read_after_what_it_changed() -> None:
    """Also where events travel slower than answers."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        cluster.hub.slow = "table:"
        async with client(b, table, HOST) as ann:
            for number in range(5):
                reply = await cluster.until(ann.send(cmd.Say(str(number))))
                assert isinstance(reply, Ack)
                assert ann.view.version >= reply.v


async def test_a_mirror_that_missed_something_reads_the_log_at_the_next_message() -> None:
    """Events and prose, in the very moment in which it hears what does not follow on."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(a, table, HOST) as ann, client(b, table, GUEST) as bob:
            await quiet()
            for wish, lose in ((cmd.Say("Lost."), 1.0), (cmd.RollDice("1d6"), 0.0)):
                cluster.hub.lose = lose
                assert isinstance(await ann.send(wish), Ack)
                await quiet()
            await cluster.agreed(table, ann, bob)
            assert isinstance(await ann.send(cmd.Say("Heard.")), Ack)
            await quiet()
            await cluster.told_alike(table, a, b)


async def test_the_last_words_are_heard_though_they_were_lost() -> None:
    """No message follows them: the next look finds that something is missing."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(a, table, HOST) as ann, client(b, table, GUEST) as bob:
            await quiet()
            cluster.hub.lose = 1.0
            assert isinstance(await ann.send(cmd.Say("Lost.")), Ack)
            await quiet()
            cluster.hub.lose = 0.0
            await cluster.settle(2)
            await cluster.agreed(table, ann, bob)
            await cluster.told_alike(table, a, b)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_the_bus_does_state_and_frames_are_a_fresh_snapshot(seed: int) -> None:
    """Messages are lost, doubled and late; every seat on every node ends where the log does, each command done once."""
    async with cluster_of("a", "b", "c", seed=seed) as (cluster, nodes):
        table = await cluster.playing(nodes[0])
        cluster.hub.lose, cluster.hub.double, cluster.hub.delay = 0.2, 0.2, 0.5
        clients = [client(node, table, seat) for node in nodes for seat in (HOST, GUEST)]
        for one in clients:
            await cluster.until(one.__aenter__())
        player = RandomPlayer(seed)
        for number in range(30):
            one = clients[player.random.randrange(len(clients))]
            await cluster.until(one.send(player.choose(one.view)))
            if number % 10 == 9:
                await cluster.settle(8)
                await cluster.agreed(table, *clients)
        runs = [cause for cause, _ in groupby(event.cmd for event in await cluster.log(table)) if cause]
        assert len(runs) == len(set(runs))
        cluster.hub.lose = 0.0
        await cluster.settle()
        await cluster.told_alike(table, *nodes)
        for one in clients:
            await one.__aexit__(None, None, None)


async def test_a_dead_owner_is_followed_by_another() -> None:
    """What it acknowledged is there once; what it did not answer is done by the next one; no connection notices."""
    async with cluster_of("a", "b", "c") as (cluster, (a, b, c)):
        table = await cluster.playing(a)
        async with client(b, table, HOST) as ann, client(c, table, GUEST) as bob:
            links = ann._link, bob._link
            listener = (await a.tables.room(table)).connect(HOST)
            acked = [f"{n}" for n in range(5)]
            for text in acked:
                assert isinstance(await cluster.until(ann.send(cmd.Say(text))), Ack)
            waiting = [asyncio.create_task(one.send(cmd.Say("In flight."))) for one in (ann, bob)]
            a.kill()
            replies = [await cluster.until(_result(task)) for task in waiting]
            assert all(isinstance(reply, Ack) for reply in replies)
            assert cluster.owner(table) in {"b", "c"}
            await cluster.settle()
            await cluster.agreed(table, ann, bob)
            assert await cluster.said(table) == [*acked, "In flight.", "In flight."]
            assert links == (ann._link, bob._link)
            listener.close()


async def test_a_frozen_owner_that_wakes_writes_nothing() -> None:
    """What it was about to write is written by the next owner or by nobody, once; and its own seats hear the truth."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(a, table, HOST) as ann, client(b, table, GUEST) as bob:
            a.gate.shut()
            asked = asyncio.create_task(ann.send(cmd.Say("Before I slept.")))
            await cluster.settle(8)
            assert isinstance(await cluster.until(bob.send(cmd.Say("While you slept."))), Ack)
            assert cluster.owner(table) == "b"
            a.gate.thaw()
            assert isinstance(await cluster.until(_result(asked)), Ack)
            assert not (await a.tables.room(table)).owned
            await cluster.settle()
            await cluster.agreed(table, ann, bob)
            assert await cluster.said(table) == ["While you slept.", "Before I slept."]


async def test_an_owner_that_slept_unnoticed_is_fenced_off_at_its_first_write() -> None:
    """Before it looks at the store again, and though the next owner wrote nothing: the version alone would fit."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        stale = (await a.tables.room(table))._part
        a.gate.shut()
        await cluster.settle(8)
        assert await b.services.claims.claim(table, "b") is not None
        a.gate.thaw()
        before = await cluster.log(table)
        assert isinstance(stale, Owner)
        with pytest.raises(Moved):
            await stale.submit(say("I am still here."))
        assert await cluster.log(table) == before


async def test_processes_restart_one_by_one_under_play() -> None:
    """Everything is acknowledged, once, and nobody reconnects more than once for a process that went away."""
    async with cluster_of("a", "b", "c") as (cluster, nodes):
        table = await cluster.playing(nodes[0])
        players = [
            Wanderer([nodes[n], nodes[(n + 1) % 3]], table, seat) for n, seat in ((0, HOST), (1, GUEST), (2, HOST))
        ]
        clients = [player.client() for player in players]
        for one in clients:
            await cluster.until(one.__aenter__())
        said: list[str] = []

        async def speak(one: TableClient, name: str) -> None:
            for number in range(12):
                text = f"{name} {number}"
                assert isinstance(await one.send(cmd.Say(text)), Ack)
                said.append(text)
                await cluster.clock.sleep(0.5)

        speaking = [asyncio.create_task(speak(one, str(n))) for n, one in enumerate(clients)]
        for number, name in enumerate("abc"):
            await cluster.settle(1)
            old = nodes[number]
            (new,) = cluster.start(f"{name}2")
            for player in players:
                player.nodes = [new if node is old else node for node in player.nodes]
            await cluster.until(old.tables.close())
            old.bus.cut()
        for task in speaking:
            await cluster.until(_result(task))
        await cluster.settle()
        assert sorted(await cluster.said(table)) == sorted(said)
        assert len(said) == 36
        await cluster.agreed(table, *clients)
        assert all(player.reconnects <= 4 for player in players)
        for one in clients:
            await one.__aexit__(None, None, None)


async def test_a_table_goes_where_its_players_are() -> None:
    """An owner that nobody is connected to gives the table up at its next look, and it is claimed there at once."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(b, table, HOST) as ann:
            assert cluster.owner(table) == "a"
            await cluster.settle(2)
            assert cluster.owner(table) == "b"
            room = await b.tables.room(table)
            assert room.owned
            assert isinstance(await room.submit(say("Mine.")), Ack)
            assert isinstance(await ask(cluster, a, table, say("Asked elsewhere.")), Ack)
            await cluster.agreed(table, ann)
            await cluster.settle(3)
            assert cluster.owner(table) == "b"


@pytest.mark.parametrize("closing", [True, False], ids=["closing", "idle"])
async def test_what_was_asked_back_is_remembered_where_the_table_goes(closing: bool) -> None:
    """By the next owner, whether the last one ends or has nobody left; and so is what a seat said it would do next."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(b, table, HOST) as ann:
            asked = await cluster.until(ann.send(cmd.Do("ask")))
            assert isinstance(asked, Ask)
            owner = (await a.tables.room(table))._part
            assert isinstance(owner, Owner)
            if closing:
                owner._rest.append((HOST, "say And this."))
                await cluster.until(a.tables.close())
            await cluster.settle()
            assert cluster.owner(table) == "b"
            assert await cluster.said(table) == ["And this."] * closing
            assert isinstance(await cluster.until(ann.send(cmd.Answer(asked.re, asked.choices[0].id))), Ack)


async def test_a_closing_process_hands_its_tables_to_those_who_mirror_them() -> None:
    """Within the same second: nobody waits until it counts as dead."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(a, table, GUEST), client(b, table, HOST) as ann:
            await a.tables.close()
            await quiet()
            assert cluster.owner(table) == "b"
            assert await cluster.store.claims.living() == {"b"}
            assert isinstance(await ann.send(cmd.Say("Still here.")), Ack)


async def test_a_table_is_exported_through_any_process() -> None:
    """The owner reveals its dice and tells what is to be told; the log is the same everywhere."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        before = (await a.tables.room(table)).position.commitment
        async with client(a, table, HOST):
            row, events, prose = await cluster.until(b.tables.export(table))
            assert cluster.owner(table) == "a"
        assert events == await cluster.log(table)
        assert (row.id, row.version) == (table, len(events))
        assert [event.name for event in events[-2:]] == ["dice.revealed", "dice.committed"]
        assert (await b.tables.room(table)).position.commitment != before
        assert prose == await cluster.store.read_prose(table)


async def test_without_the_bus_seats_hear_of_it_by_looking() -> None:
    """Commands are refused there until it is back; what happened comes with the next look at the store."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(a, table, HOST) as ann, client(b, table, GUEST) as bob:
            b.bus.cut()
            assert isinstance(await ann.send(cmd.Say("Can you hear me?")), Ack)
            assert bob.view.version < ann.view.version
            refused = await cluster.until(bob.send(cmd.Say("No.")))
            assert isinstance(refused, Refused)
            assert refused.code == "store/unavailable"
            await cluster.settle(2)
            await cluster.agreed(table, ann, bob)
            told = await cluster.store.read_prose(table)
            assert list((await b.tables.room(table))._audience._prose)[-1] == told[-1]
            b.bus.mend()
            assert isinstance(await cluster.until(bob.send(cmd.Say("Now I can."))), Ack)


async def test_tables_that_are_looked_at_some_at_a_time_are_all_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """One share after another, each by what the store says."""
    monkeypatch.setattr(tables, "SHARE", 1)
    async with cluster_of("a", "b") as (cluster, (a, b)), AsyncExitStack() as stack:
        places = [await cluster.playing(a) for _ in range(3)]
        here = [await stack.enter_async_context(client(a, place, HOST)) for place in places]
        there = [await stack.enter_async_context(client(b, place, GUEST)) for place in places]
        b.bus.cut()
        for ann in here:
            assert isinstance(await ann.send(cmd.Say("Can you hear me?")), Ack)
        await cluster.settle(6)  # this clock goes by whole seconds: one share in each
        for place, bob in zip(places, there, strict=True):
            await cluster.agreed(place, bob)


async def test_what_the_store_has_is_read_only_when_the_bus_had_the_time_to_bring_it() -> None:
    """At the second look, or at the first where nothing comes by the bus."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(a, table, HOST), client(b, table, GUEST):
            room = await b.tables.room(table)
            await cluster.settle(2)
            (now,) = (await cluster.store.claims.look([table])).values()
            ahead = [msgspec.structs.replace(now, version=now.version + more) for more in (1, 2)]
            assert [room.unsettled(standing) for standing in (now, ahead[0], ahead[0])] == [False, False, True]
            assert not room.unsettled(now)
            b.bus.cut()
            assert room.unsettled(ahead[1])
            b.bus.mend()


async def test_a_mirror_that_is_asked_to_knows_what_the_log_has() -> None:
    """Though the bus has told it nothing."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        here, there = (await a.tables.room(table)), (await b.tables.room(table))
        async with client(a, table, HOST) as ann:
            b.bus.cut()
            assert isinstance(await ann.send(cmd.Say("Can you hear me?")), Ack)
            assert there.position.version < here.position.version
            await there.catch_up()
            await here.catch_up()
            assert there.position.version == here.position.version
            b.bus.mend()


async def test_a_gap_is_closed_as_soon_as_it_is_known() -> None:
    """When the bus says that something may be lost, nobody waits for the next look."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(a, table, HOST) as ann, client(b, table, GUEST) as bob:
            b.bus.cut()
            assert isinstance(await ann.send(cmd.Say("Can you hear me?")), Ack)
            b.bus.mend()
            await quiet()
            await cluster.agreed(table, ann, bob)


async def test_a_store_that_fails_while_an_owner_is_followed_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim fails, the command is refused, and once the store answers the next one is done."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(b, table, HOST) as ann:
            a.kill()
            await cluster.clock.forward(4)

            async def failing(*_: str) -> None:
                raise Unavailable("The database is gone.", "Wait.")

            with monkeypatch.context() as patched:
                patched.setattr(cluster.store.claims, "claim", failing)
                refused = await cluster.until(ann.send(cmd.Say("Anybody?")))
            assert isinstance(refused, Refused)
            assert isinstance(await cluster.until(ann.send(cmd.Say("Anybody now?"))), Ack)
            await cluster.agreed(table, ann)
            assert await cluster.said(table) == ["Anybody now?"]


async def test_a_late_reader_of_the_log_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a mirror was about to read is read by its successor: everybody hears it once, and it is done once."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(b, table, GUEST) as bob:
            await quiet()
            room = await b.tables.room(table)
            hearing = room.connect(GUEST)
            cluster.hub.lose = 1.0
            assert isinstance(await ask(cluster, a, table, say("Lost.")), Ack)
            read, late = cluster.store.read, asyncio.Event()

            async def slowly(table: str, after: int = 0) -> list[Event]:
                found = await read(table, after=after)
                await late.wait()
                return found

            with monkeypatch.context() as patched:
                patched.setattr(cluster.store, "read", slowly)
                reading = asyncio.create_task(room.catch_up())
                await quiet()
            a.kill()
            cluster.hub.lose = 0.0
            assert isinstance(await cluster.until(bob.send(cmd.Say("Found."))), Ack)
            late.set()
            await reading
            await quiet()
            await cluster.agreed(table, bob)
            frames = [frame for frame in iter(hearing.take, None) if frame.t == "event"]
            assert [frame.d["d"]["text"] for frame in frames if "text" in frame.d["d"]] == ["Lost.", "Found."]


async def test_what_is_no_letter_of_ours_is_left_lying() -> None:
    """A stranger on the bus harms nobody."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        async with client(b, table, HOST) as ann:
            for channel in (f"table:{table}", "node:a", "node:b"):
                for data in (b"", b"\xc1", b"\x81\xa4type\xa3bad", bytes(range(200))):
                    cluster.hub.carry(channel, data)
            await quiet()
            assert isinstance(await cluster.until(ann.send(cmd.Say("All well."))), Ack)
            await cluster.agreed(table, ann)


async def test_numbers_of_one_process_mean_nothing_to_another() -> None:
    """A client that comes from elsewhere begins with a snapshot, though both streams began at the same moment."""
    async with cluster_of("a", "b") as (cluster, (a, b)):
        table = await cluster.playing(a)
        here, there = (await a.tables.room(table)), (await b.tables.room(table))
        listener = there.connect(HOST)
        await listener.receive()
        gone = here.connect(HOST)
        first = await gone.receive()
        assert first is not None
        for number in range(20):
            assert isinstance(await here.submit(say(str(number))), Ack)
            await quiet()
            since = here.connect(HOST).receive()
            frame = await since
            assert frame is not None
            assert isinstance(frame.n, int)
            beginning = await there.connect(HOST, frame.n).receive()
            assert beginning is not None
            assert beginning.t == "snapshot"


@pytest.mark.slow  # a minute of random accidents
@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_to_processes_nothing_acknowledged_is_lost_or_doubled(seed: int) -> None:
    """Nodes are killed, frozen, thawed, closed and started at random under play, on a bad bus."""
    async with cluster_of("a0", "b0", "c0", seed=seed) as (cluster, nodes):
        chance = Random(seed)
        table = await cluster.playing(nodes[0])
        cluster.hub.lose, cluster.hub.double, cluster.hub.delay = 0.1, 0.1, 0.3
        players = [Wanderer([*nodes[n:], *nodes[:n]], table, seat) for n, seat in enumerate((HOST, GUEST, HOST))]
        clients = [player.client() for player in players]
        for one in clients:
            await cluster.until(one.__aenter__())
        said: list[str] = []

        async def speak(one: TableClient, name: str) -> None:
            for number in range(40):
                text = f"{name} {number}"
                if isinstance(await one.send(cmd.Say(text)), Ack):
                    said.append(text)
                await cluster.clock.sleep(chance.random())

        speaking = [asyncio.create_task(speak(one, str(n))) for n, one in enumerate(clients)]
        for number in range(12):
            await cluster.settle(chance.randrange(1, 5))
            await _accident(cluster, chance, nodes, players, number)
        for task in speaking:
            await cluster.until(_result(task), 300)
        cluster.hub.lose = 0.0
        await cluster.settle(10)
        stored = await cluster.said(table)
        assert len(stored) == len(set(stored))
        assert set(said) <= set(stored)
        assert len(said) > 60
        await cluster.agreed(table, *clients)
        for one in clients:
            await one.__aexit__(None, None, None)


async def _accident(cluster: Cluster, chance: Random, nodes: list[Node], players: list[Wanderer], number: int) -> None:
    """Let something happen to one of the nodes; what was there before is replaced, and its players come back."""
    at = chance.randrange(len(nodes))
    node = nodes[at]
    kind = chance.choice(("freeze", "kill", "close", "cut"))
    if kind == "freeze":
        node.gate.shut()
        await cluster.settle(chance.randrange(1, 9))
        node.gate.thaw()
    elif kind == "cut":
        node.bus.cut()
        await cluster.settle(chance.randrange(1, 5))
        node.bus.mend()
    else:
        (nodes[at],) = cluster.start(f"{node.name[0]}{number + 1}")
        for player in players:
            player.nodes = [nodes[at] if other is node else other for other in player.nodes]
        if kind == "close":
            await cluster.until(node.tables.close())
            node.bus.cut()
        else:
            node.kill()
            for player in players:
                await player.lose(node)

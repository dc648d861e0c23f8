"""Several processes in one: nodes that share a store and a bus, and can lose messages, freeze, thaw or die."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from dataclasses import replace
from random import Random
from typing import Any, TypeVar
from zlib import crc32

from taleforge.client.table import TableClient
from taleforge.errors import Unavailable
from taleforge.live.session import Session
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, Command, Reply
from taleforge.messages.events import Event, Said
from taleforge.messages.ids import CountingIds
from taleforge.store.memory import MemoryStore
from taleforge.table.position import Game, Position
from tests.live.outside import HandClock, new_table, quiet, services
from tests.table.game import GUEST, HOST, content

T = TypeVar("T")
Hear = Callable[[bytes], None]


class Hub:
    """What carries messages between nodes, badly if it is asked to: some are lost, some doubled, some late."""

    def __init__(self, seed: int = 0) -> None:
        self.lose = self.double = self.delay = 0.0
        self.slow = ""
        """Channels that begin so are slower than others."""
        self.random = Random(seed)
        self.buses: list[NodeBus] = []

    def carry(self, channel: str, data: bytes) -> None:
        """Deliver a message to every node that can hear it."""
        for bus in self.buses:
            for hear in tuple(bus.ears.get(channel, ())):
                copies = (self.random.random() >= self.lose) + (self.random.random() < self.double)
                for _ in range(copies):
                    late = self.random.randrange(1, 30) if self.random.random() < self.delay else 0
                    bus.deliver(hear, data, late + (100 if self.slow and channel.startswith(self.slow) else 0))


class NodeBus:
    """The bus as one node has it."""

    def __init__(self, hub: Hub, gate: "Gate") -> None:
        self._hub = hub
        self._gate = gate
        self._gaps: list[Callable[[], None]] = []
        self._up = True
        self.ears: defaultdict[str, list[Hear]] = defaultdict(list)
        hub.buses.append(self)

    @property
    def up(self) -> bool:
        """Whether it is not cut."""
        return self._up

    @property
    def latency_ms(self) -> float:
        """Take no time."""
        return 0.0

    @property
    def counts(self) -> Mapping[str, int]:
        """Count nothing."""
        return {}

    def cut(self) -> None:
        """Lose the connection."""
        self._up = False

    def mend(self) -> None:
        """Have it again, and know that something was lost."""
        self._up = True
        for told in self._gaps:
            told()

    def publish(self, channel: str, data: bytes) -> None:
        """Give a message to the hub."""
        if self._up:
            self._hub.carry(channel, data)

    async def subscribe(self, channel: str, hear: Hear) -> Callable[[], None]:
        """Hear a channel."""
        self.ears[channel].append(hear)
        return lambda: self.ears[channel].remove(hear) if hear in self.ears[channel] else None

    def on_gap(self, told: Callable[[], None]) -> Callable[[], None]:
        """Tell of gaps."""
        self._gaps.append(told)
        return lambda: self._gaps.remove(told) if told in self._gaps else None

    def deliver(self, hear: Hear, data: bytes, late: int) -> None:
        """Let a message be heard after some turns of the loop, when the node is awake."""
        if self._up:
            asyncio.get_running_loop().call_soon(self._heard, hear, data, late, context=Context())

    def _heard(self, hear: Hear, data: bytes, late: int) -> None:
        if late:
            self.deliver(hear, data, late - 1)
        else:
            self._gate.do(lambda: hear(data))


class Gate:
    """Whether a node is awake; what it wants to do meanwhile waits."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._waiting: list[Callable[[], None]] = []

    def shut(self) -> None:
        """Freeze the node."""
        self._open.clear()

    def thaw(self) -> None:
        """Let everything go on."""
        self._open.set()
        waiting, self._waiting = self._waiting, []
        for job in waiting:
            job()

    def do(self, job: Callable[[], None]) -> None:
        """Do something now, or when the node is awake."""
        if self._open.is_set():
            job()
        else:
            self._waiting.append(job)

    async def passed(self) -> None:
        """Return when the node is awake."""
        await self._open.wait()


class Gated:
    """A part of the outside that a frozen node does not reach."""

    def __init__(self, part: Any, gate: Gate) -> None:
        self._part = part
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        """Return a method that first waits for the gate; what is none is given as it is."""
        found = getattr(self._part, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def waiting(*args: Any, **kwargs: Any) -> Any:
            await self._gate.passed()
            return await found(*args, **kwargs)

        return waiting


class GatedClock:
    """The clock of a node: while it is frozen, nobody there wakes up."""

    def __init__(self, clock: HandClock, gate: Gate) -> None:
        self.now = clock.now
        self.passed = clock.passed
        self._clock = clock
        self._gate = gate

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds, when the node is awake."""
        await self._clock.sleep(seconds)
        await self._gate.passed()


class Node:
    """One process."""

    def __init__(self, cluster: "Cluster", name: str) -> None:
        self.name = name
        self.gate = Gate()
        self.bus = NodeBus(cluster.hub, self.gate)
        store: Any = Gated(cluster.store, self.gate)
        ids = CountingIds(unix_ms=crc32(name.encode()))
        usual = services(
            log=store, secrets=store, claims=Gated(cluster.store.claims, self.gate), bus=self.bus, node=name, ids=ids,
            game=Game(content(), ids), clock=GatedClock(cluster.clock, self.gate),
        )  # fmt: skip
        self.services = replace(usual, **cluster.changes)
        self.tables = Tables(self.services)

    def kill(self) -> None:
        """End it as a crash would: nothing of it is done any more, and nobody is told."""
        self.gate.shut()
        self.bus.cut()


class Cluster:
    """Nodes at one store, under one clock that is set by hand."""

    def __init__(self, seed: int = 0, store: Any = None, **changes: Any) -> None:
        self.clock = HandClock()
        self.store = store or MemoryStore(lambda: self.clock.now().timestamp())
        self.hub = Hub(seed)
        self.changes = changes
        self.nodes: dict[str, Node] = {}

    def start(self, *names: str) -> list[Node]:
        """Start some processes."""
        return [self.nodes.setdefault(name, Node(self, name)) for name in names]

    async def until(self, job: Coroutine[Any, Any, T], seconds: float = 60.0) -> T:
        """Return what comes of something, letting time go by meanwhile."""
        task = asyncio.ensure_future(job)
        for _ in range(int(seconds * 4)):
            await quiet(10)
            if task.done():
                break
            await self.clock.forward(0.25)
        assert task.done(), "it never ended"
        return task.result()

    async def settle(self, seconds: float = 4.0) -> None:
        """Let what was lost be found again."""
        for _ in range(int(seconds)):
            await self.clock.forward(1.0)

    async def log(self, table: str) -> list[Event]:
        """Return what is stored of a table."""
        return await self.store.read(table)

    async def said(self, table: str) -> list[str]:
        """Return the words that were said at a table, as they are stored."""
        return [event.d.text for event in await self.log(table) if isinstance(event.d, Said)]

    async def truth(self, table: str) -> Position:
        """Return where a table is, from its log alone."""
        return Game(content(), CountingIds()).fold(table, await self.log(table))

    async def playing(self, at: Node) -> str:
        """Return a table at which host and guest play, owned by a node."""
        table = await new_table(at.tables)
        room = await at.tables.room(table)
        steps = [(HOST, cmd.Sit("fighter", "Ann")), (GUEST, cmd.Sit("cleric", "Bob")), (HOST, cmd.Ready())]
        for number, (seat, data) in enumerate([*steps, (GUEST, cmd.Ready())]):
            reply = await self.until(room.submit(cmd.command(f"cmd_begin_{number}", seat, data)))
            assert isinstance(reply, Ack)
        return table

    async def agreed(self, table: str, *clients: TableClient) -> None:
        """Check that every client's state is a fresh snapshot of the log."""
        truth = await self.truth(table)
        for client in clients:
            assert client.view == truth.view(client.seat), client.seat

    async def told_alike(self, table: str, *nodes: Node) -> None:
        """Check that what was told is known alike at some nodes, but for what was taken back since."""
        stands = (await self.truth(table)).stands
        stored = {prose for prose in await self.store.read_prose(table) if stands(prose.v)}
        for node in nodes:
            assert set((await node.tables.room(table))._audience._prose) == stored, node.name

    def owner(self, table: str) -> str:
        """Return the node that owns a table by the store."""
        return self.store.claims._claims[table].owner


class Socket:
    """A connection that takes what is sent at once, as one over a network does, and breaks when its node dies."""

    def __init__(self, node: Node, door: Session) -> None:
        self.node = node
        self._door = door
        self._sent: asyncio.Queue[bytes] = asyncio.Queue()
        self._greeted = asyncio.Event()
        self._task = asyncio.create_task(self._pass_on())

    async def send(self, data: bytes) -> None:
        """Send a frame."""
        if self._task.done():
            raise Unavailable("The connection is lost.", "Connect again.")
        self._sent.put_nowait(data)

    async def receive(self) -> bytes:
        """Return the next frame."""
        await self._greeted.wait()
        return await self._door.receive()

    async def close(self) -> None:
        """End the connection."""
        self._task.cancel()
        self._greeted.set()
        await self._door.close()

    async def _pass_on(self) -> None:
        with suppress(Unavailable):
            while True:
                await self._door.send(await self._sent.get())
                self._greeted.set()
        await self._door.close()
        self._greeted.set()


class Wanderer:
    """A player's connection, to one node after another: the next one when a node is gone."""

    def __init__(self, nodes: list[Node], table: str, seat: str) -> None:
        self.nodes = nodes
        self.table = table
        self.seat = seat
        self.reconnects = 0
        self._at = 0
        self._link: Socket | None = None

    async def connect(self) -> Any:
        """Connect to the first node that lets us in."""
        node = self.nodes[self._at % len(self.nodes)]
        try:
            await node.tables.room(self.table)
        except Unavailable:
            self._at += 1
            raise
        self.reconnects += 1
        self._link = Socket(node, node.tables.door(self.table, self.seat))
        return self._link

    async def lose(self, node: Node) -> None:
        """Lose the connection to a node that died, if it was to that one."""
        if self._link is not None and self._link.node is node:
            await self._link.close()

    def client(self) -> TableClient:
        """Return a client that wanders."""

        async def turns(_attempt: int) -> None:
            await quiet(3)

        ids = CountingIds(unix_ms=crc32(f"{self.seat} {self.nodes[0].name}".encode()))
        return TableClient(self.connect, self.seat, ids, pause=turns)


def client(node: Node, table: str, seat: str) -> TableClient:
    """Return a client of a seat at one node."""
    return Wanderer([node], table, seat).client()


async def ask(cluster: Cluster, node: Node, table: str, wish: Command) -> Reply:
    """Have a command answered at a node, letting time go by."""
    return await cluster.until((await node.tables.room(table)).submit(wish))


@asynccontextmanager
async def cluster_of(*names: str, seed: int = 0, **changes: Any) -> AsyncGenerator[tuple[Cluster, list[Node]]]:
    """Run some nodes; those that still live are closed at the end."""
    cluster = Cluster(seed, **changes)
    nodes = cluster.start(*names)
    try:
        yield cluster, nodes
    finally:
        for node in cluster.nodes.values():
            if node.bus.up and node.gate._open.is_set():
                await cluster.until(node.tables.close())


def run(body: Callable[[], Awaitable[None]]) -> None:
    """Run a test; what a dead node left undone is thrown away at its end."""

    async def main() -> None:
        await body()

    asyncio.run(main())

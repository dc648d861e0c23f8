"""A thousand connections lost and made again in one moment: everybody is back, and nobody missed or heard twice."""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest

from taleforge.client.network import WebSocketLink, connect_to
from taleforge.client.server import SeatToken
from taleforge.client.table import TableClient
from taleforge.client.transport import Link
from taleforge.client.updates import Happened
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from tests.faults.evening import GAME, ids, reading, soon, until
from tests.faults.house import House, serving

pytestmark = pytest.mark.services

TABLES = 100
DEVICES = 10
"""Connections of each host: what is at stake here is connections."""
STORMS = 3


class Device:
    """A connection of a seat that hears all that is said."""

    def __init__(self, house: House, seat: SeatToken) -> None:
        self.heard: list[str] = []
        self.made = 0
        self._connect = connect_to(house.address, seat.table)
        self._link: Link | None = None
        self.client = TableClient(self._linked, seat.seat, ids, token=seat.token, pause=soon)

    def cut(self) -> None:
        """Lose the connection, without a word to the other side."""
        assert isinstance(self._link, WebSocketLink)
        self._link._socket.transport.abort()  # as a network does

    async def listen(self) -> None:
        """Hear what is said."""
        async for update in self.client.updates():
            if isinstance(update, Happened) and update.event.name == "said":
                self.heard.append(str(update.event.d["text"]))

    async def _linked(self) -> Link:
        self._link = await self._connect()
        self.made += 1
        return self._link


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    """The URL of a database; "" for the data folder."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgresql").database()


async def test_a_thousand_come_back_at_once(store: str, tmp_path: Path) -> None:
    """Three times, while all tables are talking; afterwards the server holds no more descriptors than before."""
    async with serving(tmp_path, *([f"store.url={store}"] if store else [])) as house, AsyncExitStack() as stack:
        devices: dict[SeatToken, list[Device]] = {}
        for _ in range(TABLES):
            seat = await house.server.lay("bell_beneath")
            devices[seat] = [Device(house, seat) for _ in range(DEVICES)]
            for device in devices[seat]:
                await stack.enter_async_context(device.client)
            first = devices[seat][0].client
            assert isinstance(await first.send(cmd.Sit(next(iter(first.view.pregens)), "Ann")), Ack)
            assert isinstance(await first.send(cmd.Ready()), Ack)
        everybody = [device for group in devices.values() for device in group]
        listening = [asyncio.create_task(device.listen()) for device in everybody]
        said = defaultdict[SeatToken, list[str]](list)
        await storm(devices, said, "0", cut=False)
        process = psutil.Process(house.pid)
        before = held(process)
        for number in range(1, STORMS + 1):
            await storm(devices, said, str(number), cut=True)
        await until(lambda: all(device.made > STORMS for device in everybody))
        await until(lambda: held(process) <= before)
        for seat, group in devices.items():
            await until(lambda group=group, seat=seat: all(device.heard == said[seat] for device in group))
        async with reading(store, tmp_path) as log:
            for seat, group in devices.items():
                truth = GAME.fold(seat.table, await log.read(seat.table)).view(seat.seat)
                assert all(device.client.view == truth for device in group)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


def held(process: psutil.Process) -> int:
    """Return how many descriptors a server holds, without those of its pool of databases, which grows and shrinks."""
    return process.num_fds() - len(process.net_connections("unix"))


async def storm(
    devices: dict[SeatToken, list[Device]], said: dict[SeatToken, list[str]], text: str, *, cut: bool
) -> None:
    """Say something at every table, and lose every connection before the answer; the answer comes all the same."""

    async def speak(seat: SeatToken, device: Device) -> None:
        assert isinstance(await device.client.send(cmd.Say(text)), Ack)
        said[seat].append(text)

    speaking = [asyncio.create_task(speak(seat, group[0])) for seat, group in devices.items()]
    await asyncio.sleep(0)
    for device in (device for group in devices.values() for device in group if cut):
        device.cut()
    await asyncio.gather(*speaking)

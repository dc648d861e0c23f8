"""A process that plays two tables at once, says what it asks and what is acknowledged, and waits to be killed.

Started by the tests as `python -m tests.faults.player FOLDER SEED`; the environment chooses where it dies and
which database it plays on, if any.
"""

import asyncio
import os
import sys
from pathlib import Path
from random import Random

from taleforge.bootstrap import House, build
from taleforge.client.table import TableClient
from taleforge.client.transport import Link
from taleforge.live.system import SystemIds
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.messages.ids import IdKind
from taleforge.settings import Data, Settings, Store
from taleforge.store import writer
from taleforge.store.postgresql import PostgresStore, open_store
from tests.table.game import content
from tests.table.player import RandomPlayer

EXPORT_EVERY = 15
FORGOTTEN = 0.05
"""Seconds after which a player that was killed is dead to the next one, on a database that they share."""
DATABASE = "TALE_DATABASE"


class SpokenIds:
    """Ids of commands that are said aloud before they are used."""

    def __init__(self) -> None:
        self._ids = SystemIds()

    def __call__(self, kind: IdKind) -> str:
        """Return a new id, and tell the parent."""
        made = self._ids(kind)
        say("ask", made)
        return made


def say(*words: object) -> None:
    """Tell the parent, at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def play(house: House, table: str, random: Random) -> None:
    """Play a table for ever, as its host."""
    player = RandomPlayer(random.randrange(10**9))
    seat = await house.host_of(table) or house.new_seat()

    async def connect() -> Link:
        return house.tables.door(table, seat)

    async with TableClient(connect, seat, SpokenIds()) as client:
        if seat not in client.view.seats:
            await send(client, table, cmd.Sit("fighter", "Ann"))
        await send(client, table, cmd.Ready())
        while True:
            for _ in range(EXPORT_EVERY):
                if client.view.table.status == "closed":
                    return
                await send(client, table, player.choose(client.view))
            say("exporting", table)
            await house.export(table, Path(sys.argv[1]) / f"{table}.tale")
            say("exported", table)


async def send(client: TableClient, table: str, data: cmd.CommandData) -> None:
    """Send a command, and say when it is acknowledged."""
    reply = await client.send(data)
    if isinstance(reply, Ack) and not isinstance(data, cmd.NAMELESS):  # whose command is written nowhere
        say("ack", table, reply.re, reply.v)
    else:
        say("no", reply.re)


async def shared(url: str) -> PostgresStore | None:
    """Return the store at a database, if one is given, where whoever was killed is soon dead to the others."""
    return await open_store(url, ttl=FORGOTTEN) if url else None


async def main(folder: Path, random: Random) -> None:
    """Go on with the tables there are, and with new ones when they are over."""
    writer.CHECKPOINT_EVERY = 60
    settings = Settings(data=Data(folder=folder), store=Store(url=os.environ.get(DATABASE, "")))
    async with build(settings, store=await shared(settings.store.url), content=content()) as house:
        say("ready")
        open_tables = [row.id for row in await house.saves() if row.status != "closed"][:2]
        while True:
            while len(open_tables) < 2:
                open_tables.append(await house.open_table("lamp"))
                say("table", open_tables[-1])
            await asyncio.gather(*(play(house, table, random) for table in open_tables))
            open_tables = []


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Random(int(sys.argv[2]))))

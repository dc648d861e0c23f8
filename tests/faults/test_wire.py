"""Whatever is sent on the wire: doubled, late, stale, mangled. A connection may end; the table never does."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from taleforge.client.server import SeatToken
from taleforge.messages import commands as cmd
from taleforge.messages.codec import encode
from taleforge.messages.commands import Command, command
from tests.faults.evening import evening, ids
from tests.faults.house import House, serving

GOLDEN = Path(__file__).parents[1] / "golden/protocol"
FRAMES = 10_000
PER_SOCKET = 100
WORDS = ("", "null", "1e999", "-1", '"\\ud800"', "[]", "{}", '"cmd"', '"seat_x"', "99999999999999999999", "true")


@pytest.mark.services
async def test_doubled_reordered_and_stale_commands_are_done_once(tmp_path: Path) -> None:
    """Each command comes up to three times on two connections in any order, some for a turn that never was."""
    random = Random(7)
    async with serving(tmp_path) as house, evening([house], random, tables=2) as played:
        for player in played.players:
            fresh = [command(ids("cmd"), player.seat.seat, cmd.Say(f"No. {number}")) for number in range(30)]
            stale = [command(ids("cmd"), player.seat.seat, cmd.EndTurn(), at_turn=99) for _ in range(5)]
            frames = [framed(wish) for wish in (*fresh, *stale) for _ in range(random.randint(1, 3))]
            random.shuffle(frames)
            async with socket(house, player.seat) as one, socket(house, player.seat) as other:
                replies = await asyncio.gather(exchange(one, frames[::2]), exchange(other, frames[1::2]))
            answers: dict[str, set[tuple[str, int]]] = {}
            for reply in (reply for group in replies for reply in group):
                answers.setdefault(reply["d"]["re"], set()).add((reply["t"], reply["d"].get("v", 0)))
            assert all(len(answer) == 1 for answer in answers.values()), "the same answer each time"
            told = {re: v for re, answer in answers.items() for kind, v in answer if kind == "ack"}
            assert told.keys() == {wish.id for wish in fresh}
            assert answers.keys() - told.keys() == {wish.id for wish in stale}
            player.acknowledged |= told
        await played.check()


@pytest.mark.slow
async def test_no_mangled_frame_ends_more_than_its_connection(tmp_path: Path) -> None:
    """Ten thousand, most of them nearly right: the table plays on, and the server has no fault to tell of."""
    random = Random(8)
    golden = [file.read_text() for file in sorted(GOLDEN.glob("*/*.json"))]
    async with serving(tmp_path) as house, evening([house], random, tables=1) as played:
        ended = 0
        for _ in range(FRAMES // PER_SOCKET):
            player = random.choice(played.players)
            async with socket(house, player.seat) as connection:
                ended += not await survives(
                    connection, [mangled(golden, player.seat, random) for _ in range(PER_SOCKET)]
                )
            async with httpx.AsyncClient(trust_env=False) as http:
                assert (await http.get(f"{house.address}/ready")).status_code == 200
        assert ended < FRAMES / PER_SOCKET
        await played.check()
        text = house.errors.read_text()
        assert "Traceback" not in text
        assert ".fault" not in text


async def survives(connection: ClientConnection, frames: list[str | bytes]) -> bool:
    """Send frames, and a good one at the end; whether it was answered, and the connection not refused instead."""
    last = json.dumps({"t": "cmd", "d": {"id": "cmd_last", "name": "nothing", "seat": "", "d": {}}})
    sending = asyncio.create_task(send_all(connection, [*frames, last]))
    with suppress(ConnectionClosed):
        while json.loads(await connection.recv())["d"].get("re") != "cmd_last":
            pass
        await sending
        return True
    await asyncio.gather(sending, return_exceptions=True)
    assert connection.close_code is not None
    assert 4400 <= connection.close_code < 4500 or connection.close_code in {1003, 1007, 1009}, connection.close_code
    return False


def mangled(golden: list[str], seat: SeatToken, random: Random) -> str | bytes:
    """Return a golden message as a frame of a seat, with something about it changed."""
    whole = random.choice(golden).strip()
    if random.random() < 0.7:
        whole = json.dumps({"t": random.choice(("cmd", "cmd", "cmd", "typing", "hello")), "d": json.loads(whole)})
    text = list(whole.replace("seat_01kaf0000000000000000000s1", seat.seat))
    for _ in range(random.randint(0, 4)):
        at = random.randrange(len(text) + 1)
        match random.randrange(4):
            case 0:
                del text[at : at + random.randint(1, 12)]
            case 1:
                text[at:at] = random.choice(WORDS)
            case 2:
                text[at : at + 1] = chr(random.randrange(32, 0x2FFF))
            case _:
                text[at:at] = text[: random.randint(0, 60)]
    joined = "".join(text)
    return joined.encode("utf-8", "surrogatepass") if random.random() < 0.1 else joined


def framed(wish: Command) -> str:
    return json.dumps({"t": "cmd", "d": json.loads(encode(wish))})


async def exchange(connection: ClientConnection, frames: list[str]) -> list[dict[str, Any]]:
    """Send all frames, and return their answers."""
    sending = asyncio.create_task(send_all(connection, frames))
    replies: list[dict[str, Any]] = []
    while len(replies) < len(frames):
        frame = json.loads(await connection.recv())
        if frame["t"] in {"ack", "refused"}:
            replies.append(frame)
    await sending
    return replies


async def send_all(connection: ClientConnection, frames: list[Any]) -> None:
    for frame in frames:
        await connection.send(frame)


@asynccontextmanager
async def socket(house: House, seat: SeatToken) -> AsyncGenerator[ClientConnection]:
    """Return a connection of a seat that has said hello."""
    address = f"{house.address.replace('http', 'ws')}/api/v1/tables/{seat.table}/stream"
    async with connect(address, compression=None, max_size=None, ping_interval=None, proxy=None) as connection:
        await connection.send(json.dumps({"t": "hello", "token": seat.token}))
        yield connection

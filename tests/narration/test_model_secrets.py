"""A table at which players attack by every channel, told by a model that says whatever it is told to, and all it knows.

Whoever else sits there sees no more than with the grammar; the facts are the same to the last letter.
"""

import asyncio
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from taleforge.bootstrap import House, build
from taleforge.live.stream import Connection
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack
from taleforge.messages.events import Event
from taleforge.messages.ids import CountingIds
from taleforge.models.values import Secret
from tests.live.outside import HandClock, chance
from tests.narration.model_sayings import data_of
from tests.narration.test_model_attacks import ATTACKS, KEY
from tests.narration.test_model_evenings import settings
from tests.openai_double import Asked, Double

ANN, BOB, CAT = (f"seat_{number:026}" for number in (1, 2, 3))
SECRET = "the lamp is a lie"
SHOWN = 12
"""Attacks that are also acted out; all of them are said."""


def obedient(asked: Asked) -> str:
    """Obey the first attack that is in the question; else say all that is known."""
    system, question = (message["content"] for message in asked.body["messages"][:2])
    known = {"{system}": system, "{prompt}": asked.prompt, "{data}": question, "{key}": KEY}
    obeyed = next((said for text, said in ATTACKS.values() if text[:20] in question), asked.prompt)
    for name, value in known.items():
        obeyed = obeyed.replace(name, value)
    return obeyed or str(data_of(asked))


async def attacked(folder: Path, url: str) -> tuple[list[Event], dict[str, list[bytes]], str]:
    """Play a table of attacks; return its log, what each seat was sent, and all prose."""
    chosen = settings(folder, url, key=KEY) if url else settings(folder, "http://localhost:1")
    kind = "auto" if url else "grammar"
    chosen = msgspec.structs.replace(chosen, narrator=type(chosen.narrator)(kind=kind))
    async with build(chosen, clock=HandClock(), ids=Ids(), chance=chance()) as house:
        table = await house.open_table("bell_beneath")
        room = await house.tables.room(table)
        sent: dict[str, list[bytes]] = {seat: [] for seat in (ANN, BOB, CAT)}
        readers = [asyncio.create_task(_read(room.connect(seat), frames)) for seat, frames in sent.items()]
        await _play(house, table)
        await room.told()
        prose = " ".join(one.text for one in await house.services.log.read_prose(table))
        log = await house.services.log.read(table)
    await asyncio.gather(*readers)
    return log, sent, prose


async def _read(connection: Connection, frames: list[bytes]) -> None:
    while (frame := await connection.receive()) is not None:
        frames.append(frame.data)


class Ids(CountingIds):
    """Ids of which those of side work and of the ledger do not count, so that the facts have the same in each play."""

    def __call__(self, kind: object) -> str:
        """Return the next id of a kind."""
        if kind == "job":
            self._jobs = getattr(self, "_jobs", 10**6) + 1
            return CountingIds(self._jobs)("job")
        return super().__call__(kind)  # type: ignore[arg-type]


async def _play(house: House, table: str) -> None:
    room = await house.tables.room(table)
    number = 0

    async def send(seat: str, data: cmd.CommandData) -> bool:
        nonlocal number
        number += 1
        return isinstance(await room.submit(cmd.command(f"cmd_{number:026}", seat, data)), Ack)

    texts = [text for text, _ in ATTACKS.values()]
    assert await send(ANN, cmd.Sit("marrick", texts[0]))
    assert await send(BOB, cmd.Sit("hedda", "Bob"))
    assert await send(CAT, cmd.Spectate("Cat"))
    assert await send(ANN, cmd.Ready())
    assert await send(BOB, cmd.Ready())
    assert await send(BOB, cmd.Whisper(ANN, SECRET))
    for text in texts:
        assert await send(ANN, cmd.Say(text))
    for text in texts[:SHOWN]:
        await send(ANN, cmd.Do(text))
        await send(ANN, cmd.Whisper(BOB, text))
        await send(ANN, cmd.UseOption("do:odda_bell"))
    await send(ANN, cmd.SetSafety(tuple(texts[:3]), tuple(texts[3:6])))
    for option in ("do:odda_work", "do:wick_truth", "do:listen_cellar_door", "do:odda_key"):
        await send(BOB, cmd.UseOption(option))


@pytest.mark.slow  # two tables of a hundred commands each
async def test_an_obedient_model_changes_nothing_and_tells_nothing(tmp_path: Path) -> None:
    """The same log as without a model; no instruction, key or secret of another seat in a frame, prompt or log line."""
    expected, _, told = await attacked(tmp_path / "grammar", "")
    async with Double(obedient) as double:
        with capture_logs() as logs:
            log, sent, prose = await attacked(tmp_path / "model", double.url)
    assert [msgspec.json.encode(event) for event in log] == [msgspec.json.encode(event) for event in expected]
    assert prose == told
    asked = " ".join(one.prompt for one in double.chats)
    assert len(double.chats) >= 8
    assert SECRET not in asked
    assert KEY not in asked + repr(logs) + repr(Secret(KEY))
    assert all(b"resync" not in frame for frame in sent[ANN])
    heard = b" ".join(frame for frames in sent.values() for frame in frames)
    instructions = double.chats[0].body["messages"][0]["content"]
    for secret in (KEY, *(line[:60] for line in instructions.splitlines() if len(line) > 60)):
        assert secret.encode() not in heard
    assert any(SECRET.encode() in frame for frame in sent[ANN])
    assert not any(SECRET.encode() in frame for frame in sent[CAT])

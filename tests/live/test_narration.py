"""The story is told beside the facts: in order, to whom it may concern, once, whatever the narrator does."""

import asyncio

from structlog.testing import capture_logs

from taleforge.errors import Unavailable
from taleforge.live.ports import Services
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.brief import Brief, Prose
from taleforge.messages.commands import Ack
from tests.live.outside import RoteNarrator
from tests.live.test_room import playing, run, wish
from tests.table.game import GUEST, HOST


class Gate:
    """A narrator that waits until it may tell."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.asked: list[int] = []

    async def tell(self, brief: Brief) -> Prose:
        """Wait, then tell."""
        self.asked.append(brief.v)
        await self.open.wait()
        return await RoteNarrator().tell(brief)


class Mute:
    """A narrator that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def tell(self, brief: Brief) -> Prose:
        """Fail."""
        raise self.error


class Prompt(RoteNarrator):
    """A narrator that tells at once, until it breaks."""

    broken = False

    def tell_at_once(self, brief: Brief) -> Prose:
        """Tell, or fail."""
        if self.broken:
            raise ZeroDivisionError("secret")
        return Prose(brief.v, "en", "at once", brief.audience)


def test_what_can_be_told_at_once_is_there_with_the_facts() -> None:
    """It is stored and heard when the command is answered; where that fails, it is told when its turn comes."""
    narrator = Prompt()

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        connection = room.connect(HOST)
        await connection.receive()
        reply = await room.submit(wish(cmd.Say("Hello.")))
        assert isinstance(reply, Ack)
        assert [prose.v for prose in await outside.log.read_prose(table)][-1] == reply.v
        heard = [await connection.receive(), connection.take()]
        assert [frame.t for frame in heard if frame] == ["event", "prose.final"]
        assert await outside.log.pending_work(table) == []
        narrator.broken = True
        with capture_logs():
            await room.submit(wish(cmd.Say("Hello?")))
            await room.told()
        assert [prose.text for prose in await outside.log.read_prose(table)][-2:] == ["at once", "said"]

    run(body, narrator=narrator)


def test_facts_do_not_wait_for_the_story() -> None:
    """While the narrator thinks, commands are answered; then all is told in the order in which it happened."""
    gate = Gate()

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        replies = [await room.submit(wish(cmd.Say(text))) for text in ("one", "two")]
        assert all(isinstance(reply, Ack) for reply in replies)
        assert await outside.log.read_prose(table) == []
        gate.open.set()
        await room.told()
        told = [prose.v for prose in await outside.log.read_prose(table)]
        assert told == sorted(gate.asked) == gate.asked
        assert told[-2:] == [reply.v for reply in replies if isinstance(reply, Ack)]
        assert await outside.log.pending_work(table) == []

    run(body, narrator=gate)


def test_what_was_not_told_is_told_after_a_restart() -> None:
    """Facts whose story was cut off are told when the room opens again, and once."""
    gate = Gate()

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        said = await room.submit(wish(cmd.Say("Hello.")))
        await room.close(patience=0)
        assert await outside.log.read_prose(table) == []
        gate.open.set()
        after = Tables(outside)
        await (await after.room(table)).told()
        await after.close()
        prose = await outside.log.read_prose(table)
        assert isinstance(said, Ack)
        assert prose[-1].v == said.v
        assert len({p.v for p in prose}) == len(prose)

    run(body, narrator=gate)


def test_a_failing_narrator_is_replaced_by_the_fallback() -> None:
    """Whether it fails as narrators do or by a bug: the story goes on, and the log does not quote it."""
    for error in (Unavailable("The model is gone.", "Wait."), ZeroDivisionError("secret")):

        async def body(tables: Tables, outside: Services) -> None:
            with capture_logs() as logs:
                table = await playing(tables)
                room = await tables.room(table)
                await room.submit(wish(cmd.Say("Hello.")))
                await room.told()
            assert (await outside.log.read_prose(table))[-1].text == "said"
            assert {line["event"] for line in logs if line["log_level"] != "info"} == {"narrator.failed"}
            assert "secret" not in repr(logs)

        run(body, narrator=Mute(error))


def test_when_nobody_can_tell_the_facts_stand() -> None:
    """Both narrators fail: the brief stays stored, and play goes on."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        with capture_logs():
            assert isinstance(await room.submit(wish(cmd.Say("Hello."))), Ack)
            await room.told()
        assert await outside.log.read_prose(table) == []
        assert await outside.log.pending_work(table) != []

    with capture_logs():
        run(body, narrator=Mute(ValueError()), fallback=Mute(ValueError()))


def test_prose_goes_to_its_audience_alone() -> None:
    """A seat is sent the prose of what it could hear, and no frame more."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        await room.submit(wish(cmd.Sit("cleric", "Bob"), GUEST))
        await room.told()
        ann, bob = room.connect(HOST), room.connect(GUEST)
        for one in (ann, bob):
            one._waiting.clear()
        room._audience.tell(Prose(5, "en", "For Ann.", (HOST,)))
        room._audience.tell(Prose(6, "en", "For both."))
        frames = [await ann.receive(), await ann.receive(), await bob.receive()]
        assert [(f.t, f.d["text"]) for f in frames if f] == [
            ("prose.final", "For Ann."), ("prose.final", "For both."), ("prose.final", "For both."),
        ]  # fmt: skip
        assert not bob._waiting
        assert [p["text"] for p in room.connect(GUEST)._waiting[0].d["prose"]][-1] == "For both."

    run(body)

"""A telling is heard while it is told, by those whom it is for, and never instead of the facts."""

from collections.abc import Callable

from taleforge.live.ports import Services
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.brief import Brief, Prose, ProseDelta
from tests.live.outside import RoteNarrator, quiet
from tests.live.test_room import playing, run, wish
from tests.table.game import GUEST, HOST


class Piecemeal:
    """A narrator that tells word by word, and begins anew once."""

    async def tell(self, brief: Brief) -> Prose:
        """Tell at once."""
        return await RoteNarrator().tell(brief)

    async def stream(self, brief: Brief, heard: Callable[[int, str], None]) -> Prose:
        """Tell two words, then the whole."""
        heard(0, "Wrong.")
        heard(0, "Rain ")
        heard(1, "falls.")
        return await self.tell(brief)


def test_a_telling_is_heard_as_it_comes() -> None:
    """The pieces bear no number of the stream, come after the facts and before the whole."""

    async def body(tables: Tables, _outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        await room.told()
        ann = room.connect(HOST)
        await ann.receive()
        await room.submit(wish(cmd.Say("Hello.")))
        await room.told()
        await quiet()
        frames = [frame for frame in list(ann._waiting) if frame.t != "ack"]
        assert [frame.t for frame in frames] == ["event", "prose.delta", "prose.delta", "prose.delta", "prose.final"]
        pieces = [frame.d for frame in frames if frame.t == "prose.delta"]
        version = frames[-1].d["v"]
        assert pieces == [
            {"v": version, "i": 0, "text": "Wrong."},
            {"v": version, "i": 0, "text": "Rain "},
            {"v": version, "i": 1, "text": "falls."},
        ]
        assert all(not isinstance(frame.n, int) for frame in frames if frame.t == "prose.delta")

    run(body, narrator=Piecemeal())


def test_a_piece_goes_to_its_audience_alone() -> None:
    """Nobody else hears even that there is one."""

    async def body(tables: Tables, _outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        await room.submit(wish(cmd.Sit("cleric", "Bob"), GUEST))
        await room.told()
        ann, bob = room.connect(HOST), room.connect(GUEST)
        for one in (ann, bob):
            one._waiting.clear()
        room._audience.telling(ProseDelta(5, 0, "For Ann.", (HOST,)))
        assert [frame.d["text"] for frame in ann._waiting] == ["For Ann."]
        assert not bob._waiting

    run(body)

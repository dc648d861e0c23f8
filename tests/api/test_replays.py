"""Reading a log in pages: each begins where the one before ended, whoever asks, and they hear what one page has."""

from typing import Any

from taleforge.api.replays import MOST_KEPT, Replays
from taleforge.messages.events import Event
from tests.api.serving import serving


class Reader:
    """A log that counts what is read of it."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.read_events = 0

    async def read(self, table: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return events, and count them."""
        found = await self._log.read(table, after, limit)
        self.read_events += len(found)
        return found


async def test_a_page_begins_where_the_one_before_ended() -> None:
    """Nothing of the log before it is read again; another seat, too, hears what is its own, and from anywhere."""
    async with serving() as served:
        host = await served.playing()
        guest = await served.follow(await host.invite("spectator"))
        for number in range(30):
            await host.act("say", text=f"Number {number}.")
        log, game = served.services.log, served.services.game
        reader = Reader(log)
        replays = Replays(reader, game)  # pyright: ignore[reportArgumentType] - of a log, what reading needs
        whole = await Replays(log, game).heard(host.table, host.seat, 0, 1000)

        found, after = list(await replays.heard(host.table, host.seat, 0, 11))[:10], 0
        while True:
            after, reader.read_events = found[-1].v, 0
            page = await replays.heard(host.table, host.seat, after, 11)
            assert reader.read_events <= whole[-1].v - after
            found += page[:10]
            if len(page) < 11:
                break
        assert found == list(whole)

        reader.read_events = 0
        assert await replays.heard(host.table, host.seat, found[-1].v, 5) == []
        assert reader.read_events <= 2, "news alone"
        theirs = await replays.heard(host.table, guest.seat, found[4].v, 1000)
        assert theirs == await Replays(log, game).heard(host.table, guest.seat, found[4].v, 1000)
        for version in range(MOST_KEPT * 2):
            await replays.heard(host.table, host.seat, version, 1)
        assert await replays.heard(host.table, host.seat, 0, 1000) == whole

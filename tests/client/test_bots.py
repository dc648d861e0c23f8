"""Playing by single requests, with the published client: the bot of the tutorial, and what an account keeps."""

import asyncio
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from taleforge.client.bots import Account, HttpSeat
from taleforge.client.server import AGAIN, Declined, Limited, SeatToken, Server, unhurried
from taleforge.messages.commands import EndTurn, Say, Sit, UseOption
from taleforge.messages.events import Event
from tests.api.serving import OFF, Guest, serving
from tests.rules.lore import FIGHTER

PAGE = Path(__file__).parents[2] / "docs/tutorial/write-a-bot.md"


def as_seat(address: str, guest: Guest) -> HttpSeat:
    """Return the seat of somebody, as the client has it."""
    return HttpSeat(address, SeatToken(guest.table, guest.seat, "host", guest.token))


def bot() -> dict[str, Any]:
    """Return what the tutorial's program defines."""
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(program.splitlines()) <= 36  # thirty, and those that are empty
    defined: dict[str, Any] = {"__name__": "bot"}
    exec(compile(program, str(PAGE), "exec"), defined)
    return defined


async def test_the_bot_of_the_tutorial_plays() -> None:
    """It sits down late, with a character that is free, and fights when there is a fight."""
    async with serving() as served:
        host = await served.playing()
        me = as_seat(served.address, host)
        playing = asyncio.create_task(bot()["main"](served.address, (await host.invite())["code"]))

        def swung(event: Event) -> bool:
            return event.name == "attack.resolved" and event.by.seat not in {None, host.seat}

        for _ in range(40):
            if any(map(swung, await served.services.log.read(host.table))):
                break
            view = await me.view()
            strike = next((option for option in view.options if option.kind == "attack" and option.targets), None)
            bots = [seat for seat in view.seats.values() if seat.name == "Bot"]
            if view.fight and view.options:
                await me.act(EndTurn())
            elif strike and bots:
                await me.act(UseOption(strike.id, (strike.targets[0].id,)))
            else:
                await me.events(view.version, wait=1)
            assert not playing.done(), playing
        else:
            pytest.fail("The bot never swung at anybody.")
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def test_a_seat_acts_looks_and_listens() -> None:
    """With the protocol's own types; a refusal is raised with its code."""
    async with serving() as served:
        me = as_seat(served.address, await served.playing())
        said = await me.act(Say("Evening."), "cmd_once")
        assert (await me.act(Say("Evening."), "cmd_once")) == said
        assert (await me.act("ask")).question is not None
        assert (await me.events(said.v - 1))[0].d["text"] == "Evening."
        assert [entry.title for entry in await me.journal()][:1] == ["The Crooked Lamp"]
        assert (await me.recap()).in_short
        assert {option.id for option in await me.options()} == {option.id for option in (await me.view()).options}
        assert [character.id for character in await me.ready_made()] == ["fighter", "cleric"]
        with pytest.raises(Declined) as declined:
            await me.act(EndTurn())
        assert declined.value.reason == "turn/no_fight"


async def test_lists_are_read_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pages they come in: tables, events, the journal, adventures, ready-made characters, campaigns."""
    async with serving() as served:
        me = as_seat(served.address, await served.playing())
        mine = Account(served.address, served.owner.token)
        for number in range(3):
            await served.host()
            await mine.begin_campaign(f"No. {number}")

        async def everything() -> list[list[object]]:
            lists = (mine.tables(), mine.adventures(), mine.campaigns(), me.events(), me.journal(), me.ready_made())
            return [list(one) for one in await asyncio.gather(*lists)]

        whole = await everything()
        monkeypatch.setattr("taleforge.client.server.PAGE", 1)
        assert await everything() == whole
        assert [len(one) for one in whole[:3]] == [4, 1, 3]
        assert all(len(one) > 1 for one in whole[3:])


async def test_whoever_asked_too_often_is_told_when_to_ask_again() -> None:
    """By the server; a page is then asked for again, until that has been in vain so often."""
    async with serving(limits=structs.replace(OFF, general="2/m burst 1")) as served:
        server = Server(served.address)
        await server.adventures()
        with pytest.raises(Limited) as limited:
            await server.seat_of("seat_unknown")
        assert limited.value.after > 1
    left = 3

    async def page() -> str:
        nonlocal left
        left -= 1
        if left >= 0:
            raise Limited("Too often.", "Wait.", 0)
        return "items"

    assert await unhurried(page) == "items"
    left = AGAIN + 1
    with pytest.raises(Limited):
        await unhurried(page)


async def test_an_account_has_campaigns_and_characters() -> None:
    """Made, listed, played, and brought home."""
    async with serving() as served:
        mine = Account(served.address, served.owner.token)
        marsh = await mine.begin_campaign("Marsh", "Mondays")
        assert await mine.campaigns() == (marsh,)
        brannoc = await mine.make_character(msgspec.to_builtins(FIGHTER))
        assert await mine.characters() == (brannoc,)
        token = await mine.lay_in(marsh.id, "lamp")
        assert token.table in {table.id for table in await Server(served.address, served.owner.token).tables()}
        await HttpSeat(served.address, token).act(Sit(name="Ann", own=brannoc.id))
        assert await mine.bring_home(brannoc.id, token.table) == brannoc
        with pytest.raises(Declined) as declined:
            await mine.make_character(msgspec.to_builtins(FIGHTER) | {"race": "giant"})
        assert declined.value.params["field"] == "choice.race"

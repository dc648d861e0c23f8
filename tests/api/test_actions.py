"""Playing without a stream: one request acts and hears what came of it, another waits for what comes next."""

import asyncio

from taleforge.narration import GrammarNarrator
from tests.api.serving import serving


async def test_an_action_answers_with_what_its_seat_heard() -> None:
    """By command or in one's own words; the same id again is answered alike; a secret roll of others is not heard."""
    async with serving() as served:
        host = await served.playing()
        path = f"/tables/{host.table}/actions"
        said = (await host.post(path, {"name": "say", "d": {"text": "Evening."}})).json()
        assert (said["t"], [event["name"] for event in said["events"]]) == ("ack", ["said"])
        assert said["events"][-1]["v"] == said["v"]
        words = (await host.post(path, {"text": "say Good evening.", "id": "cmd_words"})).json()
        assert [event["d"]["text"] for event in words["events"]] == ["Good evening."]
        await host.act("say", text="And then?")
        assert (await host.post(path, {"text": "say Good evening.", "id": "cmd_words"})).json() == words

        guest = await served.follow(await host.invite())
        await guest.act("sit", pregen="cleric", name="Bob")
        third = await served.follow(await host.invite())
        whisper = (await guest.act("whisper", to=host.seat, text="He lies.")).json()
        assert [event["name"] for event in whisper["events"]] == ["whispered"]
        after = (await third.get(f"/tables/{host.table}/events?after={whisper['v'] - 1}")).json()
        assert after["items"] == []


async def test_words_that_mean_nothing_here_are_refused_as_a_problem() -> None:
    """And what may mean several things is asked back, with the choices."""
    async with serving() as served:
        host = await served.playing()
        path = f"/tables/{host.table}/actions"
        lost = await host.post(path, {"text": "xyzzy plugh"})
        assert (lost.status_code, lost.json()["code"].partition("/")[0]) == (409, "interpret")
        back = (await host.post(path, {"text": "ask"})).json()
        assert (back["t"], back["question"]["code"], len(back["choices"])) == ("ask", "interpret/which_action", 2)
        nothing = await host.post(path, {})
        assert (nothing.status_code, nothing.json()["code"]) == (400, "command/unknown")


async def test_who_only_watches_may_stop_the_scene() -> None:
    """And is asked how far to go back like everybody; whatever else a player does is refused, as on a stream."""
    async with serving() as served:
        host = await served.playing()
        watcher = await served.follow(await host.invite("spectator"))
        assert (await watcher.act("spectate", name="Wen")).status_code == 200
        refused = await watcher.act("say", text="Boo.")
        assert (refused.status_code, refused.json()["code"]) == (403, "seat/unknown")
        assert (await watcher.act("xcard")).status_code == 200
        (question,) = (await watcher.get(f"/tables/{host.table}/view")).json()["decisions"]
        for seat in (watcher, host):
            answer = await seat.act("answer", decision=question["id"], choice=question["choices"][0]["id"])
            assert answer.status_code == 200, answer.text
        assert (await host.get(f"/tables/{host.table}/view")).json()["table"]["status"] == "playing"


async def test_events_can_be_waited_for() -> None:
    """The answer comes when something happens that the seat can hear, and not before; else it comes empty."""
    async with serving() as served:
        host = await served.playing()
        version = (await host.get(f"/tables/{host.table}/view")).json()["version"]
        waiting = asyncio.create_task(host.get(f"/tables/{host.table}/events?after={version}&wait=20"))
        while (await served.desk.room(host.table)).idle:
            await served.stranger.get("//live")
        assert not waiting.done()
        await host.act("say", text="At last.")
        (event,) = (await waiting).json()["items"]
        assert event["d"]["text"] == "At last."
        empty = await host.get(f"/tables/{host.table}/events?after={event['v']}&wait=0")
        assert empty.json() == {"items": []}


async def test_a_recap_is_told_of_what_the_seat_knows() -> None:
    """Its own journal in the narrator's words; what was found before somebody came is not theirs to be told."""
    async with serving(narrator=GrammarNarrator()) as served:
        host = await served.playing()
        assert (await host.act("use_option", option="do:ask_store")).status_code == 200
        guest = await served.follow(await host.invite())
        await guest.act("sit", pregen="cleric", name="Bob")
        mine, theirs = [(await seat.get(f"/tables/{seat.table}/recap")).json()["in_short"] for seat in (host, guest)]

        assert mine[0] == "A low room under a blackened beam."
        assert "There is something in the store that is not barrels." in mine
        assert theirs[0] == mine[0]
        assert "barrels" not in repr(theirs)

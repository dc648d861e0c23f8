"""The audit log as an administrator reads it: who did what to whom, by ids; no secrets, and nobody at the X-card."""

import re

from taleforge.api.app import routes
from taleforge.api.deeds import BY_COMMAND, BY_ROUTE, DEEDS, FAILED
from taleforge.bootstrap import LOCAL_PERSON
from taleforge.errors import Unavailable
from taleforge.messages.commands import COMMANDS
from taleforge.settings import changed, load
from tests.api.serving import Guest, Served, serving

PASSWORD = "correct horse battery"
EMAIL = "dana@example.org"
UNNOTED = {
    "POST /api/v1/tables/{tbl}/actions": "the log of the table has it; commands of the host are noted by their name",
    "POST /api/v1/tables/{tbl}/undo": "noted by its command",
    "POST /api/v1/tables/{tbl}/branch": "noted by its command",
    "POST /api/v1/campaigns": "somebody's own, and no power over others",
    "PUT /api/v1/campaigns/{campaign}": "the same",
    "DELETE /api/v1/campaigns/{campaign}": "the same",
    "POST /api/v1/characters": "the same",
    "PUT /api/v1/characters/{character}": "the same",
    "DELETE /api/v1/characters/{character}": "the same",
    "POST /api/v1/characters/import": "the same",
    "POST /api/v1/characters/{character}/home": "the same",
    "POST /generate/image": "the same; the ledger has it",
    "POST /v1/images/generations": "the same; the ledger has it",
    "POST /api/v1/tables/{tbl}/generate/image": "the same; the ledger has it",
    "DELETE /api/v1/jobs/{job}": "the same",
    "DELETE /api/v1/pictures/{picture}": "the same",
    "POST /synthesize": "keeps nothing; the ledger has it",
    "POST /v1/audio/speech": "the same",
    "POST /transcribe": "the same",
    "POST /v1/audio/transcriptions": "the same",
}
"""Routes that change something and leave no line, and why."""


async def lines(served: Served, **asked: object) -> list[dict[str, str]]:
    """Return the audit log, oldest line first."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = await served.owner.get(f"/audit?limit=100&{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"][::-1]


async def account(served: Served) -> Guest:
    """Return somebody new with an account, and a session."""
    made = await served.owner.post("/people", {"email": EMAIL, "password": PASSWORD, "name": "Dana"})
    assert made.status_code == 202, made.text
    answer = await served.stranger.post("/sessions", {"email": EMAIL, "password": PASSWORD})
    session = re.search("taleforge_session=([^;]+)", answer.headers["set-cookie"])
    assert session is not None
    served.stranger.http.cookies.clear()
    return Guest(served.stranger.http, session[1])


async def test_who_did_what_to_whom_can_be_read() -> None:
    """Each line names the doer, the deed, and whom it was done to, in the order in which it happened."""
    async with serving() as served:
        dana = await account(served)
        me = (await dana.get("/people/me")).json()["id"]
        wrong = {"email": EMAIL, "password": "wrong"}
        await served.stranger.post("/sessions", wrong)
        key = (await dana.post("/keys", {"name": "bot", "scopes": ["read"]})).json()["id"]
        await dana.ask("DELETE", f"/keys/{key}")
        host = await served.playing()
        invite = await host.invite()
        guest = await served.follow(invite)
        await guest.act("sit", pregen="cleric", name="Bob")
        assert (await host.act("kick", seat=guest.seat)).status_code == 200
        assert (await host.get(f"/tables/{host.table}/export")).status_code == 200
        found = [
            (line["did"], line["who"], line.get("whom", ""), line.get("table", "")) for line in await lines(served)
        ]
    bob = found[-3][1]
    assert found == [
        ("person.made", LOCAL_PERSON, me, ""),
        ("session.made", me, me, ""),
        ("session.failed", "", me, ""),
        ("key.made", me, key, ""),
        ("key.revoked", me, key, ""),
        ("table.made", LOCAL_PERSON, "", host.table),
        ("invite.made", LOCAL_PERSON, invite["id"], host.table),
        ("invite.followed", bob, invite["id"], host.table),
        ("seat.kicked", LOCAL_PERSON, bob, host.table),
        ("table.exported", LOCAL_PERSON, "", host.table),
    ]


async def test_whoever_was_forgotten_has_an_id_and_no_name() -> None:
    """The line stays; and nothing secret was ever in it."""
    async with serving() as served:
        dana = await account(served)
        assert {line.get("who_name") for line in await lines(served)} >= {"Dana"}
        assert (await dana.get("/people/me/export")).json()["audit"][0]["did"] == "person.made"
        assert (await dana.ask("DELETE", "/people/me")).status_code == 204
        left = await lines(served)
        assert left[-1]["did"] == "person.erased"
        said = str(left)
        assert not [secret for secret in ("Dana", EMAIL, PASSWORD, dana.token) if secret in said]


async def test_nobody_pressed_the_x_card() -> None:
    """It leaves no line, whichever way it came."""
    async with serving() as served:
        host = await served.playing()
        before = await lines(served)
        assert (await host.act("xcard")).status_code == 200
        assert await lines(served) == before
    assert "xcard" not in BY_COMMAND


async def test_it_is_read_page_by_page() -> None:
    """From the newest on, each line once, however many there are."""
    async with serving() as served:
        for _ in range(5):
            await served.owner.post("/tables", {"adventure": "lamp"})
        seen: list[str] = []
        after = ""
        while True:
            page = (await served.owner.get(f"/audit?limit=2{after}")).json()
            seen += [line["id"] for line in page["items"]]
            if "next" not in page:
                break
            after = f"&after={page['next']}"
        assert len(seen) == len(set(seen)) == 5
        assert seen == sorted(seen, reverse=True)


async def test_a_line_that_cannot_be_kept_stops_nobody() -> None:
    """What was done is answered; the log of the server has the line."""
    async with serving() as served:

        async def full(_: object) -> None:
            raise Unavailable("The disk is full.", "Make room.")

        served.desk.deeds._store.add = full  # pyright: ignore[reportAttributeAccessIssue] - as a full disk would
        assert (await served.owner.post("/tables", {"adventure": "lamp"})).status_code == 201


async def test_old_lines_are_forgotten() -> None:
    """After as many days as the settings say."""
    async with serving() as served:
        await served.owner.post("/tables", {"adventure": "lamp"})
        assert await served.desk.deeds.forget(1) == 0
        await served.services.clock.forward(2 * 24 * 3600)  # pyright: ignore[reportAttributeAccessIssue] - set by hand
        assert await served.desk.deeds.forget(1) == 1


def test_every_route_that_changes_something_is_noted_or_says_why_not() -> None:
    """A new route is placed here, or in `deeds`, before it is served."""
    unsafe = {
        (method, route.path_format)
        for route in routes(docs=True).routes
        for method in getattr(route, "methods", ())
        if method not in {"GET", "OPTIONS"}
    }
    placed = set(BY_ROUTE) | {(row.partition(" ")[0], row.partition(" ")[2]) for row in UNNOTED}
    assert unsafe - placed == set()


def test_every_word_is_used_and_known() -> None:
    """No line can hold a word that is not in the list, nor the list one that no line holds."""
    used = {*BY_ROUTE.values(), *BY_COMMAND.values(), *FAILED.values(), "server.started"}
    assert used == set(DEEDS)
    assert set(BY_COMMAND) <= set(COMMANDS)


def test_settings_are_named_and_not_told() -> None:
    """What the first line of a server says of its settings: which are not as delivered, and no value of any."""
    assert changed(load({}, {}, None)) == ()
    given = load({"TALEFORGE_SERVE_SECRET": "q7Zp2mLx94VbKd1RtWs6Hc3Yf8Jg5NuA"}, {"log.level": "debug"}, None)
    assert changed(given) == ("log.level", "serve.secret")

"""Administration over REST: accounts, keys and tables of a space, as whoever runs the server sees them."""

from tests.api.serving import Guest, serving, until

PASSWORD = "correct horse battery"
ANOTHER = "staple tray candle"
ANN = {"email": "ann@example.org", "password": PASSWORD, "name": "Ann"}


async def logged_in(guest: Guest, password: str) -> int:
    """The status of logging Ann in with a password."""
    answer = await Guest(guest.http).post("/sessions", {"email": ANN["email"], "password": password})
    guest.http.cookies.clear()
    return answer.status_code


async def test_an_account_is_made_given_a_password_and_forgotten() -> None:
    """Each is seen in the list and at the door; what is forgotten keeps its id alone."""
    async with serving() as served:
        admin = served.owner
        made = (await admin.post("/admin/people", {**ANN, "admin": True})).json()
        assert (made["name"], made["admin"], made["guest"]) == ("Ann", True, False)
        assert (await admin.post("/admin/people", ANN)).json()["code"] == "person/email_taken"
        assert await logged_in(served.stranger, PASSWORD) == 201
        path = f"/admin/people/{made['id']}"
        assert (await admin.ask("PUT", f"{path}/password", {"password": "short"})).status_code == 422
        assert (await admin.ask("PUT", f"{path}/password", {"password": ANOTHER})).status_code == 204
        assert await logged_in(served.stranger, PASSWORD) == 401
        assert await logged_in(served.stranger, ANOTHER) == 201
        assert (await admin.ask("DELETE", path)).status_code == 204
        assert await logged_in(served.stranger, ANOTHER) == 401
        people = (await admin.get("/admin/people")).json()["items"]
        (found,) = [one for one in people if one["id"] == made["id"]]
        assert (found["name"], "email" in found, "forgotten" in found) == ("", False, True)
        assert (await admin.ask("DELETE", path)).json()["code"] == "person/unknown"
        myself = (await admin.get("/people/me")).json()["id"]
        assert (await admin.ask("DELETE", f"/admin/people/{myself}")).json()["code"] == "person/not_this_one"


async def test_a_space_is_opened_and_seen_by_nobody_of_another() -> None:
    """Its administrator takes the key, or logs in by naming it; the first space knows nothing of what is there."""
    async with serving() as served:
        unnamed = await served.owner.post("/admin/spaces", {**ANN, "name": " "})
        assert unnamed.json()["code"] == "space/name"
        refused = await served.owner.post("/admin/spaces", {**ANN, "password": "short"})
        assert refused.json()["code"] == "password/too_short"
        assert (await served.owner.get("/admin/spaces")).json()["items"] == []
        made = (await served.owner.post("/admin/spaces", {**ANN, "name": "The Club"})).json()
        (listed,) = (await served.owner.get("/admin/spaces")).json()["items"]
        assert listed == {"id": made["id"], "name": "The Club", "created": made["created"]}
        club = Guest(served.stranger.http, made["key"])
        login = {"email": ANN["email"], "password": PASSWORD}
        assert (await served.stranger.post("/sessions", {**login, "space": made["id"]})).status_code == 201
        served.stranger.http.cookies.clear()
        assert (await served.stranger.post("/sessions", login)).status_code == 401
        laid = (await club.post("/tables", {"adventure": "lamp"})).json()
        assert [table["id"] for table in (await club.get("/tables")).json()["items"]] == [laid["table"]]
        assert (await served.owner.get("/tables")).json()["items"] == []
        assert (await served.owner.get(f"/tables/{laid['table']}")).json()["code"] == "table/unknown"
        assert [one["id"] for one in (await club.get("/admin/people")).json()["items"]] == [made["administrator"]]
        assert (await club.get("/admin/spaces")).json()["code"] == "auth/forbidden"
        done = [line["did"] for line in (await served.owner.get("/audit")).json()["items"]]
        assert "space.made" in done


async def test_another_password_ends_the_sessions_there_are() -> None:
    """Whoever had the old one is out at once."""
    async with serving() as served:
        made = (await served.owner.post("/admin/people", ANN)).json()
        person = await served.desk.stores.people.get(made["id"])
        assert person is not None
        session = Guest(served.stranger.http, (await served.desk.accounts.session(person)).secret)
        assert (await session.get("/people/me")).status_code == 200
        await served.owner.ask("PUT", f"/admin/people/{made['id']}/password", {"password": ANOTHER})
        assert (await session.get("/people/me")).json()["code"] == "auth/revoked"


async def test_keys_are_made_for_others_within_what_they_may_do() -> None:
    """An administrator's key for somebody who is none is refused; a revoked one is worth nothing."""
    async with serving() as served:
        path = f"/admin/people/{(await served.owner.post('/admin/people', ANN)).json()['id']}/keys"
        refused = await served.owner.post(path, {"name": "bot", "scopes": ["admin"]})
        assert refused.json()["code"] == "key/scope"
        made = (await served.owner.post(path, {"name": "bot", "scopes": ["read"], "days": 7})).json()
        bot = Guest(served.stranger.http, made["key"])
        assert (await bot.get("/people/me")).json()["name"] == "Ann"
        assert [key["name"] for key in (await served.owner.get(path)).json()["items"]] == ["bot"]
        assert (await served.owner.ask("DELETE", f"{path}/{made['id']}")).status_code == 204
        assert (await bot.get("/people/me")).json()["code"] == "auth/revoked"


async def test_a_table_that_is_shut_lets_nobody_in_any_more() -> None:
    """Its streams end, its invites are closed, its tokens are worth nothing; its log is as it was."""
    async with serving() as served:
        host = await served.playing()
        invite = await host.invite()
        async with served.stream(host) as socket:
            await until(socket, "snapshot")
            shut = await served.owner.post(f"/admin/tables/{host.table}/shut")
            assert shut.json() == {"revoked": 1}
            assert (await until(socket, "bye"))[-1]["d"]["code"] == "auth/revoked"
        assert (await host.get(f"/tables/{host.table}/view")).json()["code"] == "auth/revoked"
        followed = await served.stranger.post("/invites/follow", {"invite": invite["code"]})
        assert followed.json()["code"] == "invite/invalid"
        (size,) = (await served.owner.get("/admin/tables")).json()["items"]
        assert (size["id"], size["status"]) == (host.table, "playing")
        assert size["events"] == len(await served.services.log.read(host.table))


async def test_tables_are_listed_page_by_page() -> None:
    """The last played first, and each once."""
    async with serving() as served:
        tables = [(await served.host()).table for _ in range(3)]
        first = (await served.owner.get("/admin/tables?limit=2")).json()
        assert [item["id"] for item in first["items"]] == tables[:0:-1]
        rest = (await served.owner.get(f"/admin/tables?limit=2&after={first['next']}")).json()
        assert [item["id"] for item in rest["items"]] == tables[:1]
        assert "next" not in rest


async def test_what_a_space_used_is_summed_up_by_resource() -> None:
    """What was released counts nothing."""
    async with serving() as served:
        made = (await served.owner.post("/admin/people", ANN)).json()
        person = await served.desk.stores.people.get(made["id"])
        assert person is not None
        for amount in (3, 4, 5):
            entry = await served.desk.accounts.reserve(person, "tokens", amount)
            assert not hasattr(entry, "code")
            if amount == 5:
                await served.desk.accounts.release(entry)  # pyright: ignore[reportArgumentType] - no denial
        used = (await served.owner.get("/admin/usage")).json()["items"]
        assert used == [{"resource": "tokens", "amount": 7, "entries": 2}]

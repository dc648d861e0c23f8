"""Moderation over REST: reports reach whoever may look into them, and a ban keeps somebody out."""

from tests.api.serving import serving

ACCOUNT = {"email": "dana@example.org", "password": "correct horse battery", "name": "Dana"}


async def test_a_report_reaches_the_host_but_not_its_subject() -> None:
    """The host is not told who reported, nor of what is reported of the host; an administrator is told all."""
    async with serving() as served:
        owner = await served.playing()
        host = await served.follow(await owner.invite(), "Hal")
        bob = await served.follow(await owner.invite(), "Bob")
        assert (await host.act("sit", pregen="cleric", name="Hal")).status_code == 200
        assert (await owner.act("hand_over", seat=host.seat)).status_code == 200
        path = f"/tables/{owner.table}/reports"
        for seat, reason in ((bob.seat, "spam"), (host.seat, "hate")):
            answer = await owner.post(path, {"seat": seat, "reason": reason, "note": "see there", "version": 4})
            assert answer.status_code == 201, answer.text
            assert (answer.json()["version"], "by" in answer.json()) == (4, False)
        assert (await owner.post(path, {"seat": owner.seat, "reason": "spam"})).json()["code"] == "report/yourself"

        told = (await host.get(path)).json()["items"]
        assert [(one["reason"], "by" in one) for one in told] == [("spam", False)]
        whole = (await served.owner.get("/reports")).json()["items"]
        assert [one["reason"] for one in whole] == ["hate", "spam"]
        assert {one["by"] for one in whole} == {(await served.owner.get("/people/me")).json()["id"]}

        close = f"{path}/{told[0]['id']}/outcome"
        assert (await host.post(close, {"outcome": "warned"})).status_code == 204
        assert (await host.post(close, {"outcome": "warned"})).json()["code"] == "report/closed"
        unseen = await host.post(f"{path}/{whole[0]['id']}/outcome", {"outcome": "dismissed"})
        assert unseen.json()["code"] == "report/unknown"
        admin = await served.owner.post(f"/reports/{whole[0]['id']}/outcome", {"outcome": "warned"})
        assert admin.status_code == 204


async def test_a_banned_player_does_not_come_back() -> None:
    """The seat is empty, its stream ends, no new invite helps; once the ban is lifted one does."""
    async with serving(registration="open") as served:
        host = await served.playing()
        await served.stranger.post("/people", ACCOUNT)
        csrf = {"x_csrf_token": (await served.stranger.post("/sessions", ACCOUNT)).json()["csrf"]}
        dana = served.stranger
        answer = await dana.post("/invites/follow", {"invite": (await host.invite())["code"]}, **csrf)
        seat = served.seated(answer)
        await seat.act("sit", pregen="cleric", name="Dana")
        async with served.stream(seat) as socket:
            await socket.recv()
            banned = await host.post(f"/tables/{host.table}/bans", {"seat": seat.seat, "reason": "rude"})
            assert banned.status_code == 201, banned.text
            await socket.wait_closed()
            assert socket.close_code == 4401
        assert banned.json()["name"] == "Dana"
        assert seat.seat not in (await served.desk.state(host.table)).seats

        code = {"invite": (await host.invite())["code"]}
        again = await dana.post("/invites/follow", code, **csrf)
        assert (again.status_code, again.json()["code"]) == (403, "person/banned")
        bans = f"/tables/{host.table}/bans"
        (ban,) = (await host.get(bans)).json()["items"]
        assert (await host.ask("DELETE", f"{bans}/{ban['id']}")).status_code == 204
        assert (await host.get(bans)).json()["items"] == []
        assert (await dana.post("/invites/follow", code, **csrf)).status_code == 201


async def test_an_administrator_keeps_somebody_out_of_the_space() -> None:
    """Their session ends at once, and their password opens nothing, until the ban is lifted."""
    async with serving(registration="open") as served:
        await served.stranger.post("/people", ACCOUNT)
        person = (await served.stranger.post("/sessions", ACCOUNT)).json()["person"]["id"]
        ban = await served.owner.post("/bans", {"person": person, "reason": "spam"})
        assert ban.status_code == 201
        assert (await served.stranger.get("/people/me")).json()["code"] == "auth/revoked"
        served.stranger.http.cookies.clear()
        refused = await served.stranger.post("/sessions", ACCOUNT)
        assert (refused.status_code, refused.json()["code"]) == (403, "person/banned")
        assert len((await served.owner.get("/bans")).json()["items"]) == 1
        assert (await served.owner.ask("DELETE", f"/bans/{ban.json()['id']}")).status_code == 204
        assert (await served.stranger.post("/sessions", ACCOUNT)).status_code == 201
        me = (await served.owner.get("/people/me")).json()["id"]
        assert (await served.owner.post("/bans", {"person": me})).json()["code"] == "ban/not_this_one"

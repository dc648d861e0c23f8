"""Campaigns over REST: who sees them, who makes tables in them, and that deleting one deletes no table."""

from tests.api.serving import serving

ACCOUNT = {"email": "dana@example.org", "password": "correct horse battery", "name": "Dana"}


async def test_tables_belong_to_a_campaign_that_its_players_see() -> None:
    """Whoever plays at one of its tables sees it and that table; strangers see nothing; its tables outlive it."""
    async with serving(registration="open") as served:
        marsh = (await served.owner.post("/campaigns", {"name": "Marsh", "note": "Mondays"})).json()
        path = f"/campaigns/{marsh['id']}"
        wish = {"adventure": "lamp", "campaign": marsh["id"]}
        host, other = [served.seated(await served.owner.post("/tables", wish)) for _ in range(2)]
        await served.host()
        assert (await served.owner.get(f"/tables/{host.table}")).json()["campaign"] == marsh["id"]
        listed = (await served.owner.get(f"/tables?campaign={marsh['id']}")).json()["items"]
        assert {table["id"] for table in listed} == {host.table, other.table}

        await served.stranger.post("/people", ACCOUNT)
        csrf = {"x_csrf_token": (await served.stranger.post("/sessions", ACCOUNT)).json()["csrf"]}
        dana = served.stranger
        assert (await dana.get(path)).json()["code"] == "campaign/unknown"
        followed = await dana.post("/invites/follow", {"invite": (await host.invite())["code"]}, **csrf)
        assert followed.status_code == 201
        seen = (await dana.get(path)).json()
        assert (seen["name"], seen["mine"], [table["id"] for table in seen["tables"]]) == ("Marsh", False, [host.table])
        assert [one["id"] for one in (await dana.get("/campaigns")).json()["items"]] == [marsh["id"]]
        for method, body in (("PUT", {"name": "Fen"}), ("DELETE", None)):
            assert (await dana.ask(method, path, body, **csrf)).json()["code"] == "auth/forbidden"
        assert (await dana.post("/tables", wish, **csrf)).json()["params"] == {"field": "campaign"}

        assert (await served.owner.ask("PUT", path, {"name": "Fen"})).json()["name"] == "Fen"
        assert (await served.owner.ask("DELETE", path)).status_code == 204
        assert (await served.owner.get(path)).status_code == 404
        assert "campaign" not in (await served.owner.get(f"/tables/{host.table}")).json()


async def test_a_branch_stays_in_the_campaign() -> None:
    """So that the same people find it."""
    async with serving() as served:
        marsh = (await served.owner.post("/campaigns", {"name": "Marsh"})).json()
        host = served.seated(await served.owner.post("/tables", {"adventure": "lamp", "campaign": marsh["id"]}))
        for name, data in (("sit", {"pregen": "fighter"}), ("ready", {})):
            await host.act(name, **data)
        child = served.seated(await host.post(f"/tables/{host.table}/branch"))
        assert await served.desk.stores.campaigns.tables(marsh["id"]) == sorted([host.table, child.table])

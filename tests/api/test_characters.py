"""Characters of one's own: made by the rules, taken to a table, brought home with what they gained, never forged."""

from typing import Any

import msgspec

from taleforge.api.kept import field_of
from taleforge.rules.choices import validate
from taleforge.rules.definitions import CharacterChoice, Problem
from tests.api.serving import Guest, Served, serving
from tests.rules.lore import DEFS, FIGHTER

CHOICE: dict[str, Any] = msgspec.to_builtins(FIGHTER)


async def made(served: Served, **changes: object) -> dict[str, Any]:
    """Return a character of the owner's."""
    answer = await served.owner.post("/characters", {"choice": CHOICE | changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def seated(served: Served, character: str) -> Guest:
    """Return the host of a table at which a kept character is played."""
    host = await served.host()
    for name, data in (("sit", {"own": character, "name": "Ann"}), ("ready", {})):
        answer = await host.act(name, **data)
        assert answer.status_code == 200, answer.text
    return host


async def test_a_character_is_made_changed_listed_and_forgotten() -> None:
    """With its figures worked out by the rules; a ready-made one will do to begin with."""
    async with serving() as served:
        brannoc = await made(served)
        assert (brannoc["name"], brannoc["level"], brannoc["xp"]) == ("Brannoc", 1, 0)
        assert (brannoc["classes"], brannoc["max_hp"], brannoc["ac"]) == ({"fighter": 1}, 12, 19)
        ready = (await served.owner.post("/characters", {"pregen": "fighter"})).json()
        page = (await served.owner.get("/characters?limit=1")).json()
        rest = (await served.owner.get(f"/characters?after={page['next']}")).json()
        assert [one["id"] for one in (*page["items"], *rest["items"])] == [brannoc["id"], ready["id"]]
        path = f"/characters/{brannoc['id']}"
        changed = await served.owner.ask("PUT", path, {"choice": CHOICE | {"name": "Brann"}})
        assert (changed.json()["name"], (await served.owner.get(path)).json()["choice"]["name"]) == ("Brann", "Brann")
        assert (await served.owner.ask("DELETE", path)).status_code == 204
        assert (await served.owner.get(path)).json()["code"] == "character/none_of_yours"


BROKEN = (
    ({"abilities": {"str": 18}}, 422, "character/bought", "choice.abilities"),
    ({"race": "giant"}, 422, "character/unknown", "choice.race"),
    ({"coins": 10**9}, 422, "character/purse", "choice.equipment"),
    ({"look": "x" * 500}, 422, "character/text", "choice.look"),
    ({"classes": [{"id": "fighter", "level": 30}]}, 422, "character/level", "choice.classes"),
    ({"abilities": {"str": "strong"}}, 400, "request/malformed", "choice.abilities.str"),
)


async def test_a_broken_sheet_is_refused_with_the_fields_name() -> None:
    """Whether the rules do not allow it, or it is no sheet at all."""
    async with serving() as served:
        for changes, status, code, field in BROKEN:
            answer = await served.owner.post("/characters", {"choice": CHOICE | changes})
            said = answer.json()
            assert (answer.status_code, said["code"], said["params"]["field"]) == (status, code, field)


def test_every_problem_of_the_rules_names_a_field_that_there_is() -> None:
    """Whatever the rules find wrong with an empty choice or a strange one."""
    fields = set(CharacterChoice.__struct_fields__)
    strange = msgspec.structs.replace(FIGHTER, name=" ", skills=(), cantrips=("light",), picks={"x": ()}, equipment={})
    empty = CharacterChoice("", "human", ())
    found = [*validate(strange, DEFS), *validate(empty, DEFS), Problem("character/text", {"field": "look"})]

    assert len({problem.code for problem in found}) > 5
    assert {field_of(problem) for problem in found} <= fields


async def test_a_kept_character_is_played_and_comes_home_with_what_it_gained() -> None:
    """Its things and coins are those it has now; from a table where it never sat nothing comes."""
    async with serving() as served:
        brannoc = await made(served)
        host = await seated(served, brannoc["id"])
        assert (await host.get(f"/tables/{host.table}/view")).json()["you"]["name"] == "Brannoc"
        home = f"/characters/{brannoc['id']}/home"
        at_home = (await served.owner.post(home, {"table": host.table})).json()
        assert at_home["earned"]["items"] == CHOICE["equipment"]
        elsewhere = await served.host()
        assert (await served.owner.post(home, {"table": elsewhere.table})).json()["code"] == "table/unknown"


async def test_nothing_is_believed_that_a_client_says_was_earned() -> None:
    """Neither in a command nor in a file without this server's seal; with it the file brings all back."""
    async with serving() as served:
        host = await served.host()
        rich = {"choice": CHOICE, "earned": {"xp": 900_000, "coins": 999, "items": {"silver_mace": 1}}}
        assert (await host.act("sit", name="Ann", **rich)).status_code == 200
        creature = (await served.desk.state(host.table)).party()[0]
        assert (creature.coins, creature.items) == (0, CHOICE["equipment"])

        forged = await served.owner.post("/characters/import", {"format": 1, **rich, "seal": "0" * 64})
        assert (forged.status_code, forged.json()["params"]["field"]) == (422, "earned")
        newer = await served.owner.post("/characters/import", {"format": 2, "choice": CHOICE})
        assert newer.json()["code"] == "store/too_new"

        brannoc = await made(served)
        away = await seated(served, brannoc["id"])
        await served.owner.post(f"/characters/{brannoc['id']}/home", {"table": away.table})
        file = (await served.owner.get(f"/characters/{brannoc['id']}/export")).json()
        back = await served.owner.post("/characters/import", file)
        assert back.status_code == 201
        assert back.json()["earned"] == file["earned"]
        file["earned"]["coins"] = 1_000_000
        assert (await served.owner.post("/characters/import", file)).json()["code"] == "character/seal"


async def test_a_character_belongs_to_its_person_and_a_table_may_want_none() -> None:
    """Nobody sits down with another's; the host says whether own ones may come, and what they may keep."""
    async with serving() as served:
        brannoc = await made(served)
        host = await served.playing()
        bob = await served.follow(await host.invite())
        stolen = await bob.act("sit", own=brannoc["id"], name="Bob")
        assert (stolen.status_code, stolen.json()["code"]) == (404, "character/none_of_yours")
        wish = {"adventure": "lamp", "house_rules": {"own_characters": "none"}}
        strict = served.seated(await served.owner.post("/tables", wish))
        assert (await strict.act("sit", own=brannoc["id"])).json()["code"] == "character/not_here"
        wish["house_rules"] = {"own_characters": "play"}
        lent = served.seated(await served.owner.post("/tables", wish))
        assert (await lent.act("sit", own=brannoc["id"])).status_code == 200
        home = await served.owner.post(f"/characters/{brannoc['id']}/home", {"table": lent.table})
        assert (home.status_code, home.json()["code"]) == (409, "character/not_kept")
        odd = await served.owner.post("/tables", {"adventure": "lamp", "house_rules": {"own_characters": "some"}})
        assert odd.json()["params"] == {"field": "house_rules.own_characters"}

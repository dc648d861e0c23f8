"""Characters over REST: what a person keeps between tables, made and changed by the rules alone.

To play one, sit down with its id (`sit {own}`); to keep what it gained, bring it home from that table.
"""

from typing import Final

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import structs

from taleforge.accounts.values import Character
from taleforge.api import forms
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.kept import Kept, brought_home, field_of, read, sealable, written
from taleforge.api.pages import Cursor, Limit, known_id, moment, paged
from taleforge.api.problems import Trouble, check
from taleforge.api.spec import documented
from taleforge.rules.beginnings import arrive, judge
from taleforge.rules.choices import MAX_LEVEL
from taleforge.rules.definitions import CharacterChoice, Earned
from taleforge.world.scene import Content

FORMAT: Final = 1
"""The newest kind of character file that is understood."""


@get("/characters", access="person", **documented(401, 403))
async def list_characters(
    desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None
) -> forms.CharacterPage:
    """List my characters, oldest first."""
    found = await desk.stores.characters.of(caller.person, after or "", limit + 1)
    items, rest = paged(found, limit, lambda character: character.id)
    content = desk.house.content
    return forms.CharacterPage(tuple(_character_out(character, content) for character in items), rest)


@post("/characters", access="person", scope="play", **documented(401, 403, 409, 422))
async def make_character(desk: TheDesk, caller: TheCaller, data: JSONBody[forms.CharacterIn]) -> forms.CharacterOut:
    """Make a character of what I choose, or of a ready-made one; its field is named if the rules object to it."""
    choice = data.choice or desk.house.content.choices.get(data.pregen)
    if choice is None:
        raise Trouble("character/pregen", {"field": "pregen"})
    return await _kept(desk, caller, choice)


@get("/characters/{character:str}", access="person", **documented(401, 403, 404))
async def get_character(desk: TheDesk, caller: TheCaller, character: FromPath[str]) -> forms.CharacterOut:
    """Look at a character of mine."""
    return _whole(await _mine(desk, caller, character), desk.house.content)


@put("/characters/{character:str}", access="person", scope="play", **documented(401, 403, 404, 422))
async def change_character(
    desk: TheDesk, caller: TheCaller, character: FromPath[str], data: JSONBody[forms.ChoiceIn]
) -> forms.CharacterOut:
    """Choose anew what a character of mine is; what it earned stays, and bounds its level."""
    mine = await _mine(desk, caller, character)
    kept = read(mine)
    _judged(desk.house.content, data.choice, kept.earned)
    body = written(structs.replace(kept, choice=data.choice))
    return _whole(await desk.belongings.change(mine, data.choice.name, body), desk.house.content)


@delete("/characters/{character:str}", access="person", scope="play", **documented(401, 403, 404))
async def forget_character(desk: TheDesk, caller: TheCaller, character: FromPath[str]) -> None:
    """Forget a character of mine; at tables where it sits it stays."""
    await desk.stores.characters.remove((await _mine(desk, caller, character)).id)


@get("/characters/{character:str}/export", access="person", **documented(401, 403, 404))
async def export_character(desk: TheDesk, caller: TheCaller, character: FromPath[str]) -> forms.CharacterFile:
    """Return a character of mine as a file; its seal lets it keep what it earned when it comes back here."""
    kept = read(await _mine(desk, caller, character))
    seal = desk.accounts.seal(sealable(kept.choice, kept.earned)) if kept.earned else ""
    return forms.CharacterFile(FORMAT, kept.choice, kept.earned, seal)


@post("/characters/import", access="person", scope="play", **documented(401, 403, 409, 422))
async def import_character(desk: TheDesk, caller: TheCaller, data: JSONBody[forms.CharacterFile]) -> forms.CharacterOut:
    """Keep a character from a file; what it earned has to bear this server's seal."""
    if data.format > FORMAT:
        raise Trouble("store/too_new", {"field": "format"})
    if data.earned is not None and data.seal != desk.accounts.seal(sealable(data.choice, data.earned)):
        raise Trouble("character/seal", {"field": "earned"})
    return await _kept(desk, caller, data.choice, data.earned)


@post("/characters/{character:str}/home", access="person", scope="play", status_code=200,
      **documented(401, 403, 404, 409))  # fmt: skip
async def bring_home(
    desk: TheDesk, caller: TheCaller, character: FromPath[str], data: JSONBody[forms.HomeIn]
) -> forms.CharacterOut:
    """Keep what a character of mine has gained at a table where it sat: experience, things, coins."""
    mine = await _mine(desk, caller, character)
    kept = read(mine)
    if data.table not in kept.tables or await desk.place(caller, data.table) is None:
        raise Trouble("table/unknown")
    state = await desk.state(data.table)
    creature = state.stage.creatures.get(state.characters.get(mine.id, ""))
    if creature is None or creature.life == "dead":
        raise Trouble("character/dead" if creature else "character/not_there")
    if state.house_rules.get("own_characters", "keep") != "keep":
        raise Trouble("character/not_kept")
    if state.stage.fighting:
        raise Trouble("turn/fight")
    home = brought_home(kept, creature, state.experience.get(creature.id, 0))
    return _whole(await desk.belongings.change(mine, mine.name, written(home)), desk.house.content)


async def _kept(
    desk: Desk, caller: Caller, choice: CharacterChoice, earned: Earned | None = None
) -> forms.CharacterOut:
    _judged(desk.house.content, choice, earned)
    by = await desk.person(caller)
    kept = check(await desk.belongings.keep(by, choice.name, written(Kept(choice, earned))))
    return _whole(kept, desk.house.content)


def _judged(content: Content, choice: CharacterChoice, earned: Earned | None) -> None:
    """Raise Trouble with the first thing that the rules have against a character, and the field it is about.

    Whatever level is allowed here: with experience the one it brought, without any the table's to judge.
    """
    given = [ready.abilities for ready in content.choices.values()]
    highest = 1 if earned else MAX_LEVEL
    for problem in judge(choice, content.definitions, highest, earned, given):
        raise Trouble(problem.code, {**problem.params, "field": f"choice.{field_of(problem)}"})


async def _mine(desk: Desk, caller: Caller, character: str) -> Character:
    wanted = known_id(character, "chr", "character/none_of_yours")
    known = await desk.belongings.character(wanted, caller.person)
    if known is None:
        raise Trouble("character/none_of_yours")
    return known


def _whole(character: Character, content: Content) -> forms.CharacterOut:
    kept = read(character)
    return structs.replace(_character_out(character, content), choice=kept.choice, earned=kept.earned)


def _character_out(character: Character, content: Content) -> forms.CharacterOut:
    kept = read(character)
    sheet = arrive("", kept.choice, content.definitions, kept.earned).sheet
    return forms.CharacterOut(
        character.id, character.name, kept.choice.race, sheet.classes, sheet.level, kept.xp, sheet.max_hp, sheet.ac,
        moment(character.created), moment(character.updated),
    )  # fmt: skip


HANDLERS: Final = (
    list_characters, make_character, get_character, change_character, forget_character, export_character,
    import_character, bring_home,
)  # fmt: skip

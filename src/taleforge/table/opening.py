"""The first events of a table, and a scene as it is when the party comes into it.

Does not store anything: who opens a table appends these events to its log.
"""

from msgspec.structs import replace

from taleforge.messages import events as ev
from taleforge.messages.commands import Command, Pause
from taleforge.messages.ids import CommandId, SeatId
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.values import Cell
from taleforge.table.draft import Context, Draft
from taleforge.table.house_rules import DEFAULTS
from taleforge.table.saved import save_state
from taleforge.table.state import EMPTY, State
from taleforge.world.scene import Adventure, Content, Person, Scene


def open_table(
    table: str,
    adventure: str,
    context: Context,
    *,
    space: str,
    campaign: str,
    commitment: str,
    salt: str,
    house_rules: dict[str, str] | None = None,
) -> tuple[ev.Event, ...]:
    """Return the events that begin a new table's log: what is played, and the commitment to its dice.

    Raises:
        KeyError: there is no adventure of that id in the context's content.
    """
    story = context.content.adventures[adventure]
    draft = _first_draft(table, context)
    draft.add(_opened(story, space, campaign, context.content, house_rules or {}), ev.EVERYBODY)
    draft.add(ev.DiceCommitted(commitment, salt), ev.EVERYBODY)
    return tuple(draft.events)


def branch_table(table: str, parent: State, commitment: str, salt: str, context: Context) -> tuple[ev.Event, ...]:
    """Return the events that begin a branch: a new table in the state its parent had, with dice of its own."""
    draft = _first_draft(table, context)
    opened = replace(parent.opened, parent=parent.id, parent_version=parent.version, state=save_state(parent))
    draft.add(opened, ev.EVERYBODY)
    draft.add(ev.DiceCommitted(commitment, salt), ev.EVERYBODY)
    return tuple(draft.events)


def _first_draft(table: str, context: Context) -> Draft:
    nobody = Command(CommandId(context.ids("cmd")), "pause", SeatId(""), Pause())
    return Draft(replace(EMPTY, id=table), nobody, context)


def _opened(
    story: Adventure, space: str, campaign: str, content: Content, house_rules: dict[str, str]
) -> ev.TableOpened:
    return ev.TableOpened(
        adventure=story.id, title=story.title, lang=story.lang, space=space, campaign=campaign,
        packs=tuple(_pin(pin) for pin in content.pins),
        house_rules=DEFAULTS | house_rules,
        quests={q.id: {"": q.title, **dict(q.stages)} for q in story.quests},
        clues={c.id: (c.title, c.text) for c in story.clues},
        endings={e.id: (e.title, e.text) for e in story.endings},
        items=content.items,
        pregens={key: _pregen(key, sheet, content) for key, sheet in content.pregens.items()},
    )  # fmt: skip


def _pin(pin: str) -> ev.PackPin:
    name, _, hashed = pin.partition("#")
    pack, _, version = name.partition("@")
    return ev.PackPin(pack, version, hashed)


def _pregen(key: str, sheet: Sheet, content: Content) -> Creature:
    items = dict(content.starting_items.get(key, {}))
    coins = items.pop("copper", 0)
    return Creature(id=key, sheet=sheet, hp=sheet.max_hp, side="party", items=items, coins=coins, character=True)


def enter(draft: Draft, scene: Scene, entrance: str) -> None:
    """Bring the party into a scene, with everybody who is in it."""
    content = draft.context.content
    present: list[Creature] = []
    waiting: dict[str, Creature] = {}
    persons: dict[str, str] = {}
    for person in scene.persons:
        creature = _person(person, content.sheets[person.creature], draft.context.ids("crt"))
        persons[creature.id] = person.id
        if person.hidden:
            waiting[person.id] = creature
        else:
            present.append(creature)
    wanted = {kind for encounter in scene.encounters for kind, _ in encounter.creatures}
    sheets = {kind: content.sheets[kind] for kind in sorted(wanted)}
    places = place_party(draft.state, scene, entrance)
    draft.add(ev.SceneEntered(scene, places, tuple(present), persons, waiting, sheets), ev.EVERYBODY)


def place_party(state: State, scene: Scene, entrance: str) -> dict[str, Cell]:
    """Return a cell for each of the party at an entrance; more friends than cells share the last ones."""
    cells = scene.entrances.get(entrance) or next(iter(scene.entrances.values()))
    return {friend.id: cells[min(index, len(cells) - 1)] for index, friend in enumerate(state.party())}


def _person(person: Person, sheet: Sheet, crt: str) -> Creature:
    known = replace(sheet, name=person.name, pronouns=person.pronouns, look=person.look or sheet.look)
    items = dict(person.items)
    coins = items.pop("copper", 0)
    return Creature(id=crt, sheet=known, hp=sheet.max_hp, side=person.side, cell=person.cell, items=items, coins=coins)

"""What can be tried in a scene and what comes of it: interactions, consequences, triggers, encounters and endings.

The scene's data says what follows; this module turns it into events. Does not hold the rules of combat.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import structs

from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.rules import facts
from taleforge.rules.checks import make_check
from taleforge.rules.creature import ActiveEffect, Creature
from taleforge.rules.damage import roll_damage, take
from taleforge.rules.effects import DamageSpec, Modifier
from taleforge.rules.explain import Part, Source
from taleforge.rules.movement import path_to_any, path_toward
from taleforge.rules.stage import distance
from taleforge.rules.turns import pass_time
from taleforge.rules.values import FEET_PER_CELL, Cell
from taleforge.table import opening
from taleforge.table.around import facts_for, target_cells
from taleforge.table.draft import Draft, No, no
from taleforge.table.explore import explore
from taleforge.table.fight import award, begin_encounter, end_fight, played_by_table, record
from taleforge.table.ground import terrain_of
from taleforge.table.state import State
from taleforge.world import scene as sc
from taleforge.world.grid import Grid
from taleforge.world.requirements import StoryFacts, holds

MOST_TRIGGERS = 50
"""Triggers that may set each other off after one command; a scene that wants more goes in a circle."""
ROUNDS_PER_MINUTE = 10
FOLLOWING = 10
"""Feet that companions keep behind whom they follow."""


def approach(draft: Draft, actor: Creature, cells: tuple[Cell, ...], reach: int) -> No | None:
    """Walk an actor near enough to a place; in a fight it has to be there already."""
    if not cells or actor.cell is None or _near(actor.cell, cells, reach):
        return None
    if draft.state.stage.fighting:
        return no(Code.TARGET_OUT_OF_REACH)
    path = _way(draft.state, actor, cells, reach)
    if path is None:
        return no(Code.MOVE_UNREACHABLE)
    walk(draft, actor, path)
    return None


def _near(cell: Cell, cells: Iterable[Cell], reach: int) -> bool:
    return any(distance(cell, other) <= reach for other in cells)


def _way(state: State, actor: Creature, cells: tuple[Cell, ...], reach: int) -> tuple[Cell, ...] | None:
    """Return the shortest way to where one of the cells is near and in plain sight, or is one's own."""
    terrain = terrain_of(state)
    ends = {end for cell in cells for end in _around(cell, reach) if _at_hand(terrain, end, cell)}
    return path_to_any(state.stage, actor.id, ends, terrain)


def _around(cell: Cell, reach: int) -> Iterator[Cell]:
    steps = range(-(reach // FEET_PER_CELL), reach // FEET_PER_CELL + 1)
    return ((cell[0] + dx, cell[1] + dy) for dx in steps for dy in steps)


def _at_hand(grid: Grid, end: Cell, cell: Cell) -> bool:
    """Whether a cell is near enough to another, or seen from it; looked at from the one cell that all ends share."""
    near = distance(end, cell) <= FEET_PER_CELL
    return near or (grid.visible(cell, end) if grid.see_through(cell) else grid.visible(end, cell))


def walk(draft: Draft, actor: Creature, path: tuple[Cell, ...]) -> None:
    """Walk outside a fight, where nobody counts the feet; whoever the table plays comes along."""
    if not path:
        return
    draft.add(facts.Moved(actor.id, path, 0))
    for friend in draft.state.party():
        seat = draft.state.seat_of(friend.id)
        if friend.id != actor.id and friend.life == "up" and seat is not None and played_by_table(seat):
            _come_along(draft, friend, actor)
    explore(draft)


def _come_along(draft: Draft, friend: Creature, actor: Creature) -> None:
    way = path_toward(draft.state.stage, friend.id, actor.id, FOLLOWING, terrain_of(draft.state))
    if way:
        draft.add(facts.Moved(friend.id, way, 0, "follow"))


def attempt(draft: Draft, interaction: sc.Interaction, actor: Creature) -> No | None:
    """Try an interaction: go there, make its check if it has one, and let its consequences follow."""
    cells = target_cells(draft.state, actor, interaction.target)
    if cells is None:
        return no(Code.OPTION_UNAVAILABLE)
    refusal = approach(draft, actor, cells, interaction.reach)
    if refusal is not None:
        return refusal
    if draft.state.stage.fighting and interaction.cost == "action":
        draft.add(facts.TurnSpent(actor.id, "action", interaction.id))
    success = interaction.test is None or _test(draft, interaction, interaction.test, actor)
    draft.add(_tried(interaction, actor, success=success))
    follow(draft, interaction.success if success else interaction.failure, actor)
    return None


def _tried(interaction: sc.Interaction, actor: Creature, *, success: bool) -> ev.InteractionTried:
    return ev.InteractionTried(
        actor.id, interaction.id, interaction.verb, interaction.target, success, interaction.once, interaction.topic,
        interaction.label,
    )  # fmt: skip


def _test(draft: Draft, interaction: sc.Interaction, test: sc.SkillTest, actor: Creature) -> bool:
    actor = draft.state.stage.creatures[actor.id]
    actor = helped(actor) if helps(test, facts_for(draft.state, actor)) else actor
    check = make_check(
        actor, test.ability, test.dc, draft.context.dice,
        skill=test.skill, extra=tool_parts(actor, test), reason=interaction.id,
    )  # fmt: skip
    draft.add(check)
    return check.success


def tool_parts(actor: Creature, test: sc.SkillTest) -> tuple[Part, ...]:
    """Return the proficiency with a carried tool that a check is made with (SRD 5.1, "Tools")."""
    if test.tool is None or test.skill or not actor.items.get(test.tool) or test.tool not in actor.sheet.tools:
        return ()
    return (Part(actor.sheet.proficiency, Source("item/tool", {"item": test.tool})),)


def helps(test: sc.SkillTest, known: StoryFacts) -> bool:
    """Whether the scene says that something gives advantage on a check now."""
    return any(holds((predicate,), known) for predicate in test.advantage_if)


def helped(actor: Creature) -> Creature:
    """Return the actor as a check finds it that something in the scene helps with: with advantage."""
    advantage = Modifier("check", "advantage", code="story/advantage")
    help_ = ActiveEffect(f"{actor.id}/story", "story/advantage", modifiers=(advantage,))
    return structs.replace(actor, effects=(*actor.effects, help_))


def follow(draft: Draft, consequences: Iterable[sc.Consequence], actor: Creature | None) -> None:
    """Let consequences happen in order; after an ending, or in another scene, the rest does not."""
    scene = draft.state.scene
    for consequence in consequences:
        if draft.state.status == "closed" or draft.state.scene is not scene:
            return
        _CONSEQUENCES[type(consequence)](draft, consequence, actor)


def _say(draft: Draft, data: sc.Say, _: Creature | None) -> None:
    speaker = draft.state.creature_of(data.who)
    if speaker is not None and speaker.life == "up":
        draft.add(ev.Said(speaker.id, data.text, scripted=True))


def _tell(draft: Draft, data: sc.Tell, _: Creature | None) -> None:
    draft.add(ev.Told(data.text), ev.EVERYBODY)


def _flag(draft: Draft, data: sc.SetFlag, _: Creature | None) -> None:
    if (data.flag in draft.state.story.flags) != data.value:
        draft.add(ev.FlagSet(data.flag, data.value))


def _clue(draft: Draft, data: sc.RevealClue, _: Creature | None) -> None:
    """What one of the party learns it tells the others, so everybody of the party knows it."""
    title, text = draft.state.opened.clues[data.clue]
    for friend in draft.state.party():
        if data.clue not in draft.state.story.clues.get(friend.id, frozenset()):
            draft.add(ev.ClueFound(friend.id, data.clue, title, text))


def _reveal(draft: Draft, data: sc.RevealFeature, _: Creature | None) -> None:
    story = draft.state.story
    if data.target in story.revealed or draft.state.scene is None:
        return
    person = story.waiting.get(data.target)
    feature = next((f for f in draft.state.scene.features if f.id == data.target), None)
    name = person.sheet.name if person else feature.name if feature else data.target
    draft.add(ev.FeatureRevealed(data.target, name, person.id if person else None), ev.EVERYBODY)
    explore(draft)


def _change(draft: Draft, data: sc.ChangeFeature, actor: Creature | None) -> None:
    if draft.state.story.features.get(data.feature) == data.state or draft.state.scene is None:
        return
    name = next((f.name for f in draft.state.scene.features if f.id == data.feature), data.feature)
    draft.add(ev.DoorChanged(data.feature, name, data.state, actor.id if actor else None), ev.EVERYBODY)
    explore(draft)


def _item(draft: Draft, data: sc.GiveItem, actor: Creature | None) -> None:
    if actor is None:
        return
    source = draft.state.creature_of(data.source) if data.source else None
    name = draft.state.opened.items.get(data.item, data.item)
    other = source.id if source else data.source
    if data.count > 0:
        draft.add(ev.ItemMoved(data.item, name, data.count, other, actor.id), ev.EVERYBODY)
    else:
        draft.add(ev.ItemMoved(data.item, name, -data.count, actor.id, other), ev.EVERYBODY)


def _coins(draft: Draft, data: sc.GiveCoins, actor: Creature | None) -> None:
    if actor is None:
        return
    source = draft.state.creature_of(data.source) if data.source else None
    other = source.id if source else data.source
    if data.amount > 0:
        draft.add(ev.CoinsMoved(data.amount, other, actor.id), ev.EVERYBODY)
    else:
        draft.add(ev.CoinsMoved(-data.amount, actor.id, other), ev.EVERYBODY)


def _attitude(draft: Draft, data: sc.ChangeAttitude, _: Creature | None) -> None:
    person = draft.state.creature_of(data.person)
    if person is not None and draft.state.story.attitudes.get(data.person) != data.attitude:
        draft.add(ev.AttitudeChanged(person.id, data.attitude))


def _quest(draft: Draft, data: sc.AdvanceQuest, _: Creature | None) -> None:
    if draft.state.story.quests.get(data.quest) != data.stage:
        quest = draft.state.opened.quests[data.quest]
        draft.add(ev.QuestAdvanced(data.quest, data.stage, quest[""], quest[data.stage]), ev.EVERYBODY)


def _fight(draft: Draft, data: sc.StartFight, _: Creature | None) -> None:
    begin_encounter(draft, data.encounter, data.surprise)


def _truce(draft: Draft, _: sc.EndFight, __: Creature | None) -> None:
    end_fight(draft, "truce")


def _hurt(draft: Draft, data: sc.Hurt, actor: Creature | None) -> None:
    if actor is None:
        return
    dice = draft.context.dice
    rolled = roll_damage((DamageSpec(data.dice, data.type),), dice)
    record(draft, *take(draft.state.stage.creatures[actor.id], rolled, dice))


def _experience(draft: Draft, data: sc.Experience, _: Creature | None) -> None:
    award(draft, data.amount)


def _time(draft: Draft, data: sc.PassTime, _: Creature | None) -> None:
    record(draft, *pass_time(draft.state.stage, data.minutes * ROUNDS_PER_MINUTE))


def _go_to(draft: Draft, data: sc.GoTo, _: Creature | None) -> None:
    adventure = draft.context.content.adventures.get(draft.state.opened.adventure)
    scene = next((s for s in adventure.scenes if s.id == data.scene), None) if adventure else None
    if scene is None:
        return
    opening.enter(draft, scene, data.entrance)
    explore(draft)
    follow(draft, scene.opening, None)


def _place(draft: Draft, data: sc.PlaceParty, _: Creature | None) -> None:
    if draft.state.scene is not None:
        places = opening.place_party(draft.state, draft.state.scene, data.entrance)
        draft.add(ev.PartyPlaced(places), ev.EVERYBODY)
        explore(draft)


def _end(draft: Draft, data: sc.End, _: Creature | None) -> None:
    title, text = draft.state.opened.endings[data.ending]
    draft.add(ev.TableClosed(data.ending, title, text), ev.EVERYBODY)


_CONSEQUENCES: dict[type[Any], Callable[[Draft, Any, Creature | None], None]] = {
    sc.Say: _say, sc.Tell: _tell, sc.SetFlag: _flag, sc.RevealClue: _clue, sc.RevealFeature: _reveal,
    sc.ChangeFeature: _change, sc.GiveItem: _item, sc.GiveCoins: _coins, sc.ChangeAttitude: _attitude,
    sc.AdvanceQuest: _quest, sc.StartFight: _fight, sc.EndFight: _truce, sc.Hurt: _hurt, sc.Experience: _experience,
    sc.PassTime: _time, sc.GoTo: _go_to, sc.PlaceParty: _place, sc.End: _end,
}  # fmt: skip


def conclude(draft: Draft, actor: Creature | None) -> None:
    """Let happen what comes of what was decided, and what happens by itself now, until nothing more does."""
    for _ in range(MOST_TRIGGERS):
        while draft.afterwards:
            consequences, who = draft.afterwards.pop(0)
            follow(draft, consequences, who)
        trigger = _next_trigger(draft.state, actor)
        if trigger is None:
            return
        draft.add(ev.TriggerFired(trigger.id))
        follow(draft, trigger.consequences, actor)


def _next_trigger(state: State, actor: Creature | None) -> sc.Trigger | None:
    if state.scene is None or state.status != "playing":
        return None
    actor = state.stage.creatures.get(actor.id) if actor else next(iter(state.party()), None)
    if actor is None:
        return None
    known = facts_for(state, actor)
    waiting = (t for t in state.scene.triggers if t.id not in state.story.fired)
    return next((t for t in waiting if holds(t.requires, known)), None)

"""Commands of the game: using options, moving, speaking, resting, ending a turn."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.rules.creature import Action, Creature
from taleforge.rules.legal import refusal
from taleforge.rules.movement import path_to
from taleforge.rules.rests import long_rest, short_rest
from taleforge.rules.standard import find_action
from taleforge.rules.steps import EndTurn, Step, Use, Walk
from taleforge.rules.turns import worn_off
from taleforge.rules.values import FEET_PER_CELL, Cell
from taleforge.table import fight, story
from taleforge.table.around import available
from taleforge.table.draft import Draft, No, no
from taleforge.table.ground import terrain_of
from taleforge.table.lobby import LONGEST_TEXT
from taleforge.table.options import harms, may_rest
from taleforge.table.state import State
from taleforge.table.walks import destination, known_cell, way_in_fight
from taleforge.world.scene import Interaction


def say(draft: Draft, data: cmd.Say) -> No | None:
    """Speak; who is near enough to notice the speaker hears it."""
    text = data.text.strip()
    character = draft.state.character(draft.seat)
    if character is None:
        return no(Code.SEAT_NO_CHARACTER)
    if not text:
        return no(Code.SAY_EMPTY)
    if len(text) > LONGEST_TEXT:
        return no(Code.TEXT_TOO_LONG, most=LONGEST_TEXT)
    to = data.to if data.to in draft.state.stage.creatures else None
    tone = None if data.tone == cmd.GESTURE and text not in cmd.GESTURES else data.tone
    draft.add(ev.Said(character.id, text, to, tone))
    return None


def use_option(draft: Draft, data: cmd.UseOption) -> No | None:
    """Use an option of the seat's view."""
    character = draft.state.character(draft.seat)
    if character is None:
        return no(Code.SEAT_NO_CHARACTER)
    head, _, rest = data.option.partition(":")
    handler = _OPTIONS.get(head)
    if handler is None:
        return no(Code.OPTION_UNAVAILABLE)
    return handler(draft, character, rest, data)


def _interact(draft: Draft, character: Creature, key: str, _: cmd.UseOption) -> No | None:
    found = next((i for i in available(draft.state, character) if i.id == key), None)
    return no(Code.OPTION_UNAVAILABLE) if found is None else _attempt(draft, found, character)


def _attempt(draft: Draft, interaction: Interaction, character: Creature) -> No | None:
    if draft.state.stage.fighting and interaction.cost == "action" and character.turn.action:
        return no(Code.TURN_NO_ACTION)
    return story.attempt(draft, interaction, character)


def _act(draft: Draft, character: Creature, key: str, data: cmd.UseOption) -> No | None:
    """Use an action of the sheet; against somebody at peace it begins a fight instead."""
    name, _, quick = key.partition("@")
    action = find_action(character, name)
    if action is None:
        return no(Code.OPTION_UNAVAILABLE)
    use = aimed(draft.state, character, action, data.targets, data.params)
    if isinstance(use, No):
        return use
    if quick:
        use = structs.replace(use, cost="bonus")
    victim = _at_peace(draft.state, action, use)
    if victim is not None:
        fight.begin_sudden(draft, victim)
        return None
    return _play(draft, use)


def _play(draft: Draft, step: Step) -> No | None:
    problem = refusal(draft.state.stage, step, terrain_of(draft.state))
    if problem is not None:
        return No(problem.code, problem.params)
    fight.play(draft, (step,))
    return None


def aimed(
    state: State, character: Creature, action: Action, targets: tuple[str, ...], params: dict[str, str | int]
) -> Use | No:
    """Return the step that uses an action on named targets: creature ids, or one cell as "column,row"."""
    slot = params.get("slot", 0)
    if not isinstance(slot, int):
        return no(Code.OPTION_UNAVAILABLE)
    choices = {key: value for key, value in params.items() if isinstance(value, str)}
    if action.target.kind in {"area", "cell"} and action.target.range:
        cell = cell_of(targets[0]) if len(targets) == 1 else None
        if cell is None:
            return no(Code.TARGET_COUNT, count=1)
        return Use(character.id, action.id, (), cell, slot, choices=choices)
    if action.target.kind == "area":
        cell = cell_of(targets[0]) if targets else None
        return Use(character.id, action.id, (), cell, slot, choices=choices)
    if action.target.kind in {"self", "none"}:
        return Use(character.id, action.id, (character.id,), None, slot, choices=choices)
    if not targets or any(target not in state.stage.creatures for target in targets):
        return no(Code.TARGET_UNAVAILABLE)
    return Use(character.id, action.id, targets, None, slot, choices=choices)


def cell_of(target: str) -> Cell | None:
    """Return the cell that "column,row" names."""
    column, _, row = target.partition(",")
    if not (column.isdecimal() and row.isdecimal() and len(target) < 12):
        return None
    return int(column), int(row)


def _at_peace(state: State, action: Action, use: Use) -> Creature | None:
    if state.stage.fighting or not harms(action):
        return None
    aimed_at = (state.stage.creatures[target] for target in use.targets)
    return next((creature for creature in aimed_at if creature.side != "party"), None)


def _go(draft: Draft, character: Creature, _: str, data: cmd.UseOption) -> No | None:
    """Go to a zone, a person or a thing."""
    if len(data.targets) != 1:
        return no(Code.TARGET_COUNT, count=1)
    cells = destination(draft.state, character, data.targets[0])
    if not cells:
        return no(Code.TARGET_UNAVAILABLE)
    if not draft.state.stage.fighting:
        return story.approach(draft, character, cells, 0 if len(cells) > 1 else FEET_PER_CELL)
    return _march(draft, character, cells)


def _march(draft: Draft, character: Creature, cells: tuple[Cell, ...]) -> No | None:
    """Walk in a fight as near to a place as the movement left allows."""
    way = way_in_fight(draft.state, character, cells)
    return no(Code.MOVE_UNREACHABLE) if not way else _play(draft, Walk(character.id, way))


def move(draft: Draft, data: cmd.Move) -> No | None:
    """Walk to a cell."""
    character = draft.state.character(draft.seat)
    if character is None:
        return no(Code.SEAT_NO_CHARACTER)
    state = draft.state
    path = data.path or path_to(state.stage, character.id, data.to, terrain_of(state)) or ()
    if not path or path[-1] != data.to or not known_cell(state, character, data.to):
        return no(Code.MOVE_UNREACHABLE)
    if state.stage.fighting or data.path:
        return _play(draft, Walk(character.id, path))
    story.walk(draft, character, path)
    return None


def _turn(draft: Draft, character: Creature, _: str, __: cmd.UseOption) -> No | None:
    return _end_turn(draft, character)


def end_turn(draft: Draft, _: cmd.EndTurn) -> No | None:
    """End the turn."""
    character = draft.state.character(draft.seat)
    return no(Code.SEAT_NO_CHARACTER) if character is None else _end_turn(draft, character)


def _end_turn(draft: Draft, character: Creature) -> No | None:
    if not draft.state.stage.fighting:
        return no(Code.TURN_NO_FIGHT)
    fight.play(draft, (EndTurn(character.id),))
    return None


def _rest(draft: Draft, _: Creature, kind: str, data: cmd.UseOption) -> No | None:
    dice = data.params.get("hit_dice", 0)
    wish = cmd.Rest("long" if kind == "long" else "short", dice if isinstance(dice, int) else 0)
    return rest(draft, wish)


def rest(draft: Draft, data: cmd.Rest) -> No | None:
    """Take a rest with the whole party, where the scene allows it."""
    state = draft.state
    if state.stage.fighting or not may_rest(state):
        return no(Code.REST_NOT_HERE)
    party = state.party()
    if data.kind == "long":
        taken = long_rest(party)
    else:
        taken = short_rest(party, {friend.id: data.hit_dice for friend in party}, draft.context.dice)
    fight.record(draft, taken, *worn_off(state.stage, taken.rounds))
    return None


_OPTIONS: dict[str, Callable[[Draft, Creature, str, cmd.UseOption], No | None]] = {
    "do": _interact,
    "act": _act,
    "go": _go,
    "turn": _turn,
    "rest": _rest,
}

HANDLERS: dict[type[Any], Callable[[Draft, Any], No | None]] = {
    cmd.Say: say, cmd.UseOption: use_option, cmd.Move: move, cmd.EndTurn: end_turn, cmd.Rest: rest,
}  # fmt: skip

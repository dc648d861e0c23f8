"""Reactions: who may interrupt what, and who is asked first.

Does not interrupt anything: `resolution` asks or acts on what is found here.
"""

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from taleforge.rules.areas import gap_from
from taleforge.rules.conditions import can_react, can_speak
from taleforge.rules.creature import Action, Creature
from taleforge.rules.effects import Apply, Attack, Modifier
from taleforge.rules.equipment import CANNOT_CAST
from taleforge.rules.resources import lacking, slots
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import unarmed_strike
from taleforge.rules.values import Cell
from taleforge.rules.vision import hostile, sees

Answer: TypeAlias = Literal["ask", "always", "never"]

OPPORTUNITY = "opportunity_attack"
"""The name under which a default for opportunity attacks is set."""


ReactionPolicy: TypeAlias = Callable[[str, str], Answer]
"""What a creature (first id) does about one kind of reaction: `opportunity_attack` or the id of a reaction's action."""


class Habits(Struct, frozen=True, omit_defaults=True):
    """A reaction policy as data. Keys are a creature id, or `<creature id>/<reaction>` for one kind of reaction.

    Creatures not named follow `otherwise`: monsters react at once.
    """

    answers: dict[str, Answer] = {}
    otherwise: Answer = "always"

    def __call__(self, crt: str, reaction: str) -> Answer:
        """Return what a creature does about one kind of reaction."""
        return self.answers.get(f"{crt}/{reaction}") or self.answers.get(crt) or self.otherwise


def ready(creature: Creature) -> bool:
    """Whether a creature has a reaction to take (SRD 5.1, "Reactions", "Surprise")."""
    return creature.life == "up" and not creature.turn.reaction and not creature.surprised and can_react(creature)


def opportunities(
    stage: Stage, mover: Creature, start: Cell, end: Cell, terrain: Terrain
) -> Iterator[tuple[Creature, Action]]:
    """Yield who may attack a creature for leaving its reach by one step, and with what.

    SRD 5.1, "Opportunity Attacks": a hostile creature that the attacker sees, not one that disengaged.
    """
    if any(effect.key == "disengaged" for effect in mover.effects):
        return
    for other in stage.creatures.values():
        if other.id == mover.id or not hostile(other, mover) or other.cell is None:
            continue
        near, far = gap_from(mover, start, other), gap_from(mover, end, other)
        if near < far and near <= _longest_reach(other):
            attack = _parting_blow(other, near, far)
            if attack is not None and ready(other) and sees(stage, other, mover, terrain):
                yield other, attack


def threatens(creature: Creature) -> Iterator[Action]:
    """Yield the melee attacks a creature could make with a reaction; with nothing better, its bare hands."""
    armed = False
    for action in creature.sheet.actions:
        if is_melee(action):
            armed = True
            yield action
    if not armed:
        yield unarmed_strike(creature.sheet)


def is_melee(action: Action) -> bool:
    """Whether an action is one melee attack taken with an action, and no spell (SRD 5.1, "Melee Attacks")."""
    return (
        action.cost == "action"
        and action.spell is None
        and bool(action.nodes)
        and isinstance(action.nodes[0], Attack)
        and action.nodes[0].kind == "melee"
    )


def answers(creature: Creature, triggers: tuple[str, ...]) -> Iterator[tuple[Action, int]]:
    """Yield the reactions a creature can take to triggers right now, each with the lowest slot that pays for it."""
    candidates = [action for action in creature.sheet.actions if action.trigger in triggers]
    if not candidates or not ready(creature):
        return
    for action in candidates:
        levels = slots(creature, action)
        if levels and lacking(creature, action) is None and _castable(creature, action):
            yield action, levels[0]


def shields_from(action: Action, harm: str) -> bool:
    """Whether a reaction would make its user immune to the damage of an action (Shield against Magic Missile)."""
    path = f"against.damage.{harm}"
    return any(modifier.op == "immune" and modifier.path == path for modifier in _given(action))


def guard(action: Action) -> int:
    """Return what a reaction adds to armour class at once."""
    return sum(
        modifier.value
        for modifier in _given(action)
        if modifier.path == "ac" and modifier.op == "add" and isinstance(modifier.value, int)
    )


def _given(action: Action) -> Iterator[Modifier]:
    return (modifier for node in action.nodes if isinstance(node, Apply) for modifier in node.effect.modifiers)


def _castable(creature: Creature, action: Action) -> bool:
    if action.spell is None:
        return True
    if CANNOT_CAST in creature.sheet.features:
        return False
    return not creature.turn.bonus_spell and ("V" not in action.spell.components or can_speak(creature))


def _longest_reach(creature: Creature) -> int:
    return max((action.target.range for action in creature.sheet.actions if is_melee(action)), default=5)


def _parting_blow(creature: Creature, near: int, far: int) -> Action | None:
    """Return the first melee attack on the sheet whose reach the mover leaves."""
    return next((action for action in threatens(creature) if near <= action.target.range < far), None)

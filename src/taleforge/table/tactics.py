"""How creatures nobody plays take their turns: foes, and companions who play along.

One `act` does one thing (a step, an attack, the end of the turn), so everybody sees what happens as it happens. Chooses
only among what the rules allow; does not look at anything the creature could not perceive.
"""

from collections.abc import Iterator

from taleforge.messages import commands as cmd
from taleforge.messages.codes import Code
from taleforge.rules.attacks import attack_odds
from taleforge.rules.creature import Creature
from taleforge.rules.effects import Heal
from taleforge.rules.legal import Legal, legal
from taleforge.rules.movement import path_toward
from taleforge.rules.scores import max_hp
from taleforge.rules.steps import EndTurn, Step, Use, Walk
from taleforge.table import fight, gathering
from taleforge.table.draft import Draft, No, no
from taleforge.table.ground import terrain_of
from taleforge.table.options import harms
from taleforge.table.perception import perceives
from taleforge.table.state import State


def automatic(state: State) -> cmd.EngineAct | cmd.EngineDeed | cmd.EngineTimeout | None:
    """Return the command by which the table goes on by itself, or None when it waits for somebody."""
    return gathering.automatic(state) or _next(state)


def _next(state: State) -> cmd.EngineAct | None:
    if state.status != "playing" or state.decisions or not state.stage.fighting:
        return None
    active = state.stage.active
    if active is None:
        return None
    seat = state.seat_of(active)
    return cmd.EngineAct(active) if seat is None or fight.played_by_table(seat) else None


def act(draft: Draft, data: cmd.EngineAct) -> No | None:
    """Let the active creature do one thing."""
    if automatic(draft.state) != data:
        return no(Code.TURN_NOT_YOURS)
    fight.play(draft, (choose(draft.state, draft.state.stage.creatures[data.crt]),))
    return None


def choose(state: State, creature: Creature) -> Step:
    """Return what a creature does next this turn."""
    seat = state.seat_of(creature.id)
    if seat is not None and seat.away and seat.absent == "sit_out":
        return _defend(creature)
    allowed = legal(state.stage, creature.id, terrain_of(state))
    healing = _heal(state, creature, allowed)
    if healing is not None:
        return healing
    attacks = sorted(_attacks(state, creature, allowed), key=lambda found: (-found[0], found[1].action))
    if attacks:
        return attacks[0][1]
    return _close_in(state, creature) or EndTurn(creature.id)


def _defend(creature: Creature) -> Step:
    """Dodge, then leave the turn to the others (SRD 5.1, "Dodge")."""
    return EndTurn(creature.id) if creature.turn.action else Use(creature.id, "dodge", (creature.id,))


def _heal(state: State, creature: Creature, allowed: tuple[Legal, ...]) -> Use | None:
    """Help the friend worst off: at once when down, and before half of the hit points are gone for good."""
    friends = [
        other for other in state.stage.creatures.values()
        if other.side == creature.side and other.life != "dead" and other.hp * 3 < max_hp(other)
    ]  # fmt: skip
    for friend in sorted(friends, key=lambda other: (other.hp, other.id)):
        for found in allowed:
            heals = any(isinstance(node, Heal) for node in found.action.nodes)
            if heals and friend.id in found.targets:
                return Use(creature.id, found.action.id, (friend.id,), slot=found.slots[0] if found.slots else 0)
    return None


def _attacks(state: State, creature: Creature, allowed: tuple[Legal, ...]) -> Iterator[tuple[float, Use]]:
    """Weigh every attack on every enemy in reach by the damage to be expected, more for whom it would fell."""
    terrain = terrain_of(state)
    enemies = {other.id: other for other in fight.opposed(state, creature.id)}
    for found in allowed:
        if not harms(found.action) or found.action.target.kind != "creature":
            continue
        for target in found.targets:
            enemy = enemies.get(target)
            if enemy is None or not perceives(state, creature.id, target):
                continue
            odds = attack_odds(state.stage, creature, enemy, found.action, terrain)
            if odds is not None:
                mean = odds.damage.mean
                expected = odds.hit * min(mean, enemy.hp)
                weight = expected * (1.5 if mean >= enemy.hp else 1.0) - 0.2 * (len(found.slots) > 0)
                yield weight, Use(creature.id, found.action.id, (target,), slot=found.slots[0] if found.slots else 0)


def _close_in(state: State, creature: Creature) -> Step | None:
    """Walk toward the nearest enemy that can be reached, keeping the distance its longest reach allows."""
    if creature.turn.action:
        return None
    terrain = terrain_of(state)
    reach = max((a.target.range for a in creature.sheet.actions if harms(a) and not a.spell), default=5)
    ways = [
        way
        for enemy in fight.opposed(state, creature.id)
        if (way := path_toward(state.stage, creature.id, enemy.id, min(reach, 30), terrain))
    ]
    if ways:
        return Walk(creature.id, min(ways, key=len))
    return None

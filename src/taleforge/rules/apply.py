"""What a fact does to the stage: total over every fact, reading nothing but the fact.

Numbers in a fact are outcomes, so nothing is calculated anew. A fact about somebody who is not there changes nothing.
Does not check whether a fact could have happened: the engine decided it.
"""

from typing import Literal, TypeAlias, assert_never

from msgspec.structs import replace

from taleforge.rules import facts
from taleforge.rules.conditions import MAX_EXHAUSTION
from taleforge.rules.creature import ActiveEffect, Creature, DeathSaves, TurnUse
from taleforge.rules.scores import max_hp
from taleforge.rules.stage import Stage

_CreatureFact: TypeAlias = (
    facts.TurnEnded | facts.TurnSpent | facts.Moved | facts.DamageTaken | facts.Healed | facts.ConditionGained
    | facts.TemporaryHitPointsGained | facts.ConditionLost | facts.SpellCast | facts.ResourceSpent
    | facts.ReactionUsed | facts.DeathSaveMade | facts.Died | facts.Revived | facts.ExhaustionChanged
)  # fmt: skip
_SAVES_NEEDED = 3
_FRESH = TurnUse()
_NO_SAVES = DeathSaves()


def apply(stage: Stage, fact: facts.Fact) -> Stage:
    """Return the stage after a fact. Never raises, whatever the fact says."""
    match fact:
        case facts.AttackResolved():
            creature = stage.creatures.get(fact.attacker)
            return stage if creature is None else _with(stage, _attacked(creature, fact, in_turn=stage.fighting))
        case (
            facts.CheckMade()
            | facts.SaveMade()
            | facts.DiceRolled()
            | facts.RulingNeeded()
            | facts.ConcentrationEnded()
        ):
            return stage
        case (
            facts.TurnStarted()
            | facts.InitiativeRolled()
            | facts.CombatEnded()
            | facts.CombatantJoined()
            | facts.CreatureLeft()
        ):
            return _fight(stage, fact)
        case facts.TimePassed():
            return replace(stage, clock=stage.clock + max(fact.rounds, 0))
        case facts.RestTaken():
            return _rested(stage, fact)
        case _:
            creature = stage.creatures.get(fact.crt)
            return stage if creature is None else _with(stage, _changed(creature, fact))


def _with(stage: Stage, creature: Creature) -> Stage:
    creatures = stage.creatures.copy()
    creatures[creature.id] = creature
    return Stage(creatures, stage.clock, stage.round, stage.order, stage.active, stage.initiative)


# The order of turns.


def _fight(
    stage: Stage,
    fact: facts.TurnStarted | facts.InitiativeRolled | facts.CombatEnded | facts.CombatantJoined | facts.CreatureLeft,
) -> Stage:
    match fact:
        case facts.TurnStarted():
            return _turn_started(stage, fact)
        case facts.InitiativeRolled():
            creatures = {
                crt: replace(creature, turn=_FRESH, surprised=crt in fact.surprised)
                for crt, creature in stage.creatures.items()
            }
            totals = {entry.crt: entry.total for entry in fact.entries}
            return Stage(creatures, stage.clock, 1, fact.order, None, totals)
        case facts.CombatEnded():
            rested = {crt: replace(c, turn=_FRESH, surprised=False) for crt, c in stage.creatures.items()}
            return Stage(rested, stage.clock)
        case facts.CombatantJoined():
            return _joined(stage, fact)
        case facts.CreatureLeft():
            return _left(stage, fact.crt)
        case _:
            assert_never(fact)


def _turn_started(stage: Stage, fact: facts.TurnStarted) -> Stage:
    creature = stage.creatures.get(fact.crt)
    if creature is None:
        return stage
    creatures = {**stage.creatures, fact.crt: replace(creature, turn=_FRESH)}
    return Stage(creatures, max(fact.clock, stage.clock), max(fact.round, 0), stage.order, fact.crt, stage.initiative)


def _joined(stage: Stage, fact: facts.CombatantJoined) -> Stage:
    crt = fact.creature.id
    stage = _with(stage, fact.creature)
    if fact.entry is None or crt in stage.order:
        return stage
    totals = {**stage.initiative, crt: fact.entry.total}
    ahead = [other for other in stage.order if totals.get(other, 0) >= fact.entry.total]
    behind = [other for other in stage.order if totals.get(other, 0) < fact.entry.total]
    return replace(stage, order=(*ahead, crt, *behind), initiative=totals)


def _left(stage: Stage, crt: str) -> Stage:
    return replace(
        stage,
        creatures={other: creature for other, creature in stage.creatures.items() if other != crt},
        order=tuple(other for other in stage.order if other != crt),
        active=None if stage.active == crt else stage.active,
        initiative={other: total for other, total in stage.initiative.items() if other != crt},
    )


def _rested(stage: Stage, fact: facts.RestTaken) -> Stage:
    creatures = dict(stage.creatures)
    for outcome in fact.outcomes:
        creature = creatures.get(outcome.crt)
        if creature is not None:
            temp_hp = 0 if fact.kind == "long" else creature.temp_hp
            rested = replace(creature, spent=outcome.spent, exhaustion=_level(outcome.exhaustion), temp_hp=temp_hp)
            creatures[outcome.crt] = _at(rested, outcome.hp)
    return replace(stage, creatures=creatures, clock=stage.clock + max(fact.rounds, 0))


# One creature.


def _changed(creature: Creature, fact: _CreatureFact) -> Creature:  # noqa: C901, PLR0912 — one short case per fact
    match fact:
        case facts.Moved():
            turn = replace(creature.turn, moved=creature.turn.moved + max(fact.feet, 0))
            return replace(creature, turn=turn, cell=fact.path[-1] if fact.path else creature.cell)
        case facts.DamageTaken():
            return replace(_at(creature, fact.hp), temp_hp=max(fact.temp_hp, 0))
        case facts.ConditionGained():
            return _burdened(creature, fact.effect)
        case facts.ConditionLost():
            return _relieved(creature, fact)
        case facts.SpellCast():
            return _cast(creature, fact)
        case facts.ResourceSpent():
            return _spent(creature, fact.key, fact.amount)
        case facts.TurnSpent():
            return _turn_spent(creature, fact)
        case facts.ReactionUsed():
            return replace(creature, turn=replace(creature.turn, reaction=True))
        case facts.Healed():
            return _at(creature, fact.hp)
        case facts.TemporaryHitPointsGained():
            return replace(creature, temp_hp=max(fact.temp_hp, 0))
        case facts.DeathSaveMade():
            return _death_saved(creature, fact)
        case facts.TurnEnded():
            return replace(creature, surprised=False) if creature.surprised else creature
        case facts.Died():
            return replace(creature, life="dead", hp=0, temp_hp=0, death=_NO_SAVES, hidden=False)
        case facts.Revived():
            return _at(replace(creature, life="up"), fact.hp)
        case facts.ExhaustionChanged():
            weary = replace(creature, exhaustion=_level(fact.level))
            return _at(weary, weary.hp)
        case _:
            assert_never(fact)


def _at(creature: Creature, hp: int) -> Creature:
    """Put a creature at so many hit points, with the state of life that goes with them; the dead stay dead."""
    if creature.life == "dead":
        return creature
    hp = min(max(hp, 0), max_hp(creature))
    if hp > 0:
        return replace(creature, hp=hp, life="up", death=_NO_SAVES)
    if creature.life == "up" and creature.character and creature.hp > 0:
        return replace(creature, hp=0, life="dying", death=_NO_SAVES)
    return replace(creature, hp=0)


def _attacked(creature: Creature, fact: facts.AttackResolved, *, in_turn: bool) -> Creature:
    turn = _paid(creature.turn, fact.cost)
    listed = in_turn and fact.cost not in {"reaction", "bonus"}
    attacks = (*turn.attacks, fact.action) if listed else turn.attacks
    return replace(creature, turn=replace(turn, attacks=attacks, attacks_left=fact.attacks_left))


def _paid(turn: TurnUse, cost: Literal["action", "bonus", "reaction", "free", "none"]) -> TurnUse:
    match cost:
        case "action":
            return replace(turn, action=True)
        case "bonus":
            return replace(turn, bonus=True)
        case "reaction":
            return replace(turn, reaction=True)
        case _:
            return turn


def _turn_spent(creature: Creature, fact: facts.TurnSpent) -> Creature:
    turn = _paid(creature.turn, fact.what)
    left = turn.attacks_left if fact.attacks_left is None else fact.attacks_left
    return replace(creature, turn=replace(turn, dash=turn.dash + max(fact.dash, 0), attacks_left=left))


def _cast(creature: Creature, fact: facts.SpellCast) -> Creature:
    turn = _paid(creature.turn, fact.cost)
    action = creature.sheet.action(fact.action)
    if action is not None and action.spell is not None:
        turn = replace(turn, spell=turn.spell or fact.level > 0, bonus_spell=turn.bonus_spell or fact.cost == "bonus")
    return replace(creature, turn=turn)


def _spent(creature: Creature, key: str, amount: int) -> Creature:
    if key in {"action", "bonus", "reaction"}:
        given = {key: amount > 0}
        return replace(creature, turn=replace(creature.turn, **given))
    if key.startswith("item:"):
        return replace(creature, items=_counted(creature.items, key.removeprefix("item:"), -amount))
    return replace(creature, spent=_counted(creature.spent, key, amount))


def _counted(counts: dict[str, int], key: str, change: int) -> dict[str, int]:
    """Change one count; what comes to nothing is left out."""
    counts = counts.copy()
    counts[key] = counts.get(key, 0) + change
    if counts[key] <= 0:
        del counts[key]
    return counts


def _burdened(creature: Creature, effect: ActiveEffect) -> Creature:
    kept = tuple(other for other in creature.effects if other.key != effect.key)
    changed = replace(creature, effects=(*kept, effect), hidden=creature.hidden or effect.key == "hidden")
    return _bounded(changed, (effect, *(other for other in creature.effects if other.key == effect.key)))


def _relieved(creature: Creature, fact: facts.ConditionLost) -> Creature:
    gone = tuple(effect for effect in creature.effects if effect.id == fact.effect)
    kept = tuple(effect for effect in creature.effects if effect.id != fact.effect)
    hidden = creature.hidden and fact.key != "hidden"
    return _bounded(replace(creature, effects=kept, hidden=hidden), gone)


def _bounded(creature: Creature, changed: tuple[ActiveEffect, ...]) -> Creature:
    """Keep hit points within a maximum that an effect coming or going has moved."""
    moved = any(modifier.path == "hp_max" for effect in changed for modifier in effect.modifiers)
    return _at(creature, creature.hp) if moved else creature


def _death_saved(creature: Creature, fact: facts.DeathSaveMade) -> Creature:
    if creature.life == "dead" or creature.hp > 0:
        return creature
    if fact.outcome == "stable":
        return replace(creature, life="stable", death=_NO_SAVES)
    saves = DeathSaves(min(max(fact.successes, 0), _SAVES_NEEDED), min(max(fact.failures, 0), _SAVES_NEEDED))
    return replace(creature, life="dying", death=saves)


def _level(exhaustion: int) -> int:
    return min(max(exhaustion, 0), MAX_EXHAUSTION)

"""Whose turn it is: initiative, what happens by itself when a turn starts and ends, how long effects last, who has won.

A tie in initiative goes to characters before others, then by the order of ids; SRD 5.1 leaves it to the table and knows
no Dexterity tie-break. Does not say what a creature does with its turn.
"""

from collections.abc import Iterable

from msgspec import structs

from taleforge.rules.checks import D20, make_save, roll_d20
from taleforge.rules.conditions import can_act, can_move
from taleforge.rules.creature import Action, ActiveEffect, Creature
from taleforge.rules.death import death_save
from taleforge.rules.dice import DiceSource, roll
from taleforge.rules.effects import Duration
from taleforge.rules.explain import Part, Source
from taleforge.rules.facts import (
    CombatantJoined,
    CombatEnded,
    ConditionLost,
    DiceRolled,
    Fact,
    InitiativeEntry,
    InitiativeRolled,
    ResourceSpent,
    TimePassed,
    TurnEnded,
    TurnStarted,
)
from taleforge.rules.modifiers import Context, collect
from taleforge.rules.resolution import Resolution
from taleforge.rules.resources import recharging
from taleforge.rules.stage import Stage
from taleforge.rules.steps import EndTurn, Resolve, StartTurn


def initiative(creature: Creature, dice: DiceSource) -> D20:
    """Roll initiative, a Dexterity check (SRD 5.1, "Initiative")."""
    dexterity = Part(creature.sheet.abilities.modifier("dex"), Source("ability/dex"))
    return roll_d20("initiative", (dexterity,), collect(creature, "initiative.check.dex"), dice)


def roll_initiative(stage: Stage, dice: DiceSource, surprised: tuple[str, ...] = ()) -> InitiativeRolled:
    """Roll for everybody who fights: one roll for each group of identical monsters, one for each character.

    Fighters are the living creatures of both sides that have a place, or all of them when nobody has one.
    """
    rolls: dict[str, D20] = {}
    entries: list[InitiativeEntry] = []
    fighters = combatants(stage)
    for creature in fighters:
        group = creature.id if creature.character or not creature.sheet.ref else f"{creature.side}/{creature.sheet.ref}"
        if group not in rolls:
            rolls[group] = initiative(creature, dice)
        entries.append(InitiativeEntry(creature.id, rolls[group].roll, rolls[group].total))
    totals = {entry.crt: entry.total for entry in entries}
    order = sorted(fighters, key=lambda c: (-totals[c.id], not c.character, c.id))
    known = tuple(crt for crt in surprised if crt in totals)
    return InitiativeRolled(tuple(entries), tuple(c.id for c in order), known)


def combatants(stage: Stage) -> list[Creature]:
    """Return the creatures that a fight would be between, in the stage's order."""
    mapped = any(c.cell is not None for c in stage.creatures.values())
    return [
        c
        for c in stage.creatures.values()
        if c.side != "neutral" and c.life != "dead" and (c.cell is not None or not mapped)
    ]


def join_fight(creature: Creature, dice: DiceSource) -> CombatantJoined:
    """Return the fact of a creature coming into a fight that is on, with its own initiative."""
    rolled = initiative(creature, dice)
    return CombatantJoined(creature, InitiativeEntry(creature.id, rolled.roll, rolled.total))


def verdict(stage: Stage) -> CombatEnded | None:
    """Return how a fight has ended: with everybody down on one side; None while both sides stand.

    A party all down has lost even when its foes are down, too.
    """
    if not stage.fighting:
        return None
    standing = {c.side for crt in stage.order if (c := stage.creatures.get(crt)) is not None and c.life == "up"}
    if "party" not in standing:
        return CombatEnded("defeat")
    return None if "foe" in standing else CombatEnded("victory")


def deadline(stage: Stage, duration: Duration, source: str | None, bearer: str) -> tuple[int | None, str | None]:
    """Return the clock and the creature whose turn ends an effect that begins now.

    The turns counted are those that start (or end) after this moment: somebody whose turn is still to come this round
    has its first one in this round.
    """
    if duration.rounds is None:
        return None, None
    whose = source if duration.turn == "source" and source is not None else bearer
    order, active = stage.order, stage.active
    still_to_come = whose in order and active in order and order.index(whose) > order.index(active)
    return stage.clock + duration.rounds - (1 if still_to_come and duration.rounds else 0), whose


def start_turn(res: Resolution, step: StartTurn) -> None:
    """Begin a turn; when nothing can be done with it, go on to the next, but not round and round."""
    creature = res.creature(step.crt)
    if creature is None or creature.life == "dead":
        _skip(res, step)
    elif step.begun:
        if not _can_use_turn(creature):
            _skip(res, step)
    else:
        _begin(res, step, creature)


def _begin(res: Resolution, step: StartTurn, creature: Creature) -> None:
    stage = res.stage
    again = 1 if _wraps(stage, creature.id) else 0
    res.emit(TurnStarted(creature.id, stage.round + again, stage.clock + again))
    res.emit(*_over(res.stage, creature.id, "start"))
    _saves_to_end(res, creature.id, "turn_start")
    _recharge(res, creature.id)
    res.first(*_ticking(res, creature.id), structs.replace(step, begun=True))
    dying = res.creature(creature.id)
    if dying is not None and dying.life == "dying":
        res.emit(*death_save(dying, res.dice))


def _wraps(stage: Stage, crt: str) -> bool:
    if stage.active not in stage.order or crt not in stage.order:
        return False
    return stage.order.index(crt) <= stage.order.index(stage.active)


def _can_use_turn(creature: Creature) -> bool:
    return creature.life == "up" and not creature.surprised and (can_act(creature) or can_move(creature))


def _skip(res: Resolution, step: StartTurn) -> None:
    """Go on to the next turn; after a whole round of turns that nobody could use, stop."""
    if step.skips < len(res.stage.order):
        res.first(EndTurn(step.crt, step.skips + 1))


def end_turn(res: Resolution, step: EndTurn) -> None:
    """End a turn, then begin the next creature's, when a fight is on; a turn that is not on is not ended."""
    other = step.skips == 0 and res.stage.active not in {step.crt, None}
    if other or not res.stage.fighting:
        return
    if step.crt == res.stage.active:
        _saves_to_end(res, step.crt, "turn_end")
        res.emit(*_over(res.stage, step.crt, "end"), TurnEnded(step.crt))
    following = next_turn(res.stage, step.crt)
    if following is not None:
        res.first(StartTurn(following, step.skips))


def next_turn(stage: Stage, crt: str) -> str | None:
    """Return whose turn comes after a creature's."""
    if not stage.order:
        return None
    if crt not in stage.order:
        return stage.order[0]
    return stage.order[(stage.order.index(crt) + 1) % len(stage.order)]


def pass_time(stage: Stage, rounds: int) -> tuple[Fact, ...]:
    """Return the facts of time going by outside fights: the clock, and the effects that end meanwhile."""
    return (TimePassed(rounds), *worn_off(stage, rounds))


def worn_off(stage: Stage, rounds: int) -> tuple[ConditionLost, ...]:
    """Return the effects that end within so many rounds, as during a rest; `engine.record` tells what follows."""
    clock = stage.clock + rounds
    return tuple(
        ConditionLost(creature.id, effect.id, effect.key)
        for creature in stage.creatures.values()
        for effect in creature.effects
        if effect.ends_round is not None and effect.ends_round <= clock
    )


def _over(stage: Stage, crt: str, end: str) -> list[ConditionLost]:
    """List the effects that end with this start or end of a turn, and those whose time went by unnoticed."""
    return [
        ConditionLost(creature.id, effect.id, effect.key)
        for creature in stage.creatures.values()
        for effect in creature.effects
        if _ends(effect, stage.clock, crt, end)
    ]


def _ends(effect: ActiveEffect, clock: int, crt: str, end: str) -> bool:
    if effect.ends_round is None or effect.ends_round > clock:
        return False
    return effect.ends_round < clock or (effect.ends_turn == crt and effect.ends_at == end)


def _saves_to_end(res: Resolution, crt: str, when: str) -> None:
    creature = res.creature(crt)
    for effect in creature.effects if creature is not None else ():
        if effect.save is not None and effect.save.when == when:
            save_to_end(res, crt, effect)


def save_to_end(res: Resolution, crt: str, effect: ActiveEffect) -> None:
    """Let a creature save against an effect that is on it; success ends the effect."""
    creature = res.creature(crt)
    if creature is None or effect.save is None or effect not in creature.effects:
        return
    magic = frozenset({"magic"}) if effect.concentration is not None else frozenset[str]()
    context = Context(tags=condition_tags(effect.conditions) | magic)
    reason = f"effect/{effect.key}"
    made = make_save(creature, effect.save.ability, effect.save.dc or 10, res.dice, context=context, reason=reason)
    res.emit(made)
    if made.success:
        res.emit(ConditionLost(crt, effect.id, effect.key, "saved"))


_WORDS = {"poisoned": "poison", "charmed": "charm", "frightened": "fear"}


def condition_tags(conditions: Iterable[str]) -> frozenset[str]:
    """Return the words by which traits speak of conditions when they help to save against them."""
    return frozenset(_WORDS[condition] for condition in conditions if condition in _WORDS)


def _recharge(res: Resolution, crt: str) -> None:
    """Roll for each action that has to recharge (SRD 5.1, "Limited Usage")."""
    creature = res.creature(crt)
    for action in creature.sheet.actions if creature is not None else ():
        if creature is not None and recharging(creature, action):
            _roll_recharge(res, crt, action)


def _roll_recharge(res: Resolution, crt: str, action: Action) -> None:
    rolled = roll("1d6", res.dice)
    res.emit(DiceRolled(crt, rolled, "dice/recharge"))
    if action.recharge is not None and rolled.total >= action.recharge:
        res.emit(ResourceSpent(crt, action.id, -1))


def _ticking(res: Resolution, crt: str) -> list[Resolve]:
    """List what effects do to their bearer at the start of its turn, each on behalf of its source."""
    creature = res.creature(crt)
    return [
        Resolve(effect.source or crt, effect.key, effect.each_turn_start, (crt,))
        for effect in (creature.effects if creature is not None else ())
        if effect.each_turn_start
    ]

"""The engine: works off an agenda of steps until nothing is left to do, or a player has to decide first.

Start here to see how a fight is resolved: each kind of step and each kind of effect node has one resolver in the tables
below. Pure and total: it never raises for any stage or step, and does nothing where a step makes no sense.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, structs

from taleforge.rules import attacks, contests, effects, lasting, magic, turns, use, walking
from taleforge.rules.aftermath import settle
from taleforge.rules.dice import DiceSource
from taleforge.rules.facts import CombatEnded, ConcentrationEnded, Fact
from taleforge.rules.reactions import ReactionPolicy
from taleforge.rules.resolution import Resolution
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.steps import EndTurn, FinishAttack, Pending, Resolve, StartTurn, Step, Use, Walk


class Outcome(Struct, frozen=True):
    """What came of an agenda: the stage afterwards, the facts in order, and the question it stopped at, if any."""

    stage: Stage
    facts: tuple[Fact, ...]
    pending: Pending | None = None


def run(stage: Stage, agenda: tuple[Step, ...], dice: DiceSource, terrain: Terrain, policy: ReactionPolicy) -> Outcome:
    """Resolve steps one after another, each seeing what the ones before it did.

    Args:
        stage: The creatures and the fight before.
        agenda: What to do.
        dice: Where faces come from.
        terrain: The ground.
        policy: Who is asked before reacting.

    Returns:
        The outcome; with `pending` set, `resume` goes on from there.
    """
    res = Resolution(stage, agenda, dice, terrain, policy)
    settled = 0
    while res.agenda and res.pending is None:
        step, res.agenda = res.agenda[0], res.agenda[1:]
        if isinstance(step, EndTurn | StartTurn):
            ended = turns.verdict(res.stage)
            if ended is not None:
                res.emit(ended)
                break
        _STEPS[type(step)](res, step)
        settle(res, settled)
        settled = len(res.facts)
    if res.pending is None:
        ended = turns.verdict(res.stage)
        if ended is not None:
            res.emit(ended)
    return Outcome(res.stage, tuple(res.facts), res.pending)


def resume(  # noqa: PLR0917 — `run` with an answer
    stage: Stage, pending: Pending, choice: str, dice: DiceSource, terrain: Terrain, policy: ReactionPolicy
) -> Outcome:
    """Go on where `run` stopped, with the answer given; an answer that was not offered counts as the default."""
    chosen = next((c for c in pending.choices if c.id == choice), None)
    if chosen is None:
        chosen = next((c for c in pending.choices if c.id == pending.default), None)
    then = chosen.then if chosen is not None else ()
    return run(stage, (*then, *pending.agenda), dice, terrain, policy)


def begin_fight(
    stage: Stage, dice: DiceSource, terrain: Terrain, policy: ReactionPolicy, surprised: tuple[str, ...] = ()
) -> Outcome:
    """Roll initiative and begin the first turn (SRD 5.1, "The Order of Combat", "Surprise").

    Nothing happens when a fight is on already, or one side has nobody standing.
    """
    standing = {c.side for c in turns.combatants(stage) if c.life == "up"}
    if stage.fighting or standing != {"party", "foe"}:
        return Outcome(stage, ())
    rolled = turns.roll_initiative(stage, dice, surprised)
    res = Resolution(stage, (), dice, terrain, policy)
    res.emit(rolled)
    return _after(rolled, run(res.stage, (StartTurn(rolled.order[0]),), dice, terrain, policy))


def end_fight(stage: Stage, ended: CombatEnded, dice: DiceSource, terrain: Terrain, policy: ReactionPolicy) -> Outcome:
    """End a fight by decision of the table: a truce, or one side has fled."""
    res = Resolution(stage, (), dice, terrain, policy)
    if stage.fighting:
        res.emit(ended)
    return Outcome(res.stage, tuple(res.facts))


def record(
    stage: Stage, facts: tuple[Fact, ...], dice: DiceSource, terrain: Terrain, policy: ReactionPolicy
) -> Outcome:
    """Apply facts decided elsewhere (a host's ruling, a trap) together with what follows from them by itself."""
    res = Resolution(stage, (), dice, terrain, policy)
    for fact in facts:
        if isinstance(fact, ConcentrationEnded):
            lasting.end_concentration(res, fact.crt, fact.reason)
        else:
            res.emit(fact)
    settle(res, 0)
    return Outcome(res.stage, tuple(res.facts))


def _after(first: Fact, outcome: Outcome) -> Outcome:
    return structs.replace(outcome, facts=(first, *outcome.facts))


def _resolve(res: Resolution, step: Resolve) -> None:
    """Take the first effect node of a step; the others stay on the agenda behind whatever it leads to."""
    if not step.nodes:
        return
    node, *others = step.nodes
    if others:
        res.first(structs.replace(step, nodes=tuple(others), cost="none", asked=()))
    _NODES[type(node)](res, structs.replace(step, nodes=()), node)


_NODES: dict[type, Callable[[Resolution, Resolve, Any], None]] = {
    effects.Attack: attacks.attack,
    effects.Save: magic.save,
    effects.Check: contests.check,
    effects.Damage: magic.damage,
    effects.Heal: magic.heal,
    effects.TemporaryHitPoints: magic.temporary_hit_points,
    effects.Apply: lasting.apply_effect,
    effects.Remove: lasting.remove,
    effects.Move: walking.move,
    effects.Summon: magic.summon,
    effects.Branch: magic.branch,
    effects.RollDice: magic.roll_dice,
    effects.Resource: magic.resource,
    effects.Choose: magic.choose,
    effects.Manual: magic.manual,
}
"""The one resolver of each effect node."""

_STEPS: dict[type, Callable[[Resolution, Any], None]] = {
    Use: use.use,
    Resolve: _resolve,
    FinishAttack: attacks.finish_attack,
    Walk: walking.walk,
    EndTurn: turns.end_turn,
    StartTurn: turns.start_turn,
}
"""The one resolver of each step."""

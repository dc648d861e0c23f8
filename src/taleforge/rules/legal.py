"""What a creature may do now, at what cost, and why not otherwise.

The gate before the engine, which obeys. Whom an action may be aimed at is judged by `targets`. Does not compute odds.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from taleforge.rules.conditions import can_move, can_speak, forbidden, has
from taleforge.rules.contests import holder
from taleforge.rules.creature import Action, ActionCost, Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.rules.effects import Attack
from taleforge.rules.equipment import CANNOT_CAST
from taleforge.rules.lasting import CONCENTRATION
from taleforge.rules.movement import movement_left, path_cost, stand_cost
from taleforge.rules.resources import lacking, recharging, slots, wielded
from taleforge.rules.scores import speed
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.standard import QUICK, STANDARD, find_action, unarmed_strike
from taleforge.rules.steps import EndTurn, Step, Use, Walk
from taleforge.rules.targets import Aim, Awareness, RuleRefusal, aim_of, fitting, target_count, wrong_targets
from taleforge.rules.use import price


class Legal(Struct, frozen=True, gc=False):
    """One way to use one action now. With `refused` set it cannot be used, and why.

    `targets` are the creatures it may be aimed at and does something for; `count` how many of them with the lowest
    slot. `slots` are the slot levels that can pay for it, (0,) when it needs none.
    """

    action: Action
    cost: ActionCost
    targets: tuple[str, ...] = ()
    slots: tuple[int, ...] = (0,)
    count: int = 1
    refused: RuleRefusal | None = None


class Way(Struct, frozen=True):
    """A way to use an action, as far as it is the same whenever it is asked about: what has to be judged of it."""

    action: Action
    cost: ActionCost
    judges: tuple[Callable[["_Moment", Action], RuleRefusal | None], ...]
    aim: Aim | None
    """Whom it may be for; None when it is aimed at nobody."""


def legal(stage: Stage, crt: str, terrain: Terrain, among: Sequence[Way] | None = None) -> tuple[Legal, ...]:
    """Return every action a creature has, each with what it may be aimed at or why it cannot be used now.

    Only some of its `repertoire`, where these are given. Reactions are not among them: the engine offers these. Empty
    for who is not in play or cannot do anything.
    """
    actor = stage.creatures.get(crt)
    if actor is None or actor.life != "up":
        return ()
    known = _Moment(stage, actor, terrain)
    return tuple([_judge(known, way) for way in (repertoire(actor.sheet) if among is None else among)])


@derived
def repertoire(sheet: Sheet) -> tuple[Way, ...]:
    """Return every action of a creature with each cost it can be taken at, sheet first, reactions left out."""
    own = (action for action in sheet.actions if action.trigger is None and action.cost != "reaction")
    quick = (STANDARD[key] for feature in sheet.features for key in QUICK.get(feature, ()))
    actions = (*own, unarmed_strike(sheet), *STANDARD.values())
    return (*(_way(action, action.cost) for action in actions), *(_way(action, "bonus") for action in quick))


def _way(action: Action, cost: ActionCost) -> Way:
    return Way(action, cost, _judges(action), aim_of(action) if action.target.kind == "creature" else None)


def refusal(stage: Stage, step: Step, terrain: Terrain) -> RuleRefusal | None:
    """Return why a step may not be taken by the creature it names, or None when it may."""
    actor = stage.creatures.get(step.crt)
    if actor is None:
        return RuleRefusal("actor/unknown")
    match step:
        case Use():
            return _refuse_use(stage, actor, step, terrain)
        case Walk():
            return _refuse_walk(stage, actor, step, terrain)
        case EndTurn():
            return _not_on_turn(stage, actor)
        case _:
            return RuleRefusal("step/internal")


def _refuse_use(stage: Stage, actor: Creature, step: Use, terrain: Terrain) -> RuleRefusal | None:
    action = find_action(actor, step.action)
    if action is None or action.trigger is not None:
        return RuleRefusal("action/unknown", {"action": step.action})
    cost = price(actor, action, step.cost)
    if step.cost not in {None, price(actor, action)} and not _at_cost(actor, action, step.cost):
        return RuleRefusal("action/wrong_cost", {"action": action.id, "cost": step.cost or ""})
    known = _Moment(stage, actor, terrain)
    refused = _unusable(known, _way(action, step.cost or action.cost), cost)
    return refused or _wrong_slot(actor, action, step.slot) or wrong_targets(known, action, step)


def _at_cost(actor: Creature, action: Action, cost: ActionCost | None) -> bool:
    return any(way.cost == cost and way.action == action for way in repertoire(actor.sheet))


def _refuse_walk(stage: Stage, actor: Creature, step: Walk, terrain: Terrain) -> RuleRefusal | None:
    refused = _not_on_turn(stage, actor) or _helpless(actor)
    if refused is not None:
        return refused
    source = forbidden(actor, "move")
    if source is not None:
        return RuleRefusal("move/forbidden", {"by": source.code})
    feet = path_cost(stage, actor.id, step.path, terrain)
    if feet is None or not step.path:
        return RuleRefusal("move/no_way")
    left_over = movement_left(stage, actor)
    return RuleRefusal("move/too_far", {"feet": feet, "left": left_over}) if feet > left_over else None


def _not_on_turn(stage: Stage, actor: Creature) -> RuleRefusal | None:
    return RuleRefusal("turn/not_yours") if stage.fighting and stage.active != actor.id else None


def _helpless(actor: Creature) -> RuleRefusal | None:
    if actor.life != "up":
        return RuleRefusal("actor/down", {"life": actor.life})
    return RuleRefusal("turn/surprised") if actor.surprised else None


def _inactive(actor: Creature) -> RuleRefusal | None:
    source = forbidden(actor, "action")
    return RuleRefusal("action/forbidden", {"by": source.code}) if source is not None else None


class _Moment(Awareness):
    """What a creature knows, and whether it can do anything at this moment."""

    __slots__ = ("inactive", "turn_refusal")

    def __init__(self, stage: Stage, actor: Creature, terrain: Terrain) -> None:
        super().__init__(stage, actor, terrain)
        self.turn_refusal = _not_on_turn(stage, actor) or _helpless(actor)
        self.inactive = _inactive(actor)


def _judge(known: _Moment, way: Way) -> Legal:
    actor, action = known.actor, way.action
    cost = price(actor, action, way.cost) if known.stage.fighting else way.cost
    refused = _unusable(known, way, cost)
    levels = slots(actor, action) if action.spell is not None else _NO_SLOT
    if refused is not None:
        return Legal(action, cost, slots=levels, refused=refused)
    if way.aim is None:
        return Legal(action, cost, (), levels, target_count(action, levels[0]))
    targets = fitting(known, action, way.aim)
    if not targets:
        return Legal(action, cost, slots=levels, refused=_NOBODY)
    return Legal(action, cost, targets, levels, target_count(action, levels[0]))


_NO_SLOT = (0,)
_NOBODY = RuleRefusal("target/none")


def _unusable(known: _Moment, way: Way, cost: ActionCost) -> RuleRefusal | None:
    """Return why an action cannot be used at all now, whatever it is aimed at."""
    refused = known.turn_refusal or (known.inactive if way.cost != "none" else None)
    if refused is None and known.stage.fighting:
        refused = _no_turn_left(known.actor, way.action, cost)
    if refused is not None:
        return refused
    for judge in way.judges:
        refused = judge(known, way.action)
        if refused is not None:
            return refused
    return None


def _judges(action: Action) -> tuple[Callable[[_Moment, Action], RuleRefusal | None], ...]:
    """Return what has to be judged of an action besides its turn: of most that everybody has, nothing."""
    costly = action.spend or action.pinned or action.ammunition or action.recharge is not None or action.spell
    judges = {
        _unpayable: bool(costly),
        _unspeakable: action.spell is not None,
        _out_of_place: "standard" in action.properties and action.id in _OCCASIONS,
    }
    return tuple(judge for judge, needed in judges.items() if needed)


def _no_turn_left(actor: Creature, action: Action, cost: ActionCost) -> RuleRefusal | None:
    """Judge the economy of the turn (SRD 5.1, "Your Turn", "Bonus Actions", "Casting a Spell")."""
    turn = actor.turn
    if cost == "action" and turn.action:
        return RuleRefusal("turn/no_action")
    if cost == "bonus" and turn.bonus:
        return RuleRefusal("turn/no_bonus_action")
    if "offhand" in action.properties and not _struck_light(actor, wielded(action)):
        return RuleRefusal("turn/no_light_attack")
    if action.spell is None:
        return None
    if cost == "bonus" and turn.spell:
        return RuleRefusal("spell/one_a_turn")
    if turn.bonus_spell and (action.spell.level > 0 or cost != "action"):
        return RuleRefusal("spell/only_cantrips")
    return None


def _struck_light(actor: Creature, other_hand: str | None) -> bool:
    """Whether a light melee weapon, not the one in the other hand, was used to attack.

    SRD 5.1, "Two-Weapon Fighting".
    """
    pair = other_hand is None or actor.items.get(other_hand, 0) > 1
    struck = (actor.sheet.action(key) for key in actor.turn.attacks)
    return any(
        action is not None
        and "light" in action.properties
        and _melee(action)
        and (pair or wielded(action) != other_hand)
        for action in struck
    )


def _melee(action: Action) -> bool:
    return bool(action.nodes) and isinstance(action.nodes[0], Attack) and action.nodes[0].kind == "melee"


def _unpayable(known: _Moment, action: Action) -> RuleRefusal | None:
    actor = known.actor
    missing = lacking(actor, action)
    if missing is not None:
        code = "action/no_ammunition" if missing.startswith("item:") else "action/no_uses"
        return RuleRefusal(code, {"resource": missing})
    if recharging(actor, action):
        return RuleRefusal("action/recharging")
    if not slots(actor, action):
        return RuleRefusal("spell/no_slot", {"level": action.spell.level if action.spell is not None else 0})
    return None


def _unspeakable(known: _Moment, action: Action) -> RuleRefusal | None:
    if CANNOT_CAST in known.actor.sheet.features:
        return RuleRefusal("spell/armor")
    spoken = action.spell is not None and "V" in action.spell.components
    return RuleRefusal("spell/no_voice") if spoken and not can_speak(known.actor) else None


def _out_of_place(known: _Moment, action: Action) -> RuleRefusal | None:
    """Judge the standard actions that need an occasion."""
    code = _OCCASIONS[action.id](known)
    return RuleRefusal(code) if code is not None else None


def _stand(known: _Moment) -> str | None:
    actor = known.actor
    if not has(actor, "prone"):
        return "move/not_prone"
    if not known.stage.fighting:
        return None
    possible = can_move(actor) and speed(actor) > 0 and movement_left(known.stage, actor) >= stand_cost(actor)
    return None if possible else "move/cannot_stand"


def _drop(known: _Moment) -> str | None:
    return "move/prone_already" if has(known.actor, "prone") else None


def _hide(known: _Moment) -> str | None:
    if known.actor.hidden:
        return "hide/hidden_already"
    return None if known.can_hide() else "hide/clearly_seen"


def _held(known: _Moment) -> str | None:
    return None if holder(known.stage, known.actor) is not None else "action/not_grappled"


def _concentrates(known: _Moment) -> str | None:
    return None if any(e.key == CONCENTRATION for e in known.actor.effects) else "action/not_concentrating"


def _fights(known: _Moment) -> str | None:
    return None if known.stage.fighting else "action/no_fight"


_OCCASIONS = {
    "stand": _stand,
    "drop_prone": _drop,
    "hide": _hide,
    "break_free": _held,
    "slip_free": _held,
    "stop_concentrating": _concentrates,
    "dash": _fights,
    "disengage": _fights,
    "dodge": _fights,
}


def _wrong_slot(actor: Creature, action: Action, slot: int) -> RuleRefusal | None:
    levels = slots(actor, action)
    wanted = max(slot, action.spell.level) if action.spell is not None and levels != (0,) else 0
    return None if wanted in levels else RuleRefusal("spell/no_slot", {"level": wanted})

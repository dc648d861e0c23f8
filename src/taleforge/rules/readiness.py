"""What a creature itself is able to do now, whatever is around it: by its turn, its state, and what it has left.

Holds as long as the creature stays as it is, wherever it stands. Does not judge whom it reaches, or who sees it.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from taleforge.rules.conditions import can_move, can_speak, forbidden, has
from taleforge.rules.creature import Action, ActionCost, Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.rules.effects import Attack
from taleforge.rules.equipment import CANNOT_CAST
from taleforge.rules.lasting import CONCENTRATION
from taleforge.rules.movement import feet_left, stand_cost
from taleforge.rules.resources import lacking, recharging, slots, wielded
from taleforge.rules.scores import speed
from taleforge.rules.standard import QUICK, STANDARD, unarmed_strike
from taleforge.rules.targets import Aim, RuleRefusal, aim_of
from taleforge.rules.use import price

_Judge = Callable[[Creature, Action, bool], RuleRefusal | None]
"""Judges an action of a creature, and whether a fight is on."""


class Way(Struct, frozen=True):
    """A way to use an action, as far as it is the same whenever it is asked about: what has to be judged of it."""

    action: Action
    cost: ActionCost
    judges: tuple[_Judge, ...]
    aim: Aim | None
    """Whom it may be for; None when it is aimed at nobody."""
    placed: bool
    """Whether it needs an occasion that others around give."""


class Ready(Struct, frozen=True, gc=False):
    """A way to use an action as far as it hangs on the creature itself: its price, and why it is out of the question.

    `slots` are the slot levels that can pay for it, (0,) when it needs none.
    """

    way: Way
    cost: ActionCost
    slots: tuple[int, ...] = (0,)
    refused: RuleRefusal | None = None


@derived
def repertoire(sheet: Sheet) -> tuple[Way, ...]:
    """Return every action of a creature with each cost it can be taken at, sheet first, reactions left out."""
    own = (action for action in sheet.actions if action.trigger is None and action.cost != "reaction")
    quick = (STANDARD[key] for feature in sheet.features for key in QUICK.get(feature, ()))
    actions = (*own, unarmed_strike(sheet), *STANDARD.values())
    return (*(way_of(action, action.cost) for action in actions), *(way_of(action, "bonus") for action in quick))


def way_of(action: Action, cost: ActionCost) -> Way:
    """Return what has to be judged of an action at a cost."""
    aim = aim_of(action) if action.target.kind == "creature" else None
    return Way(action, cost, _judges(action), aim, "standard" in action.properties and action.id in _PLACED)


def _judges(action: Action) -> tuple[_Judge, ...]:
    """Return what has to be judged of an action besides its turn: of most that everybody has, nothing."""
    costly = action.spend or action.pinned or action.ammunition or action.recharge is not None or action.spell
    judges = {
        _unpayable: bool(costly),
        _unspeakable: action.spell is not None,
        _out_of_season: "standard" in action.properties and action.id in _SEASONS,
    }
    return tuple(judge for judge, needed in judges.items() if needed)


def ready(
    actor: Creature,
    ways: Sequence[Way],
    fighting: bool,  # noqa: FBT001 - an input like the others
    active: bool,  # noqa: FBT001 - likewise
) -> tuple[Ready, ...]:
    """Return each of some ways as far as it hangs on the actor, wherever it stands.

    Args:
        actor: Who would use them.
        ways: Some of its `repertoire`.
        fighting: Whether turns are taken.
        active: Whether this one is the actor's.
    """
    waits = out_of_turn(fighting=fighting, active=active) or helpless(actor)
    inactive = _inactive(actor)
    return tuple(
        [_ready(actor, way, waits or (inactive if way.cost != "none" else None), fighting=fighting) for way in ways]
    )


def _ready(actor: Creature, way: Way, refused: RuleRefusal | None, *, fighting: bool) -> Ready:
    action = way.action
    cost = price(actor, action, way.cost) if fighting else way.cost
    levels = slots(actor, action) if action.spell is not None else _NO_SLOT
    if refused is None and fighting:
        refused = _no_turn_left(actor, action, cost)
    if refused is None:
        refused = next((no for judge in way.judges if (no := judge(actor, action, fighting)) is not None), None)
    return Ready(way, cost, levels, refused)


_NO_SLOT = (0,)


def out_of_turn(*, fighting: bool, active: bool) -> RuleRefusal | None:
    """Return that it is somebody else's turn, if it is."""
    return RuleRefusal("turn/not_yours") if fighting and not active else None


def helpless(actor: Creature) -> RuleRefusal | None:
    """Return what keeps a creature from using its turn, if anything does."""
    if actor.life != "up":
        return RuleRefusal("actor/down", {"life": actor.life})
    return RuleRefusal("turn/surprised") if actor.surprised else None


def _inactive(actor: Creature) -> RuleRefusal | None:
    source = forbidden(actor, "action")
    return RuleRefusal("action/forbidden", {"by": source.code}) if source is not None else None


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


def _unpayable(actor: Creature, action: Action, _: bool) -> RuleRefusal | None:  # noqa: FBT001 - as `_Judge`
    missing = lacking(actor, action)
    if missing is not None:
        code = "action/no_ammunition" if missing.startswith("item:") else "action/no_uses"
        return RuleRefusal(code, {"resource": missing})
    if recharging(actor, action):
        return RuleRefusal("action/recharging")
    if not slots(actor, action):
        return RuleRefusal("spell/no_slot", {"level": action.spell.level if action.spell is not None else 0})
    return None


def _unspeakable(actor: Creature, action: Action, _: bool) -> RuleRefusal | None:  # noqa: FBT001 - as `_Judge`
    if CANNOT_CAST in actor.sheet.features:
        return RuleRefusal("spell/armor")
    spoken = action.spell is not None and "V" in action.spell.components
    return RuleRefusal("spell/no_voice") if spoken and not can_speak(actor) else None


def _out_of_season(actor: Creature, action: Action, fighting: bool) -> RuleRefusal | None:  # noqa: FBT001 - as `_Judge`
    """Judge the standard actions that make sense only as somebody is, or only in fights."""
    code = _SEASONS[action.id](actor, fighting)
    return RuleRefusal(code) if code is not None else None


def _stand(actor: Creature, fighting: bool) -> str | None:  # noqa: FBT001 - as `_Judge`
    if not has(actor, "prone"):
        return "move/not_prone"
    if not fighting:
        return None
    possible = can_move(actor) and speed(actor) > 0 and feet_left(actor) >= stand_cost(actor)
    return None if possible else "move/cannot_stand"


def _drop(actor: Creature, _: bool) -> str | None:  # noqa: FBT001 - as `_Judge`
    return "move/prone_already" if has(actor, "prone") else None


def _concentrates(actor: Creature, _: bool) -> str | None:  # noqa: FBT001 - as `_Judge`
    return None if any(e.key == CONCENTRATION for e in actor.effects) else "action/not_concentrating"


def _fights(_: Creature, fighting: bool) -> str | None:  # noqa: FBT001 - as `_Judge`
    return None if fighting else "action/no_fight"


_SEASONS = {
    "stand": _stand,
    "drop_prone": _drop,
    "stop_concentrating": _concentrates,
    "dash": _fights,
    "disengage": _fights,
    "dodge": _fights,
}
_PLACED = frozenset({"hide", "break_free", "slip_free"})
"""Standard actions that need an occasion: nobody who looks, or somebody who holds."""

"""What every creature can do without anything on its sheet: the actions of SRD 5.1, "Actions in Combat", as data.

Does not hold Ready, Search and Use an Object: the first is not built yet, the other two belong to the scene.
"""

from collections.abc import Mapping
from types import MappingProxyType

from taleforge.rules.creature import Action, ActionCost, Creature, Sheet, Targeting
from taleforge.rules.derived import derived
from taleforge.rules.effects import Apply, Attack, Check, DamageSpec, Duration, EffectSpec, Modifier, Move, Remove
from taleforge.rules.values import Ability, Skill

SELF = Targeting("self", range=0, sight=False)
BESIDE = Targeting("creature", range=5, sight=False)

_UNTIL_NEXT_TURN = Duration(rounds=1, turn="source", at="start")
_THIS_TURN = Duration(rounds=0, turn="source", at="end")


def _contest(skill: Skill, ability: Ability, against: tuple[Skill, ...], success: Apply | Move | Remove) -> Check:
    return Check(ability, skill, against=against, success=(success,))


_GRAPPLED = EffectSpec("grappled", conditions=("grappled",))
_PRONE = EffectSpec("prone", conditions=("prone",))
_DODGE = EffectSpec(
    "dodge",
    modifiers=(
        Modifier("against.attack", "disadvantage", when=("sees", "mobile")),
        Modifier("save.dex", "advantage", when=("mobile",)),
    ),
    duration=_UNTIL_NEXT_TURN,
)
_DISENGAGED = EffectSpec("disengaged", duration=_THIS_TURN)
_DISTRACTED = EffectSpec(
    "distracted",
    modifiers=(Modifier("against.attack", "advantage"),),
    duration=_UNTIL_NEXT_TURN,
    ends_on=("attacked",),
)
_HELPED = EffectSpec(
    "helped", modifiers=(Modifier("check", "advantage"),), duration=_UNTIL_NEXT_TURN, ends_on=("checks",)
)
_HOLD: tuple[Skill, ...] = ("athletics", "acrobatics")


def _action(
    name: str, *nodes: Apply | Check | Remove, cost: ActionCost = "action", target: Targeting = SELF, tag: str = ""
) -> Action:
    identity = name.lower().replace(" ", "_")
    properties = ("standard", tag) if tag else ("standard",)
    return Action(identity, name, f"action/{identity}", cost, target, nodes, properties=properties)


_ALL = (
    _action("Dash", tag="dash"),
    _action("Disengage", Apply(_DISENGAGED)),
    _action("Dodge", Apply(_DODGE)),
    _action("Hide", Check("dex", "stealth", against=("perception",), success=(Apply(EffectSpec("hidden")),))),
    _action("Help", Apply(_DISTRACTED), target=Targeting("creature", range=5, side="enemy")),
    _action("Help ally", Apply(_HELPED), target=Targeting("creature", range=5, side="ally"), tag="others_only"),
    _action("Grapple", _contest("athletics", "str", _HOLD, Apply(_GRAPPLED)), target=BESIDE, tag="attack"),
    _action("Shove prone", _contest("athletics", "str", _HOLD, Apply(_PRONE)), target=BESIDE, tag="attack"),
    _action("Shove away", _contest("athletics", "str", _HOLD, Move("push", 5)), target=BESIDE, tag="attack"),
    _action("Break free", _contest("athletics", "str", ("athletics",), Remove(("grappled",)))),
    _action("Slip free", _contest("acrobatics", "dex", ("athletics",), Remove(("grappled",)))),
    _action("Stabilize", Check("wis", "medicine", dc=10, success=(Remove(("dying",)),)), target=BESIDE),
    _action("Stand", Remove(("prone",)), cost="none", tag="stand"),
    _action("Drop prone", Apply(_PRONE), cost="none"),
    _action("Stop concentrating", Remove(("concentration",)), cost="none"),
)

STANDARD: Mapping[str, Action] = MappingProxyType({action.id: action for action in _ALL})
"""Standard actions by id."""

QUICK: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "nimble_escape": ("disengage", "hide"),
        "cunning_action": ("dash", "disengage", "hide"),
    }
)
"""Features that let standard actions be taken as bonus actions."""

UNARMED = "unarmed_strike"


@derived
def unarmed_strike(sheet: Sheet) -> Action:
    """Return the blow every creature can strike without a weapon: 1 + Strength (SRD 5.1, "Melee Attacks")."""
    strength, proficiency = sheet.abilities.modifier("str"), sheet.proficiency
    blow = Attack(
        "melee",
        bonus=strength + proficiency,
        parts=(("ability/str", strength), ("proficiency", proficiency)),
        damage=(DamageSpec(str(max(1 + strength, 0)), "bludgeoning"),),
    )
    return Action(UNARMED, "Unarmed strike", f"action/{UNARMED}", target=BESIDE, nodes=(blow,), properties=("unarmed",))


def find_action(creature: Creature, action: str) -> Action | None:
    """Return what an action id means for a creature: its sheet's action, or one that everybody has."""
    found = creature.sheet.action(action) or STANDARD.get(action)
    return unarmed_strike(creature.sheet) if found is None and action == UNARMED else found

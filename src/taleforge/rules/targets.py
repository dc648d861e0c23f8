"""Whom and what an action may be aimed at, as far as its user knows, and why not otherwise.

A refusal never tells an absent creature from an unseen one. Does not judge costs and turns: `legal` does.
"""

from collections.abc import Callable, Collection

from msgspec import Struct

from taleforge.rules.areas import footprint, gap, gap_to_cell
from taleforge.rules.conditions import forbidden
from taleforge.rules.creature import Action, Creature
from taleforge.rules.effects import Branch, Damage, Heal, Node, Remove, Save
from taleforge.rules.scores import max_hp
from taleforge.rules.stage import Stage, Terrain
from taleforge.rules.steps import Use
from taleforge.rules.use import is_attack
from taleforge.rules.values import Cell
from taleforge.rules.vision import clearly_seen, hostile, sees


class RuleRefusal(Struct, frozen=True, omit_defaults=True):
    """Why something may not be done: a code with parameters."""

    code: str
    params: dict[str, str | int] = {}


UNSEEN = RuleRefusal("target/unseen")
"""The one answer for who is not there, is hiding, or cannot be seen."""


class Contact(Struct, frozen=True):
    """What a creature knows of another: whether it sees it, whether it knows its place, the feet between, the cover."""

    seen: bool
    known: bool
    feet: int
    covered: bool


class Contacts(Struct, eq=False):
    """What one creature has found out about others: how far away each is, in feet, and what it knows of them.

    Each holds for as long as the two look as they did, and the light falls on the other as it did.
    """

    feet: dict[str, int] = {}
    known: dict[str, Contact] = {}

    def without(self, changed: Collection[str]) -> "Contacts":
        """Return what is known of all but some."""
        return Contacts(
            {crt: feet for crt, feet in self.feet.items() if crt not in changed},
            {crt: contact for crt, contact in self.known.items() if crt not in changed},
        )


class Awareness:
    """What one creature knows of the others at one moment, worked out once for all of its actions.

    `contacts` is what is known already, and is added to.
    """

    __slots__ = ("_contacts", "_hidable", "_living", "actor", "others", "stage", "terrain")

    def __init__(self, stage: Stage, actor: Creature, terrain: Terrain, contacts: Contacts | None = None) -> None:
        self.stage = stage
        self.actor = actor
        self.terrain = terrain
        self.others = tuple(stage.creatures.values())
        self._contacts = contacts or Contacts()
        self._living: tuple[tuple[Creature, int], ...] | None = None
        self._hidable: bool | None = None

    def living(self) -> tuple[tuple[Creature, int], ...]:
        """Return the creatures that are not dead, each with its distance from the actor in feet, its own being 0."""
        if self._living is None:
            known = self._contacts.feet
            self._living = tuple(
                [
                    (c, feet if (feet := known.get(c.id)) is not None else self._feet(c))
                    for c in self.others
                    if c.life != "dead"
                ]
            )
        return self._living

    def _feet(self, other: Creature) -> int:
        found = self._contacts.feet[other.id] = gap(self.actor, other) if other.id != self.actor.id else 0
        return found

    def contact(self, target: Creature) -> Contact:
        """Return what the actor knows of a creature."""
        known = self._contacts.known
        found = known.get(target.id)
        if found is None:
            found = known[target.id] = self._look(target)
        return found

    def _look(self, target: Creature) -> Contact:
        """A creature that is not seen is still known by its noise in a line that nothing blocks, unless it hides."""
        here, there = self.actor.cell, target.cell
        feet = gap(self.actor, target)
        if here is not None and there is not None and not self.terrain.visible(here, there):
            return Contact(seen=False, known=False, feet=feet, covered=False)
        seen = sees(self.stage, self.actor, target, self.terrain)
        if here is None or there is None:
            return Contact(seen, seen, feet, covered=False)
        known = seen or not (target.hidden and hostile(self.actor, target))
        return Contact(seen, known, feet, covered=known and self.terrain.cover(here, there) == "total")

    def can_hide(self) -> bool:
        """Whether no enemy sees the actor clearly."""
        if self._hidable is None:
            self._hidable = not any(
                hostile(c, self.actor) and c.life == "up" and clearly_seen(self.stage, c, self.actor, self.terrain)
                for c in self.others
            )
        return self._hidable


class Aim(Struct, frozen=True):
    """How far an action reaches, in feet, and what tells whom it does something for; None where it does to anybody."""

    reach: int
    needed: Callable[[Creature], bool] | None


def aim_of(action: Action) -> Aim:
    """Return whom an action may be for: the unhurt need no healing."""
    deed = _first_deed(action)
    needed = _hurt if isinstance(deed, Heal) else _dying if isinstance(deed, Remove) and "dying" in deed.keys else None
    return Aim(max(action.target.range, action.target.long_range or 0), needed)


def fitting(known: Awareness, action: Action, aim: Aim) -> tuple[str, ...]:
    """Return the creatures an action may be aimed at and does something for."""
    reach, needed = aim.reach, aim.needed
    near = [c for c, feet in known.living() if feet <= reach or c.id == known.actor.id]
    needy = near if needed is None else [c for c in near if needed(c)]
    return tuple([c.id for c in needy if refuse_target(known, action, c) is None])


def _hurt(target: Creature) -> bool:
    return target.hp < max_hp(target)


def _dying(target: Creature) -> bool:
    return target.life == "dying"


def _first_deed(action: Action) -> Node | None:
    """Return the first thing an action does, through branches that look at the target."""
    nodes = action.nodes
    while nodes and isinstance(nodes[0], Branch):
        nodes = nodes[0].then or nodes[0].otherwise
    return nodes[0] if nodes else None


def target_count(action: Action, slot: int) -> int:
    """Return how many creatures an action may name with a slot of a level."""
    above = max(0, slot - action.spell.level) if action.spell is not None else 0
    return action.target.count + action.target.count_scale * above


def wrong_targets(known: Awareness, action: Action, step: Use) -> RuleRefusal | None:
    """Return why the creatures or the place of a use will not do, or None when they will."""
    match action.target.kind:
        case "creature":
            return _wrong_creatures(known, action, step)
        case "area" | "cell":
            return _wrong_cell(known, action, step)
        case _:
            return None


def _wrong_creatures(known: Awareness, action: Action, step: Use) -> RuleRefusal | None:
    most = target_count(action, step.slot)
    if not step.targets:
        return RuleRefusal("target/needed", {"count": most})
    if len(step.targets) > most or (len(set(step.targets)) < len(step.targets) and not action.target.repeat):
        return RuleRefusal("target/too_many", {"count": most})
    for crt in step.targets:
        target = known.stage.creatures.get(crt)
        refused = UNSEEN if target is None else refuse_target(known, action, target)
        if refused is not None:
            return refused
    return None


def refuse_target(known: Awareness, action: Action, target: Creature) -> RuleRefusal | None:
    """Return why an action may not be aimed at a creature; first of all that the actor does not know it is there."""
    actor, aimed = known.actor, action.target
    if target.id == actor.id:
        apart = _harmful(action) or aimed.side == "enemy" or "others_only" in action.properties
        return RuleRefusal("target/yourself") if apart else _unfit(actor, action, target)
    contact = known.contact(target)
    if not contact.known or (aimed.sight and not contact.seen and not is_attack(action)):
        return UNSEEN
    if contact.feet > max(aimed.range, aimed.long_range or 0):
        return RuleRefusal("target/out_of_range", {"feet": contact.feet, "range": aimed.long_range or aimed.range})
    return RuleRefusal("target/total_cover") if contact.covered else _unfit(actor, action, target)


def _unfit(actor: Creature, action: Action, target: Creature) -> RuleRefusal | None:
    aimed = action.target
    if target.life == "dead":
        return RuleRefusal("target/dead")
    if aimed.types and target.sheet.type not in aimed.types:
        return RuleRefusal("target/wrong_type")
    if aimed.side != "any" and (aimed.side == "ally") != (not hostile(actor, target)):
        return RuleRefusal("target/wrong_side")
    if action.id == "stabilize" and target.life != "dying":
        return RuleRefusal("target/not_dying")
    return _held_back(actor, target) if actor.effects and _harmful(action) else None


def _held_back(actor: Creature, target: Creature) -> RuleRefusal | None:
    """Return what keeps a creature from harming another (SRD 5.1, "Charmed")."""
    source = forbidden(actor, "harm", target.id)
    if source is None:
        return None
    charmed = source.code == "condition/charmed"
    return RuleRefusal("target/charmed") if charmed else RuleRefusal("action/forbidden", {"by": source.code})


def _harmful(action: Action) -> bool:
    """Whether an action does harm, as its first effect tells: it attacks, or is aimed at enemies."""
    if action.target.side == "enemy" or is_attack(action):
        return True
    return bool(action.nodes) and isinstance(action.nodes[0], Save | Damage)


def _wrong_cell(known: Awareness, action: Action, step: Use) -> RuleRefusal | None:
    actor, aimed = known.actor, action.target
    if aimed.kind == "area" and aimed.area is None:
        return None
    if step.cell is None:
        ring = aimed.range == 0 and aimed.area is not None and aimed.area.shape in {"sphere", "cylinder"}
        return None if ring else RuleRefusal("target/cell_needed")
    if aimed.range and gap_to_cell(actor, step.cell) > aimed.range:
        return RuleRefusal("target/out_of_range", {"feet": gap_to_cell(actor, step.cell), "range": aimed.range})
    return _unreached(known, action, step.cell)


def _unreached(known: Awareness, action: Action, cell: Cell) -> RuleRefusal | None:
    """Judge the place an effect is to appear at: seen, in a clear line, and free when somebody is to stand on it."""
    actor, terrain = known.actor, known.terrain
    if not action.target.range:
        return RuleRefusal("target/cell_needed") if cell == actor.cell else None
    if not terrain.inside(cell) or actor.cell is None or not terrain.visible(actor.cell, cell):
        return RuleRefusal("target/unseen")
    if terrain.cover(actor.cell, cell) == "total":
        return RuleRefusal("target/total_cover")
    if action.target.kind == "cell" and any(cell in footprint(c) for c in known.others if known.contact(c).known):
        return RuleRefusal("target/occupied")
    return None

"""What effect nodes do to their targets: one resolver for each, for spells and everything else that is not a weapon.

Attack rolls are in `attacks`, areas in `areas`. Does not decide who may be targeted.
"""

from collections.abc import Iterator

from msgspec import structs

from taleforge.rules.areas import SIZES, area_cells, gap, in_area
from taleforge.rules.attacks import HIT, levels_above, with_ability
from taleforge.rules.checks import make_save
from taleforge.rules.conditions import forbidden, gain
from taleforge.rules.creature import Action, ActiveEffect, Creature
from taleforge.rules.damage import Blow, Rolled, roll_damage, scaled, take
from taleforge.rules.death import stabilize
from taleforge.rules.dice import roll
from taleforge.rules.effects import (
    Apply,
    Branch,
    Choose,
    Damage,
    DamageSpec,
    EffectSpec,
    Heal,
    Manual,
    Modifier,
    Node,
    Remove,
    RollDice,
    Save,
    Summon,
    TemporaryHitPoints,
)
from taleforge.rules.effects import Resource as ResourceNode
from taleforge.rules.explain import Source
from taleforge.rules.facts import (
    ConditionLost,
    DiceRolled,
    ResourceSpent,
    RulingNeeded,
)
from taleforge.rules.healing import gain_temporary, heal_pool, roll_healing
from taleforge.rules.healing import heal as heal_creature
from taleforge.rules.modifiers import Context, collect
from taleforge.rules.reactions import answers, shields_from
from taleforge.rules.resolution import Resolution
from taleforge.rules.scores import cover_part
from taleforge.rules.stage import Stage, Terrain, distance
from taleforge.rules.standard import find_action
from taleforge.rules.steps import Pending, PendingChoice, Resolve, Use
from taleforge.rules.turns import condition_tags, deadline
from taleforge.rules.values import FEET_PER_CELL, Cell, Cover

CONCENTRATION = "concentration"
"""The key of the effect on a caster whose end ends the spell it keeps up (SRD 5.1, "Concentration")."""

_NAMELESS = Action("", "", "")


def save(res: Resolution, step: Resolve, node: Save) -> None:
    """Let each target save; damage is rolled once for all, and halved for who saved when the node says so.

    SRD 5.1, "Saving Throws" and "Damage Rolls".
    """
    actor = res.creature(step.crt)
    action = _action(actor, step)
    dc = node.dc if node.dc is not None else _casting_dc(actor)
    tags = save_tags(node)
    saved: dict[str, bool] = {}
    for target in _targets(res, step):
        extra = cover_part(_cover(res, step, target)) if node.ability == "dex" and _minds_cover(action) else ()
        context = _context(actor, target, action, tags)
        made = make_save(target, node.ability, dc, res.dice, context=context, extra=extra, reason=action.code)
        res.emit(made)
        saved[target.id] = made.success
    res.first(*_branches(step, node, saved))
    if node.damage and saved and (node.on_success == "half" or not all(saved.values())):
        _save_damage(res, step, node, saved)


def save_tags(node: Save) -> frozenset[str]:
    """Return what a save is against, for traits that help against it: `poison`, `charm`, `fear`."""
    given = (c for inner in node.fail if isinstance(inner, Apply) for c in inner.effect.conditions)
    poisonous = any(spec.type == "poison" for spec in node.damage)
    return condition_tags(given) | (frozenset({"poison"}) if poisonous else frozenset[str]())


def _branches(step: Resolve, node: Save, saved: dict[str, bool]) -> Iterator[Resolve]:
    for nodes, outcome in ((node.fail, False), (node.success, True)):
        targets = tuple(crt for crt, success in saved.items() if success is outcome)
        if nodes and targets:
            yield structs.replace(step, nodes=nodes, targets=targets, cost="none")


def _save_damage(res: Resolution, step: Resolve, node: Save, saved: dict[str, bool]) -> None:
    whole = _roll(res, step, node.damage)
    half = whole.halved(Source("save/half"))
    for crt, success in saved.items():
        if not success or node.on_success == "half":
            _hurt(res, step, crt, half if success else whole)


def damage(res: Resolution, step: Resolve, node: Damage) -> None:
    """Deal damage that needs neither a roll to hit nor a save, rolled once; who can ward it off is asked first."""
    if _offer_wards(res, step, node):
        return
    if any(_targets(res, step)):
        whole = _roll(res, step, node.damage)
        for crt in step.targets:
            _hurt(res, step, crt, whole)


def _offer_wards(res: Resolution, step: Resolve, node: Damage) -> bool:
    """Offer targets a reaction that makes them immune to this action; True when the node is resolved later."""
    for target in _targets(res, step):
        if target.id in step.asked:
            continue
        found = next(((a, slot) for a, slot in answers(target, HIT) if shields_from(a, step.action)), None)
        if found is not None:
            res.first(structs.replace(step, nodes=(node,), asked=(*step.asked, target.id)))
            use = Use(target.id, found[0].id, (target.id,), slot=found[1], cost="reaction")
            params: dict[str, str | int] = {"attacker": step.crt, "action": found[0].id, "slot": found[1]}
            res.offer(use, found[0].id, "reaction/targeted", params)
            return True
    return False


def heal(res: Resolution, step: Resolve, node: Heal) -> None:
    """Restore hit points to each target, rolled once; a pool is dealt out among them (SRD 5.1, "Healing")."""
    healer, targets = res.creature(step.crt), tuple(_targets(res, step))
    if healer is None or not targets:
        return
    action = _action(healer, step)
    kind = "spell" if action.spell is not None else "effect"
    found = collect(healer, f"healing.{kind}.{action.id}", Context(slot=step.slot))
    rolled = roll_healing(node, healer, res.dice, levels=levels_above(action, step.slot), found=found)
    if node.pool:
        shares = heal_pool(targets, rolled, step.crt, up_to_half=node.up_to_half)
        res.emit(*(shares or (DiceRolled(step.crt, rolled.roll, "dice/healing"),)))
        return
    for target in targets:
        res.emit(*heal_creature(target, rolled, step.crt))


def temporary_hit_points(res: Resolution, step: Resolve, node: TemporaryHitPoints) -> None:
    """Give each target temporary hit points, rolled once."""
    targets = tuple(_targets(res, step))
    if not targets:
        return
    levels = levels_above(_action(res.creature(step.crt), step), step.slot)
    more = f"+{scaled(node.scale, levels)}" if node.scale and levels else ""
    thrown = roll(node.dice + more, res.dice)
    for target in targets:
        res.emit(*gain_temporary(target, thrown.total, step.crt, thrown))


def apply_effect(res: Resolution, step: Resolve, node: Apply) -> None:
    """Put a lasting effect on each target; a concentration spell's first effect begins the concentration."""
    actor = res.creature(step.crt)
    action = _action(actor, step)
    for target in _targets(res, step):
        effect = _effect(res, step, node.effect, target)
        if actor is not None and action.spell is not None and action.spell.concentration:
            effect = _kept_up(res, effect, actor.id, action)
            if effect is None:
                return
        _replace(res, target.id, effect.key)
        res.emit(*gain(res.stage.creatures[target.id], effect, action.name))


def _effect(res: Resolution, step: Resolve, spec: EffectSpec, target: Creature) -> ActiveEffect:
    ends_round, ends_turn = deadline(res.stage, spec.duration, step.crt, target.id)
    to_end = spec.save
    if to_end is not None and to_end.dc is None:
        to_end = structs.replace(to_end, dc=_casting_dc(res.creature(step.crt)))
    return ActiveEffect(
        id=f"{target.id}/{spec.key}",
        key=spec.key,
        source=step.crt,
        conditions=spec.conditions,
        modifiers=tuple(_with_slot(m, step.slot) for m in spec.modifiers),
        ends_round=ends_round,
        ends_turn=ends_turn,
        ends_at=spec.duration.at,
        save=to_end,
        each_turn_start=spec.each_turn_start,
        light=spec.light,
        ends_on=spec.ends_on,
    )


def _with_slot(given: Modifier, slot: int) -> Modifier:
    """Fix the slot a modifier's value speaks of: the effect outlives the casting."""
    if isinstance(given.value, str) and "slot" in given.value:
        return structs.replace(given, value=given.value.replace("slot", str(slot)))
    return given


def _kept_up(res: Resolution, effect: ActiveEffect, caster: str, action: Action) -> ActiveEffect | None:
    """Return an effect as a child of its caster's concentration, which begins with it; None when it cannot."""
    actor = res.stage.creatures[caster]
    marker = next((e for e in actor.effects if e.key == CONCENTRATION), None)
    if marker is None:
        begin_concentration(res, caster, action, effect.ends_round, effect.ends_turn)
        marker = next((e for e in res.stage.creatures[caster].effects if e.key == CONCENTRATION), None)
    if marker is None:
        return None
    return structs.replace(effect, concentration=caster, parent=marker.id)


def begin_concentration(
    res: Resolution, caster: str, action: Action, ends_round: int | None = None, ends_turn: str | None = None
) -> None:
    """Mark a creature as concentrating, unless it cannot."""
    actor = res.creature(caster)
    if actor is None or forbidden(actor, "concentration") is not None:
        return
    marker = ActiveEffect(
        id=f"{caster}/{CONCENTRATION}/{action.id}",
        key=CONCENTRATION,
        source=caster,
        concentration=caster,
        ends_round=ends_round,
        ends_turn=ends_turn,
    )
    res.emit(*gain(actor, marker, action.name))


def kept_spell(marker: ActiveEffect) -> str:
    """Return the id of the action that a concentration keeps up."""
    return marker.id.rpartition("/")[2]


def lasts(nodes: tuple[Node, ...]) -> bool:
    """Whether any node puts a lasting effect on somebody."""
    return any(isinstance(node, Apply) or lasts(_inner(node)) for node in nodes)


def _inner(node: Node) -> tuple[Node, ...]:
    match node:
        case Save():
            return (*node.fail, *node.success)
        case Branch():
            return (*node.then, *node.otherwise)
        case Choose():
            return tuple(inner for choice in node.choices for inner in choice.nodes)
        case _:
            return (*getattr(node, "hit", ()), *getattr(node, "miss", ()))


def _replace(res: Resolution, crt: str, key: str) -> None:
    """End what hangs on an effect that is about to be replaced by a newer one of its key."""
    old = next((e for e in res.stage.creatures[crt].effects if e.key == key), None)
    if old is None or old.concentration is None:
        return
    res.emit(ConditionLost(crt, old.id, key, "removed"))


def remove(res: Resolution, step: Resolve, node: Remove) -> None:
    """End effects by key or condition; `dying` makes a dying creature stable (SRD 5.1, "Stabilizing a Creature")."""
    for target in _targets(res, step):
        if "dying" in node.keys:
            res.emit(*stabilize(target))
        for effect in target.effects:
            if effect.key in node.keys or any(c in node.keys for c in effect.conditions):
                res.emit(ConditionLost(target.id, effect.id, effect.key, "removed"))


def branch(res: Resolution, step: Resolve, node: Branch) -> None:
    """Go one way or the other with each target."""
    for target in reversed(list(_targets(res, step))):
        nodes = node.then if holds(node.when, target) else node.otherwise
        if nodes:
            res.first(structs.replace(step, nodes=nodes, targets=(target.id,), cost="none"))


def holds(predicate: str, target: Creature) -> bool:
    """Whether a branch's predicate is true of a creature; an unknown one is not."""
    word, _, value = predicate.partition(":")
    sheet = target.sheet
    match word:
        case "type":
            return sheet.type == value
        case "hp_at_most":
            return target.hp <= int(value)
        case "condition":
            return any(value == e.key or value in e.conditions for e in target.effects)
        case "cr_below":
            return _challenge(sheet.cr) < _challenge(value)
        case "size_at_most":
            return value in SIZES[SIZES.index(sheet.size) :]
        case _:
            return False


def _challenge(rating: str) -> float:
    top, _, bottom = rating.partition("/")
    return int(top or 0) / int(bottom or 1)


def roll_dice(res: Resolution, step: Resolve, node: RollDice) -> None:
    """Roll dice for the table to see."""
    res.emit(DiceRolled(step.crt, roll(node.dice, res.dice), node.code))


def resource(res: Resolution, step: Resolve, node: ResourceNode) -> None:
    """Give back, or with a negative amount spend, uses of one of the bearer's resources."""
    res.emit(ResourceSpent(step.crt, node.key, -node.amount))


def choose(res: Resolution, step: Resolve, node: Choose) -> None:
    """Go the way chosen beforehand, or ask the bearer's player; who is not asked takes the first."""
    picked = step.choices.get(node.code)
    if picked is None and res.policy(step.crt, node.code) == "ask":
        ways = tuple(
            PendingChoice(way.id, way.code, then=(structs.replace(step, nodes=way.nodes, cost="none"),))
            for way in node.choices
        )
        params: dict[str, str | int] = {"action": step.action}
        res.pending = Pending(step.crt, "choice", node.code, params, ways, node.choices[0].id, res.agenda)
        return
    way = next((w for w in node.choices if w.id == picked), node.choices[0])
    res.first(structs.replace(step, nodes=way.nodes, cost="none"))


def manual(res: Resolution, step: Resolve, node: Manual) -> None:
    """Say honestly that the table has to decide."""
    res.emit(RulingNeeded(step.crt, step.action, node.code, node.text))


def summon(res: Resolution, step: Resolve, node: Summon) -> None:
    """Ask the table to bring the creatures into play: the rules have no bestiary."""
    res.emit(RulingNeeded(step.crt, step.action, "ruling/summon", node.creature))


def reached(actor: Creature, action: Action, cell: Cell | None, terrain: Terrain) -> frozenset[Cell]:
    """Return the cells an action's area covers, less those behind total cover from where it starts.

    A sphere, a cylinder and a far cube start at their centre, all else at the actor (SRD 5.1, "Areas of Effect").
    """
    area = action.target.area
    if area is None or actor.cell is None:
        return frozenset()
    cells = area_cells(area, actor.cell, cell if cell is not None else actor.cell)
    start = _origin(actor, action, cell, terrain) or actor.cell
    return frozenset(c for c in cells if terrain.inside(c) and (c == start or terrain.cover(start, c) != "total"))


def _origin(actor: Creature | None, action: Action, cell: Cell | None, terrain: Terrain) -> Cell | None:
    """Return where an effect spreads or strikes from."""
    area = action.target.area
    own = actor.cell if actor is not None else None
    if area is None or cell is None or not terrain.inside(cell):
        return own
    far = area.shape == "cube" and own is not None and distance(own, cell) > FEET_PER_CELL
    return cell if far or area.shape in {"sphere", "cylinder"} else own


def caught(stage: Stage, actor: Creature, action: Action, cells: frozenset[Cell]) -> tuple[str, ...]:
    """Return who is in an area and can be affected, in the stage's order."""
    types = action.target.types
    return tuple(
        c.id
        for c in stage.creatures.values()
        if c.life != "dead" and (not types or c.sheet.type in types) and _wanted(actor, c, action) and in_area(c, cells)
    )


def _wanted(actor: Creature, target: Creature, action: Action) -> bool:
    side = action.target.side
    return side == "any" or (side == "ally") == (actor.side == target.side)


def _targets(res: Resolution, step: Resolve) -> Iterator[Creature]:
    """Yield the targets as they are by now, each once; who left or died meanwhile is left out."""
    for crt in dict.fromkeys(step.targets):
        target = res.creature(crt)
        if target is not None and target.life != "dead":
            yield target


def _action(actor: Creature | None, step: Resolve) -> Action:
    """Return the action a step belongs to; an effect that ticks has only a key for a name."""
    found = find_action(actor, step.action) if actor is not None else None
    return found or structs.replace(_NAMELESS, id=step.action, name=step.action, code=f"effect/{step.action}")


def _casting_dc(actor: Creature | None) -> int:
    casting = actor.sheet.spellcasting if actor is not None else None
    return casting.dc if casting is not None else 10


def _minds_cover(action: Action) -> bool:
    return "ignores_cover" not in action.properties


def _cover(res: Resolution, step: Resolve, target: Creature) -> Cover:
    """Return the cover of a target against where an effect comes from: the area's centre or the actor."""
    actor = res.creature(step.crt)
    start = _origin(actor, _action(actor, step), step.cell, res.terrain)
    if start is None or target.cell is None or start == target.cell:
        return "none"
    return res.terrain.cover(start, target.cell)


def _context(actor: Creature | None, target: Creature, action: Action, tags: frozenset[str]) -> Context:
    distance = gap(actor, target) if actor is not None else None
    words = tags.union(action.properties, ("magic",) if action.spell is not None else ())
    return Context(other=actor if actor is not target else None, distance=distance, tags=words)


def _roll(res: Resolution, step: Resolve, specs: tuple[DamageSpec, ...]) -> Rolled:
    actor = res.creature(step.crt)
    action = _action(actor, step)
    if actor is None:
        return roll_damage(specs, res.dice)
    kind = "spell" if action.spell is not None else "effect"
    found = collect(actor, f"damage.{kind}.{action.id}")
    specs, levels = with_ability(specs, actor), levels_above(action, step.slot)
    return roll_damage(specs, res.dice, levels=levels, critical=step.critical, found=found)


def _hurt(res: Resolution, step: Resolve, crt: str, rolled: Rolled) -> None:
    target = res.creature(crt)
    if target is not None and target.life != "dead":
        action = _action(res.creature(step.crt), step)
        tags = frozenset({"magic"}) if action.spell is not None else frozenset[str]()
        res.emit(*take(target, rolled, res.dice, Blow(step.crt, step.action, tags=tags)))

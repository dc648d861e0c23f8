"""What effect nodes do to their targets: saves, damage, healing, branches, and what the table is asked for.

One resolver for each node; attack rolls are in `attacks`, checks in `contests`, lasting effects in `lasting`.
"""

from collections.abc import Iterator

from msgspec import structs

from taleforge.rules.areas import SIZES, gap
from taleforge.rules.attacks import HIT, levels_above, with_ability
from taleforge.rules.checks import make_save
from taleforge.rules.creature import Action, Creature
from taleforge.rules.damage import Blow, Rolled, roll_damage, scaled, take
from taleforge.rules.dice import roll
from taleforge.rules.effects import (
    Apply,
    Branch,
    Choose,
    Damage,
    DamageSpec,
    Heal,
    Manual,
    RollDice,
    Save,
    Summon,
    TemporaryHitPoints,
)
from taleforge.rules.effects import Resource as ResourceNode
from taleforge.rules.explain import Source
from taleforge.rules.facts import (
    DiceRolled,
    ResourceSpent,
    RulingNeeded,
)
from taleforge.rules.healing import gain_temporary, heal_pool, roll_healing
from taleforge.rules.healing import heal as heal_creature
from taleforge.rules.modifiers import Context, collect
from taleforge.rules.reactions import answers, shields_from
from taleforge.rules.resolution import Resolution, acting, casting_dc, targets_of
from taleforge.rules.scores import cover_part
from taleforge.rules.spread import cover_from
from taleforge.rules.steps import Pending, PendingChoice, Resolve, Use
from taleforge.rules.turns import condition_tags


def save(res: Resolution, step: Resolve, node: Save) -> None:
    """Let each target save; damage is rolled once for all, and halved for who saved when the node says so.

    SRD 5.1, "Saving Throws" and "Damage Rolls".
    """
    actor = res.creature(step.crt)
    action = acting(actor, step)
    dc = node.dc if node.dc is not None else casting_dc(actor)
    tags = save_tags(node)
    saved: dict[str, bool] = {}
    for target in targets_of(res, step):
        extra = cover_part(cover_from(res, step, target)) if node.ability == "dex" and _minds_cover(action) else ()
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
    if any(targets_of(res, step)):
        whole = _roll(res, step, node.damage)
        for crt in step.targets:
            _hurt(res, step, crt, whole)


def _offer_wards(res: Resolution, step: Resolve, node: Damage) -> bool:
    """Offer targets a reaction that makes them immune to this action; True when the node is resolved later."""
    for target in targets_of(res, step):
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
    healer, targets = res.creature(step.crt), tuple(targets_of(res, step))
    if healer is None or not targets:
        return
    action = acting(healer, step)
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
    targets = tuple(targets_of(res, step))
    if not targets:
        return
    levels = levels_above(acting(res.creature(step.crt), step), step.slot)
    more = f"+{scaled(node.scale, levels)}" if node.scale and levels else ""
    thrown = roll(node.dice + more, res.dice)
    for target in targets:
        res.emit(*gain_temporary(target, thrown.total, step.crt, thrown))


def branch(res: Resolution, step: Resolve, node: Branch) -> None:
    """Go one way or the other with each target."""
    for target in reversed(list(targets_of(res, step))):
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


def _minds_cover(action: Action) -> bool:
    return "ignores_cover" not in action.properties


def _context(actor: Creature | None, target: Creature, action: Action, tags: frozenset[str]) -> Context:
    distance = gap(actor, target) if actor is not None else None
    words = tags.union(action.properties, ("magic",) if action.spell is not None else ())
    return Context(other=actor if actor is not target else None, distance=distance, tags=words)


def _roll(res: Resolution, step: Resolve, specs: tuple[DamageSpec, ...]) -> Rolled:
    actor = res.creature(step.crt)
    action = acting(actor, step)
    if actor is None:
        return roll_damage(specs, res.dice)
    kind = "spell" if action.spell is not None else "effect"
    found = collect(actor, f"damage.{kind}.{action.id}")
    specs, levels = with_ability(specs, actor), levels_above(action, step.slot)
    return roll_damage(specs, res.dice, levels=levels, critical=step.critical, found=found)


def _hurt(res: Resolution, step: Resolve, crt: str, rolled: Rolled) -> None:
    target = res.creature(crt)
    if target is not None and target.life != "dead":
        action = acting(res.creature(step.crt), step)
        tags = frozenset({"magic"}) if action.spell is not None else frozenset[str]()
        res.emit(*take(target, rolled, res.dice, Blow(step.crt, step.action, tags=tags)))

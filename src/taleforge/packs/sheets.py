"""Turns stat blocks into sheets and spells into actions, complete enough to be played without any pack.

Does not balance or repair: printed figures stay as they are, and "Why?" shows what no formula explains.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from taleforge.packs.schema import Casting, Monster, Spell, Strike
from taleforge.rules.creature import Action, Resource, Sheet, Spellcasting, SpellInfo, Targeting
from taleforge.rules.effects import Attack, DamageSpec
from taleforge.rules.explain import Part, Source


def sheet_of(monster: Monster, spells: Mapping[str, Spell]) -> Sheet:
    """Return the sheet of a stat block; spells it names that are not in `spells` are left out."""
    casting = monster.casting
    return Sheet(
        name=monster.name,
        ref=f"monster/{monster.id}",
        abilities=monster.abilities,
        ac=monster.ac,
        ac_parts=(Part(monster.ac, Source(f"armor/{monster.ac_from}")),),
        max_hp=monster.hp,
        hit_die="d" + monster.hit_dice.partition("d")[2].partition("+")[0].partition("-")[0],
        size=monster.size,
        type=monster.type,
        proficiency=monster.proficiency,
        cr=monster.cr,
        xp=monster.xp,
        speeds=monster.speeds,
        saves={**monster.saves},
        skills=monster.skills,
        senses=monster.senses,
        resist=monster.resist,
        vulnerable=monster.vulnerable,
        immune=monster.immune,
        condition_immunities=monster.condition_immunities,
        actions=(*(_strike(monster, strike) for strike in monster.strikes), *monster.actions, *_known(casting, spells)),
        multiattack=monster.multiattack,
        modifiers=monster.modifiers,
        resources={**monster.resources, **_uses(casting)},
        spellcasting=Spellcasting(casting.ability, casting.dc, casting.attack) if casting else None,
        traits=monster.traits,
        features=monster.features,
        languages=monster.languages,
        look=monster.look,
    )


def action_of(spell: Spell) -> Action:
    """Return the action that casting a spell is."""
    return Action(
        id=spell.id,
        name=spell.name,
        code=f"spell/{spell.id}",
        cost=spell.cost,
        target=spell.target,
        nodes=spell.nodes,
        spell=SpellInfo(
            level=spell.level,
            school=spell.school,
            components=spell.components,
            concentration=spell.concentration,
            ritual=spell.ritual,
            lists=spell.lists,
        ),
        trigger=spell.trigger,
        properties=spell.properties,
        pinned=f"spell/{spell.id}",
    )


def _strike(monster: Monster, strike: Strike) -> Action:
    return Action(
        id=strike.id,
        name=strike.name,
        code=f"attack/{strike.id}",
        target=_aim(strike),
        nodes=(
            Attack(
                kind=strike.kind,
                source=strike.source,
                bonus=strike.bonus,
                parts=_bonus_parts(monster, strike),
                damage=tuple(DamageSpec(dice, kind) for dice, kind in strike.damage),
                hit=strike.hit,
            ),
        ),
        properties=strike.properties,
        pinned=f"monster/{monster.id}",
    )


def _aim(strike: Strike) -> Targeting:
    if strike.range:
        return Targeting(range=strike.range[0], long_range=strike.range[1])
    return Targeting(range=strike.reach)


def _bonus_parts(monster: Monster, strike: Strike) -> tuple[tuple[str, int], ...]:
    ability = monster.abilities.modifier(strike.ability)
    printed = strike.bonus - ability - monster.proficiency
    parts = ((f"ability/{strike.ability}", ability), ("proficiency", monster.proficiency))
    return (*parts, ("printed", printed)) if printed else parts


def _known(casting: Casting | None, spells: Mapping[str, Spell]) -> Iterator[Action]:
    if casting is None:
        return
    yield from (action_of(spells[spell]) for spell in casting.spells if spell in spells)
    for spell in casting.daily:
        if spell in spells:
            yield replace(action_of(spells[spell]), spend={f"daily:{spell}": 1})


def _uses(casting: Casting | None) -> dict[str, Resource]:
    if casting is None:
        return {}
    slots = {f"slot:{level}": Resource(count) for level, count in enumerate(casting.slots, 1)}
    return slots | {f"daily:{spell}": Resource(count) for spell, count in casting.daily.items()}

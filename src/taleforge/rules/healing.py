"""Hit points given back, temporary hit points, and a pool of healing dealt out among several.

Returns facts and changes nothing; it does not bring back the dead (`death.revive` does).
"""

from msgspec import Struct

from taleforge.rules.creature import Creature
from taleforge.rules.damage import scaled
from taleforge.rules.dice import DiceSource, Roll, roll
from taleforge.rules.effects import Heal
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.rules.facts import Fact, Healed, TemporaryHitPointsGained
from taleforge.rules.modifiers import NOTHING, Collected
from taleforge.rules.scores import max_hp


class RolledHealing(Struct, frozen=True):
    """Healing rolled: how much, the record, and what it is made of."""

    amount: int
    roll: Roll
    parts: tuple[Part, ...]


def roll_healing(
    node: Heal, healer: Creature, dice: DiceSource, *, levels: int = 0, found: Collected = NOTHING
) -> RolledHealing:
    """Roll healing for everybody it reaches; `levels` are slot levels above the spell's own.

    `found` is what `collect(healer, "healing.spell", …)` gave (Disciple of Life).
    """
    expression = node.dice + (f"+{scaled(node.scale, levels)}" if node.scale and levels > 0 else "")
    thrown = roll(expression, dice)
    parts = [Part(thrown.total, Source("healing/dice"))]
    casting = healer.sheet.spellcasting
    if node.ability_modifier and casting is not None:
        parts.append(Part(healer.sheet.abilities.modifier(casting.ability), Source("ability/" + casting.ability)))
    parts.extend(found.flat)
    return RolledHealing(max(sum(part.value for part in parts), 0), thrown, tuple(parts))


def heal(target: Creature, healing: RolledHealing, source: str | None = None) -> tuple[Fact, ...]:
    """Return the fact of a creature regaining hit points, up to its maximum (SRD 5.1, "Healing").

    Whoever lay dying is up again. The dead and the unhurt gain nothing, which is a fact too: it holds the roll.
    """
    gained = max(min(healing.amount, _cap(target) - target.hp), 0)
    wasted = gained - healing.amount
    parts = (*healing.parts, Part(wasted, Source("rule/hit_point_maximum"))) if wasted else healing.parts
    why = Explanation(gained, "healing", parts, healing.roll)
    return (Healed(target.id, gained, target.hp + gained, why, source, healing.roll),)


def heal_pool(
    targets: tuple[Creature, ...], healing: RolledHealing, source: str | None = None, *, up_to_half: bool = False
) -> tuple[Fact, ...]:
    """Return the facts of a pool of hit points dealt out one by one, always to whoever has the fewest of those in need.

    With `up_to_half` nobody is brought above half of their hit point maximum (SRD 5.1, "Channel Divinity: Preserve
    Life").
    """
    shares = deal_out(targets, healing.amount, up_to_half=up_to_half)
    return tuple(_share(target, shares[target.id], healing.roll, source) for target in targets)


def deal_out(targets: tuple[Creature, ...], points: int, *, up_to_half: bool = False) -> dict[str, int]:
    """Return how many points of a pool each target gets, by creature id; what nobody can use is left over."""
    now = {target.id: target.hp for target in targets}
    caps = {target.id: _cap(target) // (2 if up_to_half else 1) for target in targets}
    for _ in range(points):
        needy = [crt for crt, hp in now.items() if hp < caps[crt]]
        if not needy:
            break
        now[min(needy, key=now.__getitem__)] += 1
    return {target.id: now[target.id] - target.hp for target in targets}


def gain_temporary(
    target: Creature, amount: int, source: str | None = None, thrown: Roll | None = None
) -> tuple[Fact, ...]:
    """Return the fact of gaining temporary hit points: they do not add up, the higher number stays.

    SRD 5.1, "Temporary Hit Points".
    """
    kept = target.temp_hp if target.life == "dead" else max(amount, target.temp_hp)
    return (TemporaryHitPointsGained(target.id, kept, source, thrown),)


def _share(target: Creature, share: int, thrown: Roll, source: str | None) -> Healed:
    why = Explanation(share, "healing", (Part(share, Source("healing/share")),), thrown)
    return Healed(target.id, share, target.hp + share, why, source, thrown)


def _cap(target: Creature) -> int:
    return 0 if target.life == "dead" else max_hp(target)

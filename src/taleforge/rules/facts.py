"""What happened, as the rules see it: the payloads of the events the engine decides.

Each fact holds outcomes (hit points afterwards, faces rolled), so applying it needs neither dice nor packs. The names
and versions under which they are stored are given by `taleforge.messages`.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from taleforge.rules.creature import ActiveEffect, Creature
from taleforge.rules.dice import Roll
from taleforge.rules.explain import Explanation
from taleforge.rules.values import Ability, Cell, Cover, DamageType, RestKind


class InitiativeEntry(Struct, frozen=True):
    """One creature's initiative: its roll and total."""

    crt: str
    roll: Roll
    total: int


class InitiativeRolled(Struct, frozen=True, omit_defaults=True):
    """A fight begins: the order of turns, highest first (SRD 5.1, "Initiative")."""

    entries: tuple[InitiativeEntry, ...]
    order: tuple[str, ...]
    surprised: tuple[str, ...] = ()


class CombatEnded(Struct, frozen=True, omit_defaults=True):
    """The fight is over; the order of turns is put away."""

    reason: Literal["victory", "defeat", "truce", "fled"]


class CombatantJoined(Struct, frozen=True, omit_defaults=True):
    """A creature comes into play, whole; into the order of turns when a fight is on."""

    creature: Creature
    entry: InitiativeEntry | None = None


class CreatureLeft(Struct, frozen=True, omit_defaults=True):
    """A creature leaves play (fled, dismissed, gone to another scene)."""

    crt: str
    reason: str = ""


class TurnStarted(Struct, frozen=True, omit_defaults=True):
    """A creature's turn begins; its action, bonus action, reaction and movement are fresh."""

    crt: str
    round: int
    clock: int


class TurnEnded(Struct, frozen=True, omit_defaults=True):
    """A creature's turn is over."""

    crt: str


class TurnSpent(Struct, frozen=True, omit_defaults=True):
    """Part of a turn was used by something that is no attack or spell: dash, disengage, dodge, help, a feature."""

    crt: str
    what: Literal["action", "bonus", "reaction", "free"]
    action: str
    dash: int = 0
    attacks_left: tuple[tuple[str, int], ...] | None = None


class Moved(Struct, frozen=True, omit_defaults=True):
    """A creature went along a path of cells (its last cell is where it now is); `feet` counts against its movement."""

    crt: str
    path: tuple[Cell, ...]
    feet: int
    kind: Literal["walk", "forced", "teleport", "stand", "follow"] = "walk"


class AttackResolved(Struct, frozen=True, omit_defaults=True):
    """An attack roll met an armour class (SRD 5.1, "Making an Attack"): `total` against `ac`; `why` is the total's."""

    attacker: str
    target: str
    action: str
    roll: Roll
    natural: int
    total: int
    ac: int
    hit: bool
    critical: bool
    why: Explanation
    name: str = ""
    cover: Cover = "none"
    cost: Literal["action", "bonus", "reaction", "free", "none"] = "action"
    attacks_left: tuple[tuple[str, int], ...] = ()


class DamagePacket(Struct, frozen=True, omit_defaults=True):
    """Damage of one type: as rolled, and what remained after flat changes, resistance, vulnerability, in this order."""

    type: DamageType
    rolled: int
    amount: int
    change: Literal["resisted", "doubled", "immune", "reduced"] | None = None


class DamageTaken(Struct, frozen=True, omit_defaults=True):
    """A creature lost hit points. `hp` and `temp_hp` are what it has afterwards."""

    crt: str
    packets: tuple[DamagePacket, ...]
    amount: int
    hp: int
    temp_hp: int
    why: Explanation
    source: str | None = None
    action: str = ""
    rolls: tuple[Roll, ...] = ()
    critical: bool = False


class Healed(Struct, frozen=True, omit_defaults=True):
    """A creature regained hit points; above 0 it is up again."""

    crt: str
    amount: int
    hp: int
    why: Explanation
    source: str | None = None
    roll: Roll | None = None


class TemporaryHitPointsGained(Struct, frozen=True, omit_defaults=True):
    """A creature now has this many temporary hit points."""

    crt: str
    temp_hp: int
    source: str | None = None
    roll: Roll | None = None


class ConditionGained(Struct, frozen=True, omit_defaults=True):
    """A lasting effect (a condition, a spell's blessing) is on a creature; one of the same key is replaced."""

    crt: str
    effect: ActiveEffect
    name: str = ""


class ConditionLost(Struct, frozen=True, omit_defaults=True):
    """An effect has left a creature."""

    crt: str
    effect: str
    key: str
    reason: Literal["over", "saved", "removed", "concentration", "parent"] = "over"


class ConcentrationEnded(Struct, frozen=True, omit_defaults=True):
    """A caster's concentration broke or was given up; `condition.lost` events for its children follow."""

    crt: str
    reason: Literal["damage", "incapacitated", "new_spell", "voluntary", "over"]


class SpellCast(Struct, frozen=True, omit_defaults=True):
    """A spell (or another action without an attack roll of its own) was used."""

    crt: str
    action: str
    name: str
    level: int = 0
    slot: int = 0
    cost: Literal["action", "bonus", "reaction", "free", "none"] = "action"
    targets: tuple[str, ...] = ()
    cell: Cell | None = None
    cells: tuple[Cell, ...] = ()


class ResourceSpent(Struct, frozen=True, omit_defaults=True):
    """Uses of a resource were spent (negative: came back)."""

    crt: str
    key: str
    amount: int = 1


class ReactionUsed(Struct, frozen=True, omit_defaults=True):
    """A reaction was taken; the next one may come after the start of the creature's next turn."""

    crt: str
    action: str


class SaveMade(Struct, frozen=True, omit_defaults=True):
    """A saving throw (SRD 5.1, "Saving Throws"). An automatic failure has no roll."""

    crt: str
    ability: Ability
    dc: int
    success: bool
    why: Explanation
    roll: Roll | None = None
    reason: str = ""


class CheckMade(Struct, frozen=True, omit_defaults=True):
    """An ability check (SRD 5.1, "Ability Checks")."""

    crt: str
    ability: Ability
    dc: int
    success: bool
    why: Explanation
    skill: str | None = None
    roll: Roll | None = None
    reason: str = ""


class DeathSaveMade(Struct, frozen=True, omit_defaults=True):
    """A death saving throw and what it came to (SRD 5.1, "Death Saving Throws")."""

    crt: str
    roll: Roll | None
    successes: int
    failures: int
    outcome: Literal["success", "failure", "two_failures", "stable", "up", "dead"]
    why: Explanation | None = None


class Died(Struct, frozen=True, omit_defaults=True):
    """A creature is dead."""

    crt: str
    source: str | None = None


class Revived(Struct, frozen=True, omit_defaults=True):
    """A dead creature lives again, with this many hit points."""

    crt: str
    hp: int


class ExhaustionChanged(Struct, frozen=True, omit_defaults=True):
    """A creature's level of exhaustion is now this, from 0 to 6 (SRD 5.1, "Exhaustion")."""

    crt: str
    level: int
    reason: str = ""


class RestOutcome(Struct, frozen=True, omit_defaults=True):
    """What a rest gave one creature: everything as it is afterwards."""

    crt: str
    hp: int
    spent: dict[str, int]
    exhaustion: int = 0
    dice: tuple[Roll, ...] = ()


class RestTaken(Struct, frozen=True, omit_defaults=True):
    """A short or long rest (SRD 5.1, "Resting")."""

    kind: RestKind
    outcomes: tuple[RestOutcome, ...]
    rounds: int


class TimePassed(Struct, frozen=True, omit_defaults=True):
    """In-world time went by, in rounds of six seconds."""

    rounds: int


class DiceRolled(Struct, frozen=True, omit_defaults=True):
    """Dice rolled for the table to see, outside any other fact."""

    crt: str | None
    roll: Roll
    code: str = ""


class RulingNeeded(Struct, frozen=True, omit_defaults=True):
    """Something here is not automated: the table decides, and nothing was changed by the program."""

    crt: str
    action: str
    code: str
    text: str = ""


Fact: TypeAlias = (
    InitiativeRolled | CombatEnded | CombatantJoined | CreatureLeft | TurnStarted | TurnEnded | TurnSpent | Moved
    | AttackResolved | DamageTaken | Healed | TemporaryHitPointsGained | ConditionGained | ConditionLost
    | ConcentrationEnded | SpellCast | ResourceSpent | ReactionUsed | SaveMade | CheckMade | DeathSaveMade | Died
    | Revived | ExhaustionChanged | RestTaken | TimePassed | DiceRolled | RulingNeeded
)  # fmt: skip

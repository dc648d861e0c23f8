"""What a seat may know of its table at one moment: `SeatView`, its options and its questions (PROTOCOL §3, §5).

Made by `table.view`, patched by frames, drawn by clients. Does not hold anything the seat may not know.
"""

from typing import Literal

from msgspec import Struct

from taleforge.rules.creature import Area
from taleforge.rules.dice import Roll
from taleforge.rules.explain import Explanation
from taleforge.rules.values import Cell

Params = dict[str, str | int]
OptionKind = Literal[
    "attack", "spell", "feature", "basic", "move", "interaction", "talk", "item", "turn", "rest", "exit",
]  # fmt: skip
Health = Literal["unhurt", "hurt", "bloodied", "dying", "dead"]


class DamageOdds(Struct, frozen=True, gc=False):
    """Damage (or healing) if it happens: least, mean, most."""

    min: int
    mean: float
    max: int


class Odds(Struct, frozen=True, omit_defaults=True, gc=False):
    """Chances from 0 to 1, from what the seat knows: to hit, that the target saves, that a check succeeds."""

    hit: float | None = None
    crit: float | None = None
    save: float | None = None
    success: float | None = None
    damage: DamageOdds | None = None
    known: Literal["exact", "estimate"] = "exact"


class Cost(Struct, frozen=True, omit_defaults=True, gc=False):
    """What an option uses up. `slots` are the spell slot levels to choose from; `movement` in feet."""

    action: bool = False
    bonus: bool = False
    reaction: bool = False
    movement: int = 0
    slots: tuple[int, ...] = ()
    item: str | None = None


class Target(Struct, frozen=True, omit_defaults=True, gc=False):
    """Something an option may be aimed at: a creature, feature or cell ("column,row")."""

    id: str
    kind: Literal["creature", "feature", "cell", "zone"]
    name: str
    odds: Odds | None = None


class Option(Struct, frozen=True, omit_defaults=True, gc=False):
    """Something the seat can do now. `pick` is how many targets to name (0: none); `area` what the aimed cell covers.

    `code` and `params` are for the client's catalogue; `label` is set when the words are the pack's own.
    """

    id: str
    kind: OptionKind
    code: str
    params: Params = {}
    label: str | None = None
    targets: tuple[Target, ...] = ()
    pick: int = 0
    cost: Cost = Cost()
    odds: Odds | None = None
    why: Explanation | None = None
    area: Area | None = None
    range: int = 0


class TableInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """The table itself: what is played and how it stands."""

    id: str
    adventure: str
    title: str
    status: Literal["lobby", "playing", "paused", "closed"]
    profile: str
    lang: str
    ending: str | None = None
    ending_text: str | None = None
    stopped: bool = False
    """Whether somebody pressed the X-card and the table has not yet chosen how to go on."""
    undo: int = 0
    """How many commands can be undone."""


class SeatInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """A seat as everybody knows it."""

    id: str
    name: str
    role: Literal["host", "player", "spectator", "companion"]
    character: str | None = None
    ready: bool = False
    away: bool = False


class SceneInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where the party is: the pack's name and look of the place, the zone the seat's character stands in."""

    id: str
    name: str
    look: str
    mood: str = ""
    zone: str | None = None
    zone_look: str = ""
    clock: int = 0
    features: "dict[str, FeatureInfo]" = {}


class FeatureInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """A thing the seat has seen. State as a code of its own (`open`, `locked` …)."""

    id: str
    name: str
    look: str = ""
    state: str = ""
    cells: tuple[Cell, ...] = ()


class EffectInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """An effect or condition somebody is under; `rounds` left when known."""

    key: str
    conditions: tuple[str, ...] = ()
    source: str | None = None
    rounds: int | None = None
    concentration: bool = False


class ActionInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """Something on a character sheet, whether or not it can be used now."""

    id: str
    name: str
    cost: str
    level: int | None = None
    pinned: str | None = None


class Uses(Struct, frozen=True, gc=False):
    """A resource: how many are left of how many."""

    left: int
    maximum: int


class OwnCharacter(Struct, frozen=True, omit_defaults=True, gc=False):
    """The seat's own character, in full."""

    id: str
    name: str
    level: int
    classes: dict[str, int]
    abilities: dict[str, int]
    hp: int
    max_hp: int
    temp_hp: int
    ac: Explanation
    speed: int
    proficiency: int
    saves: dict[str, int]
    skills: dict[str, int]
    life: str
    death_successes: int = 0
    death_failures: int = 0
    effects: dict[str, EffectInfo] = {}
    uses: dict[str, Uses] = {}
    items: dict[str, int] = {}
    coins: int = 0
    xp: int = 0
    actions: tuple[ActionInfo, ...] = ()
    turn: "TurnInfo | None" = None
    concentration: str | None = None
    look: str = ""
    pronouns: str = "they"
    passive_perception: int = 10


class TurnInfo(Struct, frozen=True, gc=False):
    """What is left of the seat's turn: feet of movement, and whether action, bonus action and reaction are free."""

    movement: int
    action: bool
    bonus: bool
    reaction: bool


class OtherCreature(Struct, frozen=True, omit_defaults=True, gc=False):
    """Somebody else, as the seat knows them: `health` is what anybody sees; only friends show their hit points."""

    id: str
    name: str
    side: Literal["party", "foe", "neutral"]
    health: Health
    kind: str = ""
    look: str = ""
    pronouns: str = "they"
    attitude: str | None = None
    hp: int | None = None
    max_hp: int | None = None
    effects: dict[str, EffectInfo] = {}
    size: str = "medium"
    ac_low: int | None = None
    ac_high: int | None = None


class Token(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a creature stands on the map."""

    crt: str
    cell: Cell
    glyph: str
    side: Literal["party", "foe", "neutral"]
    name: str
    size: str = "medium"


class MapView(Struct, frozen=True, omit_defaults=True, gc=False):
    """The ground as the seat knows it: rows of glyphs, a space where it has never seen anything.

    `lit` holds one letter per cell: `b` bright, `d` dim, `n` dark but seen, a blank what is not seen now.
    """

    width: int
    height: int
    rows: tuple[str, ...]
    lit: tuple[str, ...]
    legend: dict[str, str]


class InitiativeSlot(Struct, frozen=True, omit_defaults=True, gc=False):
    """One place in the order of turns."""

    crt: str
    name: str
    total: int
    side: Literal["party", "foe", "neutral"]
    active: bool = False
    done: bool = False


class FightInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """The fight that is on: which round, which turn (for `at_turn`), the order."""

    round: int
    turn: int
    order: tuple[InitiativeSlot, ...]
    until: str | None = None
    """When this turn ends by itself, where turns have a time limit."""


class GatheringView(Struct, frozen=True, omit_defaults=True, gc=False):
    """What everybody is to say before anything is done: who has, who is waited for, and how long."""

    ready: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    mine: str | None = None
    """The option this seat chose, "" for none; it may choose again until everybody has."""
    until: str | None = None
    held: bool = False


class DecisionChoice(Struct, frozen=True, omit_defaults=True, gc=False):
    """One answer to a pending decision."""

    id: str
    code: str
    params: Params = {}
    label: str | None = None


class DecisionView(Struct, frozen=True, omit_defaults=True, gc=False):
    """A question the table waits for this seat to answer. `until` is when the default is taken, if ever."""

    id: str
    kind: Literal["reaction", "choice", "ruling", "safety"]
    code: str
    choices: tuple[DecisionChoice, ...]
    default: str
    params: Params = {}
    until: str | None = None
    roll: Roll | None = None


class JournalEntry(Struct, frozen=True, omit_defaults=True, gc=False):
    """Something worth remembering: a clue, a quest's stage, an ending."""

    kind: Literal["clue", "quest", "ending", "scene", "ruling"]
    id: str
    title: str
    text: str
    clock: int = 0


class SafetyView(Struct, frozen=True, omit_defaults=True, gc=False):
    """What this table has agreed on."""

    lines: tuple[str, ...] = ()
    veils: tuple[str, ...] = ()


class DiceInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """The dice's commitment and how many words of the stream are used."""

    commitment: str
    nonce: int
    salt: str = ""
    shared: bool = False
    """Whether this seat has added to the dice since they were committed to."""


class LexiconEntry(Struct, frozen=True, omit_defaults=True, gc=False):
    """A name that may be spoken, with its other names."""

    ref: str
    kind: Literal["creature", "feature", "zone", "item", "spell", "action", "topic"]
    name: str
    aliases: tuple[str, ...] = ()


class Lexicon(Struct, frozen=True, omit_defaults=True, gc=False):
    """Names and phrases in play, as this seat knows them: for the interpreter and for the ear."""

    lang: str
    entries: tuple[LexiconEntry, ...] = ()
    phrases: dict[str, tuple[str, ...]] = {}
    """Ways people say an option, by option id."""
    verbs: dict[str, str] = {}
    """The verb of each interaction option, by option id."""


class SeatView(Struct, frozen=True, omit_defaults=True, gc=False):
    """All that a seat may know now. `version` is that of the last event this seat could hear."""

    version: int
    table: TableInfo
    seat: SeatInfo
    seats: dict[str, SeatInfo] = {}
    scene: SceneInfo | None = None
    you: OwnCharacter | None = None
    others: dict[str, OtherCreature] = {}
    map: MapView | None = None
    tokens: dict[str, Token] = {}
    fight: FightInfo | None = None
    gathering: GatheringView | None = None
    options: tuple[Option, ...] = ()
    decisions: tuple[DecisionView, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    safety: SafetyView = SafetyView()
    house_rules: dict[str, str] = {}
    dice: DiceInfo | None = None
    policy: dict[str, str] = {}
    pregens: dict[str, "PregenInfo"] = {}
    lexicon: Lexicon | None = None


class PregenInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """A character that may be taken in the lobby."""

    id: str
    name: str
    classes: dict[str, int]
    look: str = ""
    max_hp: int = 0
    ac: int = 0

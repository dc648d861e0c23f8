"""The facts a table is made of: the stored envelope, the data of each event, and the registry of their names.

An event's name and version are what the log knows it by; a class may be moved or renamed freely. Does not say how an
event changes the state (`table.evolve`) or what of it a seat may see (`table.project`).
"""

from typing import Any, Literal, cast

from msgspec import Struct, structs

from taleforge.rules import facts
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.dice import Roll
from taleforge.rules.explain import Explanation
from taleforge.rules.steps import Pending
from taleforge.rules.values import Cell
from taleforge.world.scene import Attitude, Scene


class By(Struct, frozen=True, omit_defaults=True):
    """Who caused an event: a seat, a service, or the engine itself."""

    seat: str | None = None
    service: str | None = None
    engine: bool = False


class Seats(Struct, frozen=True):
    """Some seats, by id."""

    seats: tuple[str, ...]


Audience = Literal["all", "host", "engine"] | Seats
"""Which seats may hear of an event: everybody, some of them, the host, or nobody but the engine."""
EVERYBODY: Audience = "all"
ENGINE: Audience = "engine"


class PackPin(Struct, frozen=True):
    """A content pack as the log pins it: `id@version#hash`."""

    id: str
    version: str
    hash: str


class TableOpened(Struct, frozen=True, omit_defaults=True):
    """A table exists: what is played, under which rules, with which packs."""

    adventure: str
    title: str
    lang: str
    space: str
    campaign: str
    profile: str = "srd51"
    packs: tuple[PackPin, ...] = ()
    house_rules: dict[str, str] = {}
    quests: dict[str, dict[str, str]] = {}
    """Quest id to its title (under "") and what the journal says of each stage."""
    clues: dict[str, tuple[str, str]] = {}
    endings: dict[str, tuple[str, str]] = {}
    items: dict[str, str] = {}
    pregens: dict[str, Creature] = {}
    """Characters ready to be played, each with the things it starts with."""
    parent: str | None = None
    parent_version: int | None = None
    state: bytes | None = None
    """A branch begins with the state it was cut from."""


class TableStarted(Struct, frozen=True):
    """Everybody is ready: play begins."""


class TablePaused(Struct, frozen=True, omit_defaults=True):
    """Play stops for everybody. `stopped` when it was the X-card, whoever pressed it."""

    stopped: bool = False


class TableResumed(Struct, frozen=True):
    """Play goes on."""


class TableClosed(Struct, frozen=True, omit_defaults=True):
    """The adventure has ended this way."""

    ending: str
    title: str
    text: str
    good: bool = True


class TableRewound(Struct, frozen=True):
    """The table is again as it was at version `to`. Dice are never taken back."""

    to: int


Way = Literal["stay", "deed", "turn", "scene"]


class RewindPoint(Struct, frozen=True, omit_defaults=True):
    """How far the table may go back: not at all (`stay`), before the last deed, to the start of the turn or scene."""

    id: Way
    to: int = 0
    """The version it would be as at; 0 for `stay`."""


class RewindOffered(Struct, frozen=True, omit_defaults=True):
    """The scene was stopped, and the table chooses how far to go back. `choices` begin with the nearest."""

    decision: str
    choices: tuple[RewindPoint, ...]
    until: str
    seats: tuple[str, ...] = ()
    """Who was at the table then; once they all have answered, nobody is waited for."""


class RewindAsked(Struct, frozen=True):
    """Somebody, and it is written nowhere who, asked to go back further than anybody before."""

    decision: str
    choice: str


class RewindChosen(Struct, frozen=True, omit_defaults=True):
    """The table goes back as far as anybody asked; by `default` when not all had answered in time."""

    decision: str
    choice: str
    how: Literal["answer", "default"] = "answer"


class TableBranched(Struct, frozen=True):
    """Another table was made from this one as it was at version `at`."""

    child: str
    at: int


Sealed = Literal["here", "elsewhere", "nowhere"]
"""Where a tale was sealed: by whoever judges it, so that nothing in it was changed; by somebody else; or by nobody."""


class TableImported(Struct, frozen=True, omit_defaults=True):
    """All that was before came in from a file, and nobody here can say whether its words were changed."""

    sealed: Sealed
    by: str = ""
    """The id of the key that it was sealed by, which is not ours."""


class SeatTaken(Struct, frozen=True, omit_defaults=True):
    """Somebody (or, without a person, a companion played by the table) sits down with a character."""

    seat: str
    name: str
    role: Literal["host", "player", "spectator", "companion"]
    pregen: str | None = None
    person: str | None = None
    character: Creature | None = None


class SeatLeft(Struct, frozen=True, omit_defaults=True):
    """A seat is empty again."""

    seat: str
    kicked: bool = False


class SeatAway(Struct, frozen=True):
    """Whoever sits there is away, or back."""

    seat: str
    away: bool


class HostChanged(Struct, frozen=True):
    """Another seat is the host from now on."""

    seat: str


class Whispered(Struct, frozen=True):
    """One seat said something to another, and to nobody else."""

    seat: str
    to: str
    text: str


class TurnHeld(Struct, frozen=True):
    """The clock of a turn was stopped."""

    turn: int


class DeedPlanned(Struct, frozen=True, omit_defaults=True):
    """A seat said what its character does when everybody has; nothing, without an option or a place to walk to."""

    seat: str
    option: str = ""
    targets: tuple[str, ...] = ()
    params: dict[str, str | int] = {}
    words: str | None = None
    to: Cell | None = None
    until: str | None = None
    """When the others are waited for no longer (RFC 3339), where there is a limit."""


class GatheringHeld(Struct, frozen=True):
    """A seat asked for time: nobody's deed is done before everybody has said theirs."""

    seat: str


class GatheringClosed(Struct, frozen=True, omit_defaults=True):
    """What was gathered is done now, one deed after another; `late` are the seats that were waited for in vain."""

    late: tuple[str, ...] = ()


class DeedDone(Struct, frozen=True, omit_defaults=True):
    """A planned deed was done; with a code, it could not be done any more."""

    seat: str
    code: str | None = None
    params: dict[str, str | int] = {}


class SeatReady(Struct, frozen=True, omit_defaults=True):
    """A seat said whether it is ready."""

    seat: str
    ready: bool = True


class PolicySet(Struct, frozen=True, omit_defaults=True):
    """How a seat's reactions are answered, and whether the table plays its character."""

    seat: str
    reactions: dict[str, str] = {}
    companion: bool | None = None
    absent: Literal["companion", "sit_out"] | None = None


class SafetyChanged(Struct, frozen=True, omit_defaults=True):
    """The table's lines and veils."""

    lines: tuple[str, ...] = ()
    veils: tuple[str, ...] = ()


class HouseRuleChanged(Struct, frozen=True):
    """A house rule has another value from now on."""

    rule: str
    value: str


class SceneEntered(Struct, frozen=True, omit_defaults=True):
    """The party comes into a scene; the scene is here whole, so that no pack is needed to play on."""

    scene: Scene
    places: dict[str, Cell]
    """Where each of the party stands."""
    creatures: tuple[Creature, ...] = ()
    """Everybody else in it."""
    persons: dict[str, str] = {}
    """Which creature is which person of the scene."""
    waiting: dict[str, Creature] = {}
    """Persons nobody knows of yet, by person id; `feature.revealed` brings them into play."""
    sheets: dict[str, Sheet] = {}
    """Stat blocks that encounters of the scene may still bring in."""


class PartyPlaced(Struct, frozen=True, omit_defaults=True):
    """The party stands elsewhere in the scene."""

    places: dict[str, Cell]


class MapExplored(Struct, frozen=True):
    """A character saw ground it had not seen before: one bit per cell and row, the lowest for column 0."""

    crt: str
    rows: tuple[int, ...]


class InteractionTried(Struct, frozen=True, omit_defaults=True):
    """A character tried something with a person or thing, and it went well or not."""

    crt: str
    interaction: str
    verb: str
    target: str
    success: bool
    once: bool = True
    topic: str = ""
    label: str = ""


class TriggerFired(Struct, frozen=True, omit_defaults=True):
    """Something of the scene happened by itself."""

    trigger: str


class FlagSet(Struct, frozen=True, omit_defaults=True):
    """A fact of the story became true (or false)."""

    flag: str
    value: bool = True


class ClueFound(Struct, frozen=True):
    """A character learned something."""

    crt: str
    clue: str
    title: str
    text: str


class FeatureRevealed(Struct, frozen=True, omit_defaults=True):
    """Something hidden (a feature or a person) came to light."""

    target: str
    name: str
    crt: str | None = None
    """The creature, when it is a person."""


class DoorChanged(Struct, frozen=True, omit_defaults=True):
    """A door, chest or other thing has another state."""

    feature: str
    name: str
    state: str
    by: str | None = None
    """The creature that did it; everybody sees the door, whether or not they see who."""


class ItemMoved(Struct, frozen=True, omit_defaults=True):
    """Things changed hands: from a creature, feature or nobody to a creature, feature or nobody."""

    item: str
    name: str
    count: int
    source: str | None = None
    to: str | None = None


class CoinsMoved(Struct, frozen=True, omit_defaults=True):
    """Coins changed hands, in copper pieces."""

    amount: int
    source: str | None = None
    to: str | None = None


class AttitudeChanged(Struct, frozen=True):
    """A person thinks differently of the party."""

    crt: str
    attitude: Attitude


class SideChanged(Struct, frozen=True):
    """A creature stands on another side from now on."""

    crt: str
    side: Literal["party", "foe", "neutral"]


class QuestAdvanced(Struct, frozen=True):
    """A quest reached a stage."""

    quest: str
    stage: str
    title: str
    text: str


class EncounterBegan(Struct, frozen=True):
    """An encounter of the scene is being fought."""

    encounter: str
    foes: tuple[str, ...]
    sudden: bool = False
    """Whether it was made up on the spot, by somebody drawing a blade, rather than written in the scene."""


class ExperienceGained(Struct, frozen=True):
    """A character gained experience points; `total` is what it has now."""

    crt: str
    amount: int
    total: int


class DecisionOpened(Struct, frozen=True, omit_defaults=True):
    """The table waits for a seat. `pending` is what the engine needs to go on, and is never shown."""

    decision: str
    seat: str
    pending: Pending
    kind: Literal["reaction", "choice", "ruling"]
    until: str | None = None


class DecisionSettled(Struct, frozen=True, omit_defaults=True):
    """A decision was made, by the seat, by its policy, or by default."""

    decision: str
    seat: str
    choice: str
    how: Literal["answer", "policy", "default"] = "answer"


class DiceCommitted(Struct, frozen=True, omit_defaults=True):
    """The commitment to the server's seed: SHA-256 in hexadecimal. `salt` as it is before anybody adds to it."""

    commitment: str
    salt: str


class DiceEntropy(Struct, frozen=True, omit_defaults=True):
    """A seat added 32 bytes (hexadecimal); the salt is now this."""

    seat: str
    bytes: str
    salt: str


class DiceRevealed(Struct, frozen=True):
    """The server's seed (hexadecimal), so that every face can be derived again."""

    server_seed: str


class Said(Struct, frozen=True, omit_defaults=True):
    """Somebody spoke: a player's words or a pack's."""

    crt: str
    text: str
    to: str | None = None
    tone: str | None = None
    scripted: bool = False


class Told(Struct, frozen=True, omit_defaults=True):
    """Words of the pack for the narrator to tell."""

    text: str


class RulingMade(Struct, frozen=True, omit_defaults=True):
    """What the table decided where the program does not."""

    crt: str
    action: str
    choice: str


EventData = (
    facts.Fact | TableOpened | TableStarted | TablePaused | TableResumed | TableClosed | TableRewound | TableBranched
    | SeatTaken | SeatLeft | SeatReady | PolicySet | SafetyChanged | HouseRuleChanged | SceneEntered | PartyPlaced
    | MapExplored | InteractionTried | TriggerFired | FlagSet | ClueFound | FeatureRevealed | DoorChanged | ItemMoved
    | CoinsMoved | AttitudeChanged | SideChanged | QuestAdvanced | EncounterBegan | ExperienceGained | DecisionOpened
    | DecisionSettled | DiceCommitted | DiceEntropy | DiceRevealed | Said | Told | RulingMade | SeatAway | HostChanged
    | Whispered | TurnHeld | DeedPlanned | DeedDone | GatheringHeld | GatheringClosed | RewindOffered | RewindAsked
    | RewindChosen | TableImported
)  # fmt: skip

EVENTS: dict[str, type[Struct]] = {
    "table.opened": TableOpened, "table.started": TableStarted, "table.paused": TablePaused,
    "table.resumed": TableResumed, "table.closed": TableClosed, "table.rewound": TableRewound,
    "table.branched": TableBranched, "table.imported": TableImported, "seat.taken": SeatTaken, "seat.left": SeatLeft,
    "seat.ready": SeatReady, "seat.away": SeatAway, "host.changed": HostChanged, "whispered": Whispered,
    "turn.held": TurnHeld,
    "deed.planned": DeedPlanned, "deed.done": DeedDone, "gathering.held": GatheringHeld,
    "gathering.closed": GatheringClosed,
    "policy.set": PolicySet, "safety.changed": SafetyChanged, "house_rule.changed": HouseRuleChanged,
    "scene.entered": SceneEntered, "party.placed": PartyPlaced, "map.explored": MapExplored,
    "interaction.tried": InteractionTried, "trigger.fired": TriggerFired, "flag.set": FlagSet,
    "clue.found": ClueFound, "feature.revealed": FeatureRevealed, "door.changed": DoorChanged,
    "item.moved": ItemMoved, "coins.moved": CoinsMoved, "npc.attitude_changed": AttitudeChanged,
    "side.changed": SideChanged, "quest.advanced": QuestAdvanced, "encounter.began": EncounterBegan,
    "xp.gained": ExperienceGained, "decision.opened": DecisionOpened, "decision.settled": DecisionSettled,
    "dice.committed": DiceCommitted, "dice.entropy": DiceEntropy, "dice.revealed": DiceRevealed, "said": Said,
    "told": Told, "ruling.made": RulingMade, "rewind.offered": RewindOffered, "rewind.asked": RewindAsked,
    "rewind.chosen": RewindChosen,
    "initiative.rolled": facts.InitiativeRolled, "fight.ended": facts.CombatEnded,
    "creature.joined": facts.CombatantJoined, "creature.left": facts.CreatureLeft, "turn.started": facts.TurnStarted,
    "turn.ended": facts.TurnEnded, "turn.spent": facts.TurnSpent, "moved": facts.Moved,
    "attack.resolved": facts.AttackResolved, "damage.taken": facts.DamageTaken, "healed": facts.Healed,
    "temp_hp.gained": facts.TemporaryHitPointsGained, "condition.gained": facts.ConditionGained,
    "condition.lost": facts.ConditionLost, "concentration.ended": facts.ConcentrationEnded,
    "spell.cast": facts.SpellCast, "slot.spent": facts.ResourceSpent, "reaction.used": facts.ReactionUsed,
    "save.made": facts.SaveMade, "check.made": facts.CheckMade, "death_save.made": facts.DeathSaveMade,
    "died": facts.Died, "exhaustion.changed": facts.ExhaustionChanged, "revived": facts.Revived,
    "rest.taken": facts.RestTaken, "time.passed": facts.TimePassed,
    "dice.rolled": facts.DiceRolled, "ruling.asked": facts.RulingNeeded,
}  # fmt: skip
EVENT_NAMES: dict[type[Any], str] = {data: name for name, data in EVENTS.items()}
EVENT_VERSIONS: dict[str, int] = dict.fromkeys(EVENTS, 1)
"""The schema version each event is written in today; older ones are brought up by `upcast`."""


class Event(Struct, frozen=True, omit_defaults=True):
    """A stored fact (PROTOCOL §4). `v` counts per table from 1; `nonce` is where the dice stream stands after it."""

    v: int
    name: str
    ver: int
    id: str
    at: str
    clock: int
    by: By
    d: "EventData"
    audience: Audience = EVERYBODY
    witnesses: tuple[str, ...] = ()
    cmd: str | None = None
    cause: str | None = None
    nonce: int = 0


def with_audience(event: Event, audience: Audience) -> Event:
    """Return an event for another audience."""
    return structs.replace(event, audience=audience)


def rolls_of(data: "EventData") -> tuple[Roll, ...]:
    """Return every roll an event's data holds, in the order in which they were made."""
    found: list[Roll] = []
    _collect_rolls(data, found)
    return tuple(sorted(dict.fromkeys(found), key=lambda roll: roll.nonce))


def _collect_rolls(value: object, found: list[Roll]) -> None:
    if isinstance(value, Roll):
        found.append(value)
    elif isinstance(value, Explanation):
        if value.dice is not None:
            found.append(value.dice)
    elif isinstance(value, tuple):
        for item in cast("tuple[object, ...]", value):
            _collect_rolls(item, found)
    elif isinstance(value, Struct) and not isinstance(value, Creature | Scene):
        for field in value.__struct_fields__:
            _collect_rolls(getattr(value, field), found)

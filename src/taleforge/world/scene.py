"""An adventure as data: scenes with their ground, people, things, secrets and ways out, and what can be tried there.

Everything a player can do that the rules of combat do not cover is an `Interaction`: who or what it is done to, by
which verb, what must hold, which check stands against it and what follows. Does not hold state: what has changed
since the scene began lives in the table's state.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from taleforge.rules.creature import Sheet
from taleforge.rules.definitions import CharacterChoice, Definitions
from taleforge.rules.values import Ability, Cell, DamageType, Light, Skill

Verb = Literal[
    "examine", "search", "talk", "ask", "persuade", "deceive", "intimidate", "give", "pay", "take", "open", "close",
    "unlock", "pick_lock", "force", "use", "read", "listen", "sneak", "steal", "show", "eat",
]  # fmt: skip

Attitude = Literal["hostile", "unfriendly", "indifferent", "friendly", "helpful"]


class Rect(Struct, frozen=True, gc=False):
    """A rectangle of cells, corners included."""

    left: int
    top: int
    right: int
    bottom: int

    def __contains__(self, cell: Cell) -> bool:
        """Whether a cell lies inside."""
        return self.left <= cell[0] <= self.right and self.top <= cell[1] <= self.bottom


class Ground(Struct, frozen=True, omit_defaults=True, gc=False):
    """The grid of a scene as rows of glyphs with a legend; doors are features that stand on a cell.

    Legend kinds: `floor`, `wall`, `difficult`, `water`, `low` (half cover, can be climbed over at double cost),
    `pillar` (three-quarters cover), `void`, `stairs`. Lamps are lights on cells with a bright radius in feet.
    """

    rows: tuple[str, ...]
    legend: dict[str, str]
    light: Light = "bright"
    lamps: tuple[tuple[int, int, int], ...] = ()


class Zone(Struct, frozen=True, omit_defaults=True, weakref=True):
    """A named part of the ground that people speak of ("the bar"). The first zone that holds a cell names it."""

    id: str
    name: str
    area: Rect
    aliases: tuple[str, ...] = ()
    look: str = ""
    dark: bool = False


class Lock(Struct, frozen=True, omit_defaults=True, gc=False):
    """What keeps a door or chest shut: the DC to pick, the DC to force, and the item that opens it."""

    pick: int | None = None
    force: int | None = None
    key: str | None = None


class Feature(Struct, frozen=True, omit_defaults=True, weakref=True):
    """A thing in the scene: door, chest, notice, lever. `hidden` features are not there for anybody until revealed.

    `state` is one of `open`, `closed`, `locked`, `broken` for what opens, else a word of the pack's own. A closed or
    locked feature with `blocks` bars its cells.
    """

    id: str
    name: str
    cells: tuple[Cell, ...] = ()
    aliases: tuple[str, ...] = ()
    look: str = ""
    state: str = ""
    lock: Lock | None = None
    blocks: bool = False
    hidden: bool = False
    items: dict[str, int] = {}


class Person(Struct, frozen=True, omit_defaults=True, gc=False):
    """Somebody in the scene who is more than a stat block: wants, attitude, what is known about them on sight."""

    id: str
    name: str
    creature: str
    """Pack entry of the stat block, `monster/commoner`."""
    cell: Cell
    aliases: tuple[str, ...] = ()
    title: str = ""
    """What a stranger calls them before the name is known ("the barkeep")."""
    pronouns: str = "they"
    look: str = ""
    wants: str = ""
    voice: str = ""
    attitude: Attitude = "indifferent"
    side: Literal["party", "foe", "neutral"] = "neutral"
    hidden: bool = False
    items: dict[str, int] = {}


class SkillTest(Struct, frozen=True, omit_defaults=True, gc=False):
    """The check that stands against an interaction. `bonus_if` grants advantage while a requirement holds."""

    ability: Ability
    dc: int
    skill: Skill | None = None
    advantage_if: tuple[str, ...] = ()
    tool: str | None = None


class Say(Struct, frozen=True, omit_defaults=True, tag="say", tag_field="do", gc=False):
    """Somebody of the scene speaks these words of the pack."""

    who: str
    text: str


class Tell(Struct, frozen=True, omit_defaults=True, tag="tell", tag_field="do", gc=False):
    """The narrator tells these words of the pack."""

    text: str


class SetFlag(Struct, frozen=True, omit_defaults=True, tag="flag", tag_field="do", gc=False):
    """A fact of the story becomes true (or false)."""

    flag: str
    value: bool = True


class RevealClue(Struct, frozen=True, omit_defaults=True, tag="clue", tag_field="do", gc=False):
    """The acting seat finds a clue; it stands in its journal."""

    clue: str


class RevealFeature(Struct, frozen=True, omit_defaults=True, tag="reveal", tag_field="do", gc=False):
    """A hidden feature or person comes to light, for everybody."""

    target: str


class ChangeFeature(Struct, frozen=True, omit_defaults=True, tag="change", tag_field="do", gc=False):
    """A feature gets another state."""

    feature: str
    state: str


class GiveItem(Struct, frozen=True, omit_defaults=True, tag="item", tag_field="do", gc=False):
    """The acting character gets items (negative: gives them away); `source` is the feature or person they come from."""

    item: str
    count: int = 1
    source: str | None = None


class GiveCoins(Struct, frozen=True, omit_defaults=True, tag="coins", tag_field="do", gc=False):
    """The acting character gets (negative: pays) copper pieces."""

    amount: int
    source: str | None = None


class ChangeAttitude(Struct, frozen=True, omit_defaults=True, tag="attitude", tag_field="do", gc=False):
    """A person thinks differently of the party from now on."""

    person: str
    attitude: Attitude


class AdvanceQuest(Struct, frozen=True, omit_defaults=True, tag="quest", tag_field="do", gc=False):
    """A quest reaches a stage."""

    quest: str
    stage: str


class StartFight(Struct, frozen=True, omit_defaults=True, tag="fight", tag_field="do", gc=False):
    """An encounter of the scene begins. `surprise` names the side that is surprised, if any."""

    encounter: str
    surprise: Literal["party", "foe"] | None = None


class EndFight(Struct, frozen=True, omit_defaults=True, tag="truce", tag_field="do", gc=False):
    """The fight stops without a victor."""


class Hurt(Struct, frozen=True, omit_defaults=True, tag="hurt", tag_field="do", gc=False):
    """The acting character takes damage (a trap)."""

    dice: str
    type: DamageType


class Experience(Struct, frozen=True, omit_defaults=True, tag="xp", tag_field="do", gc=False):
    """Every character of the party gains experience points."""

    amount: int


class PassTime(Struct, frozen=True, omit_defaults=True, tag="time", tag_field="do", gc=False):
    """In-world minutes go by."""

    minutes: int


class GoTo(Struct, frozen=True, omit_defaults=True, tag="goto", tag_field="do", gc=False):
    """The party comes into another scene (or the same one anew) at a named entrance."""

    scene: str
    entrance: str = "start"


class PlaceParty(Struct, frozen=True, omit_defaults=True, tag="place", tag_field="do", gc=False):
    """The party stands at a named entrance of this scene (down the stairs, through the tunnel)."""

    entrance: str


class End(Struct, frozen=True, omit_defaults=True, tag="end", tag_field="do", gc=False):
    """The adventure ends this way."""

    ending: str


Consequence: TypeAlias = (
    Say | Tell | SetFlag | RevealClue | RevealFeature | ChangeFeature | GiveItem | GiveCoins | ChangeAttitude
    | AdvanceQuest | StartFight | EndFight | Hurt | Experience | PassTime | GoTo | PlaceParty | End
)  # fmt: skip


class Interaction(Struct, frozen=True, omit_defaults=True, gc=False):
    """Something that can be tried: a verb on a target (and a topic), its requirements, its check, its consequences.

    Requirements are predicates, all of which must hold: `flag:X`, `!flag:X`, `item:X` (the actor carries it),
    `coins:N`, `clue:X` (the actor knows it), `attitude:PERSON>=friendly`, `state:FEATURE=locked`, `zone:X` (the actor
    is there), `quest:Q=STAGE`, `alive:PERSON`, `fighting`; a leading `!` negates any of them. An interaction whose
    requirements do not hold is not offered and not admitted to exist; nor is one whose target is hidden, dead, or out
    of reach: the actor must be able to walk to where it is within `reach` of the target and sees it
    (`grid.approachable`). `once` removes it when it succeeded; after a failed check it needs `retry` to be tried again
    by the same character. Where a feature has a lock, an interaction with the same verb on it stands in for what the
    lock alone would allow.
    """

    id: str
    verb: Verb
    target: str
    label: str
    """What the option says, in the pack's language ("Ask about the missing barrels")."""
    topic: str = ""
    phrases: tuple[str, ...] = ()
    """Other ways people say it, for the interpreter."""
    requires: tuple[str, ...] = ()
    test: SkillTest | None = None
    success: tuple[Consequence, ...] = ()
    failure: tuple[Consequence, ...] = ()
    once: bool = True
    retry: bool = False
    reach: int = 10
    """How near the actor must come, in feet; it walks there by itself outside a fight."""
    cost: Literal["action", "free"] = "action"


class Trigger(Struct, frozen=True, omit_defaults=True, gc=False):
    """Something that happens by itself, once, when its requirements hold after a command, to whoever acted."""

    id: str
    requires: tuple[str, ...]
    consequences: tuple[Consequence, ...]


class Encounter(Struct, frozen=True, omit_defaults=True, gc=False):
    """Who fights: persons of the scene by id, and more creatures by pack entry and cell. It ends when all are down.

    `flee_at` is the share of foes (percent) still up at which the others give up or run.
    """

    id: str
    persons: tuple[str, ...] = ()
    creatures: tuple[tuple[str, Cell], ...] = ()
    victory: tuple[Consequence, ...] = ()
    defeat: tuple[Consequence, ...] = ()
    surrender: tuple[Consequence, ...] = ()
    flee_at: int = 0


class Clue(Struct, frozen=True, omit_defaults=True, gc=False):
    """Something that can be known: what the journal says when a seat has found it."""

    id: str
    title: str
    text: str


class Scene(Struct, frozen=True, omit_defaults=True, weakref=True):
    """One place with all that can happen in it."""

    id: str
    name: str
    ground: Ground
    look: str
    mood: str = ""
    zones: tuple[Zone, ...] = ()
    features: tuple[Feature, ...] = ()
    persons: tuple[Person, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    encounters: tuple[Encounter, ...] = ()
    entrances: dict[str, tuple[Cell, ...]] = {}
    opening: tuple[Consequence, ...] = ()
    safe_to_rest: bool = True


class Ending(Struct, frozen=True, omit_defaults=True, gc=False):
    """One way the adventure can end."""

    id: str
    title: str
    text: str
    good: bool = True


class Quest(Struct, frozen=True, omit_defaults=True, gc=False):
    """A thread of the story with its stages, as (id, what the journal says)."""

    id: str
    title: str
    stages: tuple[tuple[str, str], ...]


class Adventure(Struct, frozen=True, omit_defaults=True, gc=False):
    """A whole story: its scenes, clues, quests, endings, and characters ready to play. Text is in `lang`."""

    id: str
    title: str
    lang: str
    blurb: str
    start: str
    scenes: tuple[Scene, ...] = ()
    pregens: tuple[str, ...] = ()
    """Characters ready to play that suit it, the best for a lone player first."""
    clues: tuple[Clue, ...] = ()
    quests: tuple[Quest, ...] = ()
    endings: tuple[Ending, ...] = ()
    level: int = 1
    players: tuple[int, int] = (1, 4)


class Content(Struct, frozen=True, gc=False):
    """What a table may bring into play: looked up by id when a scene opens or a seat is taken, never afterwards.

    `sheets` holds stat blocks by `monster/goblin`; `items` names by item id, `looks` a line on some of them; `pregens`
    are characters ready to play, `choices` what each was made of, `pitches` a line on each; `pins` the packs with
    version and hash; `definitions` what characters are made of; `refused` says in a line each what is wrong with packs
    that are not in play.
    """

    adventures: dict[str, Adventure]
    sheets: dict[str, Sheet]
    pregens: dict[str, Sheet]
    starting_items: dict[str, dict[str, int]]
    items: dict[str, str]
    pins: tuple[str, ...]
    looks: dict[str, str] = {}
    choices: dict[str, CharacterChoice] = {}
    pitches: dict[str, str] = {}
    definitions: Definitions = Definitions()
    refused: tuple[str, ...] = ()

"""The state of one table: what `evolve` makes of the log and `decide`, `view` and `options` read.

Frozen values all the way down, so earlier states can be kept for undo at the cost of what changed. Holds the scene and
the sheets in play whole: nothing here has to be looked up in a pack.
"""

from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from taleforge.messages.events import DeedPlanned, RewindPoint, TableOpened
from taleforge.messages.views import JournalEntry
from taleforge.rules.creature import Creature, Sheet
from taleforge.rules.derived import derived
from taleforge.rules.stage import Stage
from taleforge.rules.steps import Pending
from taleforge.world.scene import Attitude, Person, Scene

UNDO_DEPTH = 32
"""How many commands can be undone."""
REMEMBERED_COMMANDS = 32
"""How many command ids the state keeps to answer a repeated command; the store finds older ones."""


TALK = frozenset({"talk", "ask", "persuade", "deceive", "intimidate", "give", "pay", "show"})
"""Verbs by which one makes somebody's acquaintance."""


class Seat(Struct, frozen=True, omit_defaults=True, gc=False):
    """A place at the table: who sits there and which creature they play."""

    id: str
    name: str
    role: Literal["host", "player", "spectator", "companion"]
    person: str | None = None
    character: str | None = None
    pregen: str | None = None
    ready: bool = False
    reactions: dict[str, str] = {}
    companion: bool = False
    absent: Literal["companion", "sit_out"] = "companion"
    away: bool = False
    heard: int = 0
    """Version of the last event this seat alone (or with few others) could hear."""


class Dice(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where the provable dice stand: commitment and salt in hexadecimal, and the next word of the stream."""

    commitment: str = ""
    salt: str = ""
    nonce: int = 0
    entropies: dict[str, str] = {}
    shared: frozenset[str] = frozenset()
    """Seats that added theirs since the last commitment."""


class Story(Struct, frozen=True, omit_defaults=True, gc=False):
    """What has changed in the story and in the scene since they began."""

    flags: frozenset[str] = frozenset()
    quests: dict[str, str] = {}
    clues: dict[str, frozenset[str]] = {}
    """Clues each creature knows."""
    features: dict[str, str] = {}
    revealed: frozenset[str] = frozenset()
    met: frozenset[str] = frozenset()
    """Persons the party has talked with, and so knows by name."""
    waiting: dict[str, Creature] = {}
    """Hidden persons of the scene, by person id."""
    persons: dict[str, str] = {}
    """Creature id to the person of the scene it is."""
    bodies: dict[str, str] = {}
    """Person of the scene to creature id."""
    attitudes: dict[str, Attitude] = {}
    """Person id to attitude."""
    done: frozenset[str] = frozenset()
    failed: frozenset[tuple[str, str]] = frozenset()
    fired: frozenset[str] = frozenset()
    encounter: str | None = None
    foes: tuple[str, ...] = ()
    explored: dict[str, tuple[int, ...]] = {}


class OpenDecision(Struct, frozen=True, omit_defaults=True, gc=False):
    """A question the table waits for."""

    id: str
    seat: str
    kind: Literal["reaction", "choice", "ruling"]
    pending: Pending
    until: str | None = None


class Gathering(Struct, frozen=True, omit_defaults=True, gc=False):
    """What seats said they do out of a fight, until everybody has, in the order in which it will be done."""

    id: int
    """The version with which it began."""
    deeds: dict[str, DeedPlanned] = {}
    until: str | None = None
    """When nobody is waited for any longer (RFC 3339)."""
    held: bool = False
    closed: bool = False
    """Whether the deeds are being done."""


class Bounds(Struct, frozen=True, gc=False):
    """What everybody could learn of a creature's armour class: it is at least `low` and at most `high`."""

    low: int
    high: int


class Checkpoint(Struct, frozen=True, gc=False):
    """The state at a version, packed: of all that a state holds, its dictionary of creatures weighs most.

    What stays as it is when a table goes back (`history.rewound`) is not in it.
    """

    version: int
    _bare: "State"
    _creatures: tuple[Creature, ...]

    @property
    def state(self) -> "State":
        """The state as it was."""
        creatures = {creature.id: creature for creature in self._creatures}
        return replace(self._bare, stage=replace(self._bare.stage, creatures=creatures))


def checkpoint(state: "State") -> Checkpoint:
    """Return a state to go back to, without its own past and what stays over a rewinding."""
    stage = replace(state.stage, creatures=EMPTY.stage.creatures)
    bare = replace(
        state, past=(), gone=(), gathering=None, stage=stage, commands=EMPTY.commands, seats=EMPTY.seats,
        characters=EMPTY.characters, dice=EMPTY.dice, safety=EMPTY.safety, house_rules=EMPTY.house_rules,
    )  # fmt: skip
    return Checkpoint(state.version, bare, tuple(state.stage.creatures.values()))


class Marks(Struct, frozen=True, omit_defaults=True, gc=False):
    """The state in which the turn and the scene began, so that the table can go back there however long ago it was.

    `due` are those to be set when the command that began them is over.
    """

    turn: Checkpoint | None = None
    scene: Checkpoint | None = None
    due: tuple[Literal["turn", "scene"], ...] = ()


class Rewind(Struct, frozen=True, omit_defaults=True, gc=False):
    """The open question how far to go back, and the furthest that anybody asked for so far."""

    id: str
    choices: tuple[RewindPoint, ...]
    until: str
    seats: tuple[str, ...] = ()
    asked: str = ""


class Safety(Struct, frozen=True, omit_defaults=True, gc=False):
    """Lines (never) and veils (off screen), and whether the X-card lies on the table."""

    lines: tuple[str, ...] = ()
    veils: tuple[str, ...] = ()
    stopped: bool = False
    rewind: Rewind | None = None


class Entry(Struct, frozen=True, gc=False):
    """A journal entry and the creatures that know it; empty means everybody."""

    entry: JournalEntry
    knows: frozenset[str] = frozenset()


class State(Struct, frozen=True, omit_defaults=True, gc=False):
    """One table at one version."""

    id: str = ""
    version: int = 0
    heard: int = 0
    """Version of the last event that everybody could hear."""
    opened: TableOpened = field(default_factory=lambda: TableOpened("", "", "en", "", ""))
    status: Literal["lobby", "playing", "paused", "closed"] = "lobby"
    seats: dict[str, Seat] = {}
    dice: Dice = Dice()
    house_rules: dict[str, str] = {}
    safety: Safety = Safety()
    stage: Stage = Stage()
    turn: int = 0
    """How many turns have begun at this table; players' commands name the one they looked at."""
    turn_began: str = ""
    """When this turn began (RFC 3339)."""
    held: int | None = None
    """The turn whose clock was stopped."""
    paused_at: str = ""
    """When the table was paused (RFC 3339), while it is: clocks stand still as long."""
    characters: dict[str, str] = {}
    """Creature of each ready-made character that was taken, whether or not anybody plays it now."""
    scene: Scene | None = None
    sheets: dict[str, Sheet] = {}
    story: Story = Story()
    decisions: dict[str, OpenDecision] = {}
    gathering: Gathering | None = None
    journal: tuple[Entry, ...] = ()
    bounds: dict[str, Bounds] = {}
    experience: dict[str, int] = {}
    ending: str | None = None
    ending_text: str | None = None
    commands: dict[str, int] = {}
    """Command ids done, with the version after each."""
    past: tuple[Checkpoint, ...] = ()
    marks: Marks = Marks()
    gone: tuple[tuple[int, int], ...] = ()
    """From the version after the first number to that before the second was taken back: it is not told again."""

    def seat_of(self, crt: str) -> Seat | None:
        """Return the seat that plays a creature."""
        return next((seat for seat in self.seats.values() if seat.character == crt), None)

    def character(self, seat: str) -> Creature | None:
        """Return the creature a seat plays."""
        taken = self.seats.get(seat)
        return self.stage.creatures.get(taken.character) if taken and taken.character else None

    def person(self, crt: str) -> str | None:
        """Return which person of the scene a creature is."""
        return self.story.persons.get(crt)

    def creature_of(self, person: str) -> Creature | None:
        """Return the creature that is a person of the scene."""
        crt = self.story.bodies.get(person)
        return self.stage.creatures.get(crt) if crt else None

    def name_of(self, creature: Creature) -> str:
        """Return what the party calls a creature: its name, or its title as long as nobody has talked with it."""
        person = self._person_of(creature.id)
        if person is None or not person.title or person.id in self.story.met:
            return creature.sheet.name
        return person.title

    def _person_of(self, crt: str) -> Person | None:
        who = self.story.persons.get(crt)
        return None if who is None or self.scene is None else _cast(self.scene).get(who)

    def host(self) -> str | None:
        """Return the host's seat."""
        return next((seat.id for seat in self.seats.values() if seat.role == "host"), None)

    def party(self) -> tuple[Creature, ...]:
        """Return the creatures of the party, in the order in which they sat down."""
        return tuple(c for c in self.stage.creatures.values() if c.side == "party")


@derived
def _cast(scene: Scene) -> dict[str, Person]:
    return {person.id: person for person in scene.persons}


EMPTY = State()

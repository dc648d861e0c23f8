"""What a seat may ask of a table: the command envelope, the data of each command, and the three answers (PROTOCOL §2).

Does not say whether a command is allowed: that is decided at the table.
"""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from taleforge.messages.ids import CommandId, SeatId
from taleforge.rules.definitions import CharacterChoice, Earned
from taleforge.rules.values import Cell, RestKind

Word = Annotated[str, Meta(max_length=200)]
"""A name, an id or a remark: all that is kept of a wish has an end, or one seat could fill a table's log."""
Words = Annotated[str, Meta(max_length=2_000)]


class Command(Struct, frozen=True, omit_defaults=True):
    """One wish of one seat: `d` is the data registered for `name`, `at_turn` the turn the player looked at."""

    id: CommandId
    name: str
    seat: SeatId
    d: "CommandData"
    at_turn: int | None = None


class Sit(Struct, frozen=True, omit_defaults=True):
    """Take the seat under a player's name, with a character of the adventure (`pregen`) or one of the player's own.

    One's own is a `choice` that the rules allow, or `own`, the id of a character kept on the server, which fills in
    `choice` and what was `earned` by itself.
    """

    pregen: Word = ""
    name: Word = ""
    person: Word = ""
    companion: bool = False
    """Seat a companion that the table plays, beside the seat that asks."""
    own: Word = ""
    choice: CharacterChoice | None = None
    earned: Earned | None = None


class Leave(Struct, frozen=True):
    """Leave the seat; the character stays behind in the hands of the table."""


class Ready(Struct, frozen=True, omit_defaults=True):
    """Say that this seat is ready; play begins when all are."""

    ready: bool = True


GESTURE: Final = "gesture"
"""The tone of what is not spoken but done with the body; its text is one of `GESTURES`."""
GESTURES: Final = frozenset({
    "bow", "clap", "curtsey", "dance", "frown", "glare", "grin", "hum", "kneel", "laugh", "nod", "pray", "salute",
    "shake head", "shrug", "sigh", "smile", "spit", "wave", "weep", "whistle", "wink", "yawn",
})  # fmt: skip
"""What anybody may do at any time, and what changes nothing but the story."""


class Say(Struct, frozen=True, omit_defaults=True):
    """Speak in character, to a creature or to the room."""

    text: str
    to: Word | None = None
    tone: Word | None = None


class Do(Struct, frozen=True, omit_defaults=True):
    """Do something, in the player's own words; the interpreter makes another command of it."""

    text: str


class UseOption(Struct, frozen=True, omit_defaults=True):
    """Use an option of the view. `targets` are ids or, for cells, "column,row"; `params` may name a `slot`."""

    option: Word
    targets: Annotated[tuple[Word, ...], Meta(max_length=200)] = ()
    params: Annotated[dict[Word, Word | int], Meta(max_length=20)] = {}
    words: Words | None = None
    """What the player typed, when the interpreter chose the option."""


class Answer(Struct, frozen=True, omit_defaults=True):
    """Answer a pending decision with the id of one of its choices."""

    decision: str
    choice: str


class RollDice(Struct, frozen=True, omit_defaults=True):
    """Roll dice for everybody to see, or `secret`, for the host and oneself."""

    expr: str
    reason: Word = ""
    secret: bool = False


class Whisper(Struct, frozen=True):
    """Say something to one other seat alone; not in character."""

    to: str
    text: str


class Spectate(Struct, frozen=True, omit_defaults=True):
    """Take a seat without a character, to watch."""

    name: Word
    person: Word = ""


class Kick(Struct, frozen=True):
    """Send somebody away from the table; the host may."""

    seat: str


class HandOver(Struct, frozen=True):
    """Make another player the host."""

    seat: str


class Away(Struct, frozen=True, omit_defaults=True):
    """Be away for a while, or back again; the seat's policy says what its character does meanwhile."""

    away: bool = True


class Hold(Struct, frozen=True):
    """Stop the clock of this turn: it ends when its player ends it; or of a gathering, which waits for everybody."""


class Rule(Struct, frozen=True, omit_defaults=True):
    """Settle a ruling that waits, whoever is asked; the host may."""

    decision: str
    choice: str


class Move(Struct, frozen=True, omit_defaults=True):
    """Walk to a cell, by the given path or the shortest one."""

    to: Cell
    path: tuple[Cell, ...] = ()
    words: Words | None = None


class EndTurn(Struct, frozen=True):
    """End my turn."""


class Rest(Struct, frozen=True, omit_defaults=True):
    """Take a rest with the whole party; `hit_dice` is how many to spend in a short rest."""

    kind: RestKind = "short"
    hit_dice: int = 0


class Undo(Struct, frozen=True, omit_defaults=True):
    """Go back by so many commands, or to a version."""

    steps: int = 1
    to: int | None = None


class Branch(Struct, frozen=True, omit_defaults=True):
    """Make a new table from this one as it was at a version; 0 means now."""

    at: int = 0


class Pause(Struct, frozen=True):
    """Pause the game for everybody."""


class Resume(Struct, frozen=True):
    """Go on after a pause or an X-card."""


class XCard(Struct, frozen=True):
    """Stop the scene for all. Who pressed is written nowhere."""


class SetSafety(Struct, frozen=True, omit_defaults=True):
    """Set the table's lines (never) and veils (off screen), or with `more` add to those that are agreed."""

    lines: Annotated[tuple[Word, ...], Meta(max_length=200)] = ()
    veils: Annotated[tuple[Word, ...], Meta(max_length=200)] = ()
    more: bool = False


class SetHouseRule(Struct, frozen=True):
    """Change a house rule."""

    rule: str
    value: str


class SetPolicy(Struct, frozen=True, omit_defaults=True):
    """Say how my reactions are answered when I am not asked: `ask`, `always` or `never`, by action id or `*`."""

    reactions: Annotated[dict[Word, Literal["ask", "always", "never"]], Meta(max_length=100)] = {}
    companion: bool | None = None
    """Whether the table plays this seat's character by itself."""
    absent: Literal["companion", "sit_out"] | None = None
    """What the character does while its player is away: the table plays it, or it only defends itself."""


class Entropy(Struct, frozen=True):
    """Add 32 bytes, in hexadecimal, to the dice."""

    bytes: str


class EngineAct(Struct, frozen=True):
    """Let a creature without a player take its turn (service only)."""

    crt: str


class EngineTimeout(Struct, frozen=True, omit_defaults=True):
    """Settle a decision by its default, end a turn (`turn:N`) or close a gathering (`gathering:N`): its time is over.

    Service only.
    """

    decision: str
    answered: bool = False
    """Nobody else is waited for: all who were asked how far to go back, or what they do, have answered."""


class EngineDeed(Struct, frozen=True):
    """Do what a seat said it would do when everybody had said (service only)."""

    seat: str


class EngineAway(Struct, frozen=True):
    """A seat has lost its connection, or has it again (service only)."""

    seat: str
    away: bool


CommandData = (
    Sit | Leave | Ready | Say | Do | UseOption | Answer | RollDice | Move | EndTurn | Rest | Undo | Branch | Pause
    | Resume | XCard | SetSafety | SetHouseRule | SetPolicy | Entropy | EngineAct | EngineTimeout | EngineDeed
    | EngineAway | Whisper | Spectate | Kick | HandOver | Away | Hold | Rule
)  # fmt: skip

COMMANDS: dict[str, type[Struct]] = {
    "sit": Sit, "leave": Leave, "ready": Ready, "say": Say, "do": Do, "use_option": UseOption, "answer": Answer,
    "roll": RollDice, "move": Move, "end_turn": EndTurn, "rest": Rest, "undo": Undo, "branch": Branch, "pause": Pause,
    "resume": Resume, "xcard": XCard, "safety.set": SetSafety, "house_rule.set": SetHouseRule, "policy.set": SetPolicy,
    "entropy": Entropy, "whisper": Whisper, "spectate": Spectate, "kick": Kick, "hand_over": HandOver, "away": Away,
    "hold": Hold, "rule": Rule, "svc.act": EngineAct, "svc.timeout": EngineTimeout, "svc.deed": EngineDeed,
    "svc.away": EngineAway,
}  # fmt: skip
NAMELESS = (XCard, Answer)
"""Commands of which nothing that is kept, log lines and traces included, may tell whose they were."""
ALIASES: Final = {"choose": "use_option"}
"""Other names of commands (PROTOCOL §2 has both)."""
COMMAND_NAMES: dict[type[Any], str] = {data: name for name, data in COMMANDS.items()}
SERVICE_PREFIX = "svc."


def command(id_: str, seat: str, data: "CommandData", at_turn: int | None = None) -> Command:
    """Return the command that carries this data."""
    return Command(CommandId(id_), COMMAND_NAMES[type(data)], SeatId(seat), data, at_turn)


class AnswerChoice(Struct, frozen=True, omit_defaults=True):
    """One possible answer to a question: a label in a pack's words, or a code, and the option it would use."""

    id: str
    label: str | None = None
    code: str | None = None
    params: dict[str, str | int] = {}
    option: str | None = None
    targets: tuple[str, ...] = ()


class Ack(Struct, frozen=True, omit_defaults=True, tag="ack", tag_field="t"):
    """The command is stored; `v` is the table's version after it."""

    re: CommandId
    v: int
    heard: AnswerChoice | None = None
    """What was understood, where words had to be corrected for it."""


class Refused(Struct, frozen=True, omit_defaults=True, tag="refused", tag_field="t"):
    """The command may not be done: nothing changed. The code never tells absent from unseen."""

    re: CommandId
    code: str
    params: dict[str, str | int] = {}
    choices: tuple[AnswerChoice, ...] = ()


class Question(Struct, frozen=True, omit_defaults=True):
    """What is asked back, as a code with parameters."""

    code: str
    params: dict[str, str | int] = {}


class Ask(Struct, frozen=True, omit_defaults=True, tag="ask", tag_field="t"):
    """The words may mean several things: which one? Nothing changed."""

    re: CommandId
    question: Question
    choices: tuple[AnswerChoice, ...]


Reply = Ack | Refused | Ask

"""What a crowd reads of the table's frames: a few fields of each, for ten thousand sockets have one core.

The counterpart of `client.table`, which keeps whole views. Does not know what an event means.
"""

from msgspec import UNSET, Raw, Struct, UnsetType, json

Params = dict[str, str | int]


class Aim(Struct, frozen=True):
    """Something an option may be aimed at."""

    id: str
    kind: str = ""
    name: str = ""


class Cost(Struct, frozen=True):
    """What an option uses up, as far as its user has to choose."""

    slots: tuple[int, ...] = ()


class Offer(Struct, frozen=True):
    """Something a seat can do now."""

    id: str
    kind: str
    label: str | None = None
    params: Params = {}
    targets: tuple[Aim, ...] = ()
    pick: int = 0
    cost: Cost = Cost()


class Choice(Struct, frozen=True):
    """One answer to a question of the table."""

    id: str


class Question(Struct, frozen=True):
    """A decision that waits for the seat."""

    id: str
    choices: tuple[Choice, ...]


class Standing(Struct, frozen=True):
    """How the table stands, where that was said."""

    status: str | None = None
    undo: int | UnsetType | None = UNSET


class Somebody(Struct, frozen=True):
    """Another creature."""

    side: str | None = None


class View(Struct, frozen=True):
    """Of a view or a patch to one, what players go by. An empty `Raw` is a section that was not said."""

    version: int | None = None
    table: Standing | None = None
    fight: Raw = Raw()
    options: Raw = Raw()
    decisions: Raw = Raw()
    others: dict[str, Somebody | None] | None = None
    pregens: dict[str, object] | None = None


class Body(Struct, frozen=True):
    """The data of a frame, whichever it is."""

    v: int = 0
    cmd: str | None = None
    re: str = ""
    code: str = ""
    after: float | None = None
    view: View | None = None
    patch: View | None = None


class Heard(Struct, frozen=True):
    """A frame from the table."""

    t: str
    d: Body
    n: int | None = None


NOTHING = b"null"
"""A section that was taken out of a view."""

decode = json.Decoder(Heard).decode
offers = json.Decoder(tuple[Offer, ...]).decode
questions = json.Decoder(tuple[Question, ...]).decode

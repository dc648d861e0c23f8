"""What processes say to each other over the bus, as bytes and back.

On the channel of a table its owner speaks to whoever mirrors the table; on the channel of a node others ask it. Events,
prose, commands and replies travel in their own codec, so that a process of the next version can read them. Knows no
table.
"""

from typing import Final

import msgspec
from msgspec import Struct

from taleforge.messages.brief import Prose, ProseDelta
from taleforge.messages.frames import Frame


def table_channel(table: str) -> str:
    """Return where the owner of a table speaks."""
    return f"table:{table}"


def node_channel(node: str) -> str:
    """Return where a node is asked."""
    return f"node:{node}"


class Happened(Struct, frozen=True, tag=True):
    """These events follow version `after`."""

    after: int
    events: tuple[bytes, ...]


class Told(Struct, frozen=True, tag=True):
    """A finished piece of prose, the `number`th of the owner with this fence."""

    fence: int
    number: int
    prose: Prose


class Telling(Struct, frozen=True, tag=True):
    """A piece of prose while it is being told."""

    delta: ProseDelta


class Pushed(Struct, frozen=True, tag=True):
    """A frame without a number for one seat."""

    seat: str
    frame: Frame


class Owned(Struct, frozen=True, tag=True):
    """A node owns the table: where it is, how many pieces of prose it has told, and who is connected anywhere."""

    node: str
    fence: int
    version: int
    told: int
    present: tuple[str, ...] = ()


class Typing(Struct, frozen=True, tag=True):
    """A seat is typing, or has stopped."""

    seat: str
    on: bool


class Carried(Struct, frozen=True, tag=True):
    """What the owner with this fence was in the middle of understanding, for the one after it; nobody keeps it."""

    fence: int
    data: bytes


class Released(Struct, frozen=True, tag=True):
    """Nobody owns the table any more, if it was owned under this fence."""

    fence: int


class Seen(Struct, frozen=True, array_like=True):
    """What a mirror has of a table: its version, whose prose and how much of it, and who is connected there.

    `present` is whom it believes to be connected anywhere.
    """

    version: int
    fence: int
    told: int
    seats: tuple[str, ...]
    present: tuple[str, ...] = ()


class Here(Struct, frozen=True, tag=True):
    """A node mirrors these tables of the node that is spoken to."""

    node: str
    tables: dict[str, Seen]


class Typed(Struct, frozen=True, tag=True):
    """A seat that is connected to a mirror is typing, or has stopped."""

    table: str
    seat: str
    on: bool


class Passed(Struct, frozen=True, tag=True):
    """A frame without a number for one seat, from where the table is mirrored; the owner has it sent everywhere."""

    table: str
    seat: str
    frame: Frame


class Asked(Struct, frozen=True, tag=True):
    """Something is asked of a table: `submit` with a command, `rotate`, or `told`; the answer goes to node `back`."""

    id: str
    back: str
    table: str
    what: str
    command: bytes = b""
    carrier: str = ""


class Answered(Struct, frozen=True, tag=True):
    """What came of it: a reply to a command; or that the table is not owned there; or why it cannot be done."""

    id: str
    reply: bytes = b""
    moved: bool = False
    trouble: tuple[str, str] | None = None


ToMirrors = Happened | Told | Telling | Pushed | Typing | Owned | Carried | Released
ToNode = Here | Typed | Passed | Asked | Answered

pack: Final = msgspec.msgpack.Encoder().encode
read_to_mirrors: Final = msgspec.msgpack.Decoder(ToMirrors).decode
read_to_node: Final = msgspec.msgpack.Decoder(ToNode).decode

"""What a child that paints is asked over its line, and what it answers.

Does not know what paints.
"""

import msgspec
from msgspec import Struct

from taleforge.art.values import Wish


class Model(Struct, frozen=True):
    """What a child process is to paint with.

    `memory` is MB of address space, 0 for any amount; `niceness` is how far it stands back, as `nice` has it.
    """

    folder: str
    device: str = "cpu"
    threads: int = 2
    memory: int = 8192
    steps: int = 24
    guidance: float = 7.0
    niceness: int = 0


class Hand(Struct, frozen=True):
    """What a child process is to be that paints without a model; `niceness` as a `Model` has it."""

    niceness: int = 0


class Order(Struct, frozen=True):
    """A picture that is to be painted: what it shows, and what it must not."""

    words: str
    never: str
    width: int
    height: int
    seed: int


class Paint(Struct, frozen=True, tag=True):
    """Have a model paint a picture."""

    order: Order


class Draw(Struct, frozen=True, tag=True):
    """Paint a picture without a model."""

    wish: Wish


class Shrink(Struct, frozen=True, tag=True):
    """Make a small picture of a PNG."""

    file: bytes


class Stop(Struct, frozen=True, tag=True):
    """Nobody wants the picture any more that is being painted."""


class Went(Struct, frozen=True, tag=True):
    """So many percent are painted."""

    percent: int


class Painted(Struct, frozen=True, tag=True):
    """The picture, as a PNG."""

    file: bytes


class Failed(Struct, frozen=True, tag=True):
    """No picture came of it."""

    problem: str
    remedy: str


Asked = Paint | Draw | Shrink | Stop
Said = Went | Painted | Failed
ASKED: msgspec.msgpack.Decoder[Asked] = msgspec.msgpack.Decoder(Asked)
SAID: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)

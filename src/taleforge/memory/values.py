"""What is remembered, and what a search for it finds.

Does not say who may search whose memory: the doors do.
"""

from typing import Literal

from msgspec import Struct

from taleforge.messages.events import Event
from taleforge.messages.frames import SeatEvent

Why = Literal["witnessed", "told"]


class Entry(Struct, frozen=True):
    """One thing that one seat or creature remembers of version `v`; `part` tells several of one version apart."""

    table: str
    v: int
    part: str
    who: str
    why: Why
    clock: int
    text: str


class Found(Struct, frozen=True):
    """A memory that fits a search, and how well: more is better, and only within one search."""

    entry: Entry
    score: float


class Heard(Struct, frozen=True):
    """An event, as each seat that heard it may see it. `here` are the seats and the creatures they play."""

    event: Event
    seen: dict[str, SeatEvent]
    here: dict[str, str | None]


class Listened(Struct, frozen=True):
    """What happened at a table after a version: events, and spans of versions (both ends apart) that were taken back.

    `present` says from which version to before which other each seat was there.
    """

    heard: tuple[Heard, ...]
    gone: tuple[tuple[int, int], ...]
    present: dict[str, tuple[tuple[int, int], ...]]
    version: int


class Point(Struct, frozen=True):
    """Where a memory of somebody lies in a space in which like is near like: 32-bit floats of length one together."""

    id: str
    who: str
    vector: bytes


class Near(Struct, frozen=True):
    """A point that lies near, and how near: the cosine of the angle, 1 at most."""

    id: str
    score: float

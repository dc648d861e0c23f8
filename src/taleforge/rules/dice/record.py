"""`Roll`: what a table keeps of a roll, and sends.

Does not explain itself (`explain`) or check itself (`verify`); both need nothing but what is in it.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

Fate = Literal["kept", "dropped", "rerolled", "exploded", "raised", "lowered"]
Face: TypeAlias = tuple[int, int, Fate]

_GONE = frozenset(("dropped", "rerolled"))


class Roll(Struct, frozen=True, gc=False):
    """What was rolled (PROTOCOL §1).

    `faces` lists every die thrown, in the order of the stream, as (sides, face, fate); the fate is the last thing that
    happened to that face. A percentile die has 10 sides and the face 0, 10 … 90. `nonce` is where in the stream the
    roll began.
    """

    expr: str
    total: int
    faces: tuple[Face, ...]
    nonce: int

    @property
    def kept(self) -> tuple[int, ...]:
        """The faces that count, as thrown: before `mi`, `ma` and arithmetic."""
        return tuple(face for _, face, fate in self.faces if fate not in _GONE)

    @property
    def natural(self) -> int | None:
        """The face of the one d20 that counts; None if there is none or more than one."""
        found = [face for sides, face, fate in self.faces if sides == 20 and fate not in _GONE]
        return found[0] if len(found) == 1 else None

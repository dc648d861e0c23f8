"""Every roll an expression can make, found by feeding the roller all faces: the slow truth that `odds` must match."""

from collections.abc import Iterator
from fractions import Fraction
from heapq import heappop, heappush

from taleforge.rules.dice import roll
from taleforge.rules.dice.record import Roll


class _NeedsFace(Exception):
    def __init__(self, sides: int) -> None:
        super().__init__()
        self.sides = sides


class _Script:
    """Faces decided so far; asks for one more by an exception."""

    def __init__(self, faces: tuple[int, ...]) -> None:
        self.decided = faces
        self.nonce = 0

    def face(self, sides: int) -> int:
        if self.nonce == len(self.decided):
            raise _NeedsFace(sides)
        self.nonce += 1
        return self.decided[self.nonce - 1]

    def faces(self, count: int, sides: int) -> list[int]:
        return [self.face(sides) for _ in range(count)]

    def rewind(self, nonce: int) -> None:
        self.nonce = nonce


def every_roll(text: str, limit: int) -> Iterator[tuple[Roll, Fraction]]:
    """Every roll with its chance, the likeliest first, for `limit` attempts or until they are next to impossible."""
    waiting: list[tuple[Fraction, tuple[int, ...]]] = [(Fraction(-1), ())]
    while waiting and waiting[0][0] < -1e-9 and (limit := limit - 1):
        chance, faces = heappop(waiting)
        try:
            yield roll(text, _Script(faces)), -chance
        except _NeedsFace as need:
            for face in range(1, need.sides + 1):
                heappush(waiting, (chance / need.sides, (*faces, face)))


def every_total(text: str, limit: int = 2_000) -> dict[int, Fraction]:
    """The chance of each total, as far as rolls were followed."""
    totals: dict[int, Fraction] = {}
    for record, chance in every_roll(text, limit):
        totals[record.total] = totals.get(record.total, Fraction(0)) + chance
    return totals

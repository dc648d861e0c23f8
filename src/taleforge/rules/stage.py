"""Everything the rules act on at one moment: creatures, the order of turns, the clock; and what they ask of the ground.

Does not know where the ground comes from: `Terrain` is the port that `taleforge.world` fulfils with its grid.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from taleforge.rules.creature import Creature
from taleforge.rules.values import Cell, Cover, Light


class Stage(Struct, frozen=True, omit_defaults=True, gc=False):
    """Creatures in play and the state of the fight. `round` 0 means that no fight is on; `clock` counts rounds."""

    creatures: dict[str, Creature] = {}
    clock: int = 0
    round: int = 0
    order: tuple[str, ...] = ()
    active: str | None = None
    initiative: dict[str, int] = {}
    """Initiative totals of the fight, so that whoever joins late finds their place."""

    @property
    def fighting(self) -> bool:
        """Whether turns are being taken."""
        return self.round > 0

    def others(self, crt: str) -> list[Creature]:
        """Return every creature but one, in a fixed order."""
        return [c for c in self.creatures.values() if c.id != crt]


class Terrain(Protocol):
    """The ground under a fight: a frozen value, cheap to ask. Distances in feet."""

    def inside(self, cell: Cell) -> bool:
        """Whether a cell is on the map and can ever be stood on."""
        ...

    def step_cost(self, start: Cell, end: Cell) -> int | None:
        """Return the feet a step to a neighbouring cell costs (10 in difficult terrain), or None where it is barred."""
        ...

    def steps(self, start: Cell) -> Mapping[Cell, int]:
        """Return the cells one step away from a cell, each with the feet it costs; those that are barred are absent."""
        ...

    def visible(self, start: Cell, end: Cell) -> bool:
        """Whether nothing opaque lies between two cells (SRD 5.1, "Vision and Light")."""
        ...

    def cover(self, start: Cell, end: Cell) -> Cover:
        """Return the cover the ground gives somebody in `end` against somebody in `start` (SRD 5.1, "Cover")."""
        ...

    def light(self, cell: Cell) -> Light:
        """Return the light that falls on a cell from the scene itself."""
        ...


def distance(a: Cell, b: Cell) -> int:
    """Return the distance of two cells in feet, diagonals counting 5 feet (SRD 5.1, "Playing on a Grid")."""
    return 5 * max(abs(a[0] - b[0]), abs(a[1] - b[1]))

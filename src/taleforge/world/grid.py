"""The ground of a scene as the rules ask for it: where one can stand and step, what is seen, covered and lit.

A `Grid` is a value: the ground with its doors as they are now. Everything costly is worked out once per grid and cell
and kept with it, so that asking again is a look-up. Knows no creatures: they neither block nor cover here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from taleforge.rules.derived import derived
from taleforge.rules.values import FEET_PER_CELL, Cell, Cover, Light
from taleforge.world.scene import Feature, Ground, Scene, Zone
from taleforge.world.sight import Rows, crossed, field_of_view, flat

WIDEST = 64
"""Columns and rows at most: a row of cells is one machine word."""

FILLING = frozenset({"wall", "pillar"})
"""Kinds of ground that fill their cell: nobody stands there or cuts their corner."""

NEVER = frozenset({"wall", "pillar", "void"})
"""Kinds of ground that nobody can ever stand on."""

SHUT = frozenset({"closed", "locked"})
"""States in which a feature that `blocks` bars its cells."""

STEP_COST = {"difficult": 2, "low": 2, "water": 2}
"""How many times its length a step into such ground costs (SRD 5.1, "Difficult Terrain", "Swimming")."""

COVERS: tuple[Cover, ...] = ("none", "half", "three_quarters", "total")

NEIGHBOURS: tuple[Cell, ...] = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Grid:
    """The ground with some cells barred (shut doors); fulfils `taleforge.rules.stage.Terrain`. Distances in feet.

    Bit x of row y of `opaque` says that sight ends there, of `filled` that nobody can be or pass, of `low` that the
    cell gives half cover to what is behind it, of `pillars` that it gives three quarters.
    """

    ground: Ground
    width: int
    height: int
    kinds: dict[Cell, str]
    opaque: Rows
    filled: Rows
    low: Rows
    pillars: Rows
    dark: frozenset[Cell]
    _views: dict[Cell, Rows] = field(default_factory=dict[Cell, Rows])
    _steps: dict[Cell, dict[Cell, int]] = field(default_factory=dict[Cell, dict[Cell, int]])
    _covers: dict[tuple[Cell, Cell], Cover] = field(default_factory=dict[tuple[Cell, Cell], Cover])
    _regions: dict[Cell, tuple[Rows, int]] = field(default_factory=dict[Cell, tuple[Rows, int]])
    _standings: dict[tuple[Cell, int], int] = field(default_factory=dict[tuple[Cell, int], int])
    _lit: dict[Cell, Light] = field(default_factory=dict[Cell, Light])

    def inside(self, cell: Cell) -> bool:
        """Whether a cell is on the map and can ever be stood on; a shut door counts, it may be opened."""
        return self.kinds.get(cell, "wall") not in NEVER

    def step_cost(self, start: Cell, end: Cell) -> int | None:
        """Return the feet a step to a neighbouring cell costs, or None where it is barred.

        Diagonal steps cut no corner of anything that fills its cell (SRD 5.1, "Playing on a Grid").
        """
        return self.steps(start).get(end)

    def steps(self, start: Cell) -> dict[Cell, int]:
        """Return the cells one step away from a cell, each with the feet it costs."""
        found = self._steps.get(start)
        if found is None:
            found = self._steps[start] = self._steps_from(start)
        return found

    def visible(self, start: Cell, end: Cell) -> bool:
        """Whether nothing opaque lies between two cells; the same both ways between cells that are not opaque."""
        return bool(0 <= end[1] < self.height and end[0] >= 0 and self.view(start)[end[1]] >> end[0] & 1)

    def see_through(self, cell: Cell) -> bool:
        """Whether sight goes on through a cell; what is off the map counts as a wall."""
        x, y = cell
        return 0 <= y < self.height and 0 <= x < self.width and not self.opaque[y] >> x & 1

    def cover(self, start: Cell, end: Cell) -> Cover:
        """Return the cover the ground gives somebody in `end` against somebody in `start` (SRD 5.1, "Cover").

        Walls cover by how many lines from the best corner of `start` to the corners of `end` they cut; what is low or a
        pillar by lying between the centres. `total` means exactly: not visible.
        """
        found = self._covers.get((start, end))
        if found is None:
            found = self._covers[start, end] = self._cover(start, end)
        return found

    def light(self, cell: Cell) -> Light:
        """Return the light of the scene on a cell: lamps where they shine unobstructed, else what is all around."""
        if not self._lit:
            self._lit.update(_shine(self))
        return self._lit.get(cell, "dark")

    def view(self, cell: Cell) -> Rows:
        """Return everything in line of sight of a cell, walls that end it included, as bits by row."""
        found = self._views.get(cell)
        if found is None:
            found = self._views[cell] = field_of_view(self.opaque, self.width, cell)
        return found

    def region(self, cell: Cell) -> Rows:
        """Return the cells one can walk to from a cell with the doors as they are, itself included, as bits by row."""
        return self._region(cell)[0]

    def connected(self, cell: Cell) -> int:
        """Return the region of a cell as one flat set (`sight.flat`)."""
        return self._region(cell)[1]

    def standing(self, target: Cell, reach: int) -> int:
        """Return the cells within `reach` feet of a target from which it is seen, as one flat set."""
        found = self._standings.get((target, reach))
        if found is None:
            found = self._standings[target, reach] = flat(_near(self, target, reach), self.width)
        return found

    def _region(self, cell: Cell) -> tuple[Rows, int]:
        found = self._regions.get(cell)
        if found is None:
            rows = self._flood(cell)
            found = rows, flat(rows, self.width)
            self._regions.update(dict.fromkeys(_cells(rows), found))
        return found

    def _steps_from(self, start: Cell) -> dict[Cell, int]:
        x, y = start
        steps: dict[Cell, int] = {}
        for dx, dy in NEIGHBOURS:
            end = (x + dx, y + dy)
            if self._passable(end) and not (dx and dy and self._corner(start, end)):
                steps[end] = FEET_PER_CELL * STEP_COST.get(self.kinds[end], 1)
        return steps

    def _passable(self, cell: Cell) -> bool:
        return self.inside(cell) and not self.filled[cell[1]] >> cell[0] & 1

    def _corner(self, start: Cell, end: Cell) -> bool:
        return bool(self.filled[start[1]] >> end[0] & 1 or self.filled[end[1]] >> start[0] & 1)

    def _cover(self, start: Cell, end: Cell) -> Cover:
        if not self.visible(start, end):
            return "total"
        best = 0
        if crossed(self.pillars, start, end):
            best = 2
        elif crossed(self.low, start, end):
            best = 1
        return COVERS[max(best, _cut(self.opaque, start, end))]

    def _flood(self, start: Cell) -> Rows:
        rows = [0] * self.height
        edge = [start]
        rows[start[1]] |= 1 << start[0]
        while edge:
            here = edge.pop()
            for x, y in self.steps(here):
                if not rows[y] >> x & 1:
                    rows[y] |= 1 << x
                    edge.append((x, y))
        return tuple(rows)


def _cut(opaque: Rows, start: Cell, end: Cell) -> int:
    """How much walls cover: 0 nothing, 1 one or two lines of the best corner's four, 2 three or more."""
    walls = _between(opaque, start, end)
    if not walls:
        return 0
    fewest = min(sum(_blocked(walls, near, far) for far in _corners(end)) for near in _corners(start))
    return (fewest + 1) // 2


def _corners(cell: Cell) -> tuple[Cell, ...]:
    x, y = cell
    return (x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)


def _between(rows: Rows, start: Cell, end: Cell) -> list[Cell]:
    """The set cells in the rectangle that two cells span."""
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    span = (1 << right + 1) - (1 << left)
    return [
        (x, y) for y in range(top, bottom + 1) if rows[y] & span for x in range(left, right + 1) if rows[y] >> x & 1
    ]


def _blocked(walls: list[Cell], near: Cell, far: Cell) -> bool:
    """Whether the line between two corners goes through the inside of a wall."""
    (ax, ay), (bx, by) = near, far
    dx, dy = bx - ax, by - ay
    for x, y in walls:
        if max(ax, bx) <= x or min(ax, bx) >= x + 1 or max(ay, by) <= y or min(ay, by) >= y + 1:
            continue
        sides = [dx * (cy - ay) - dy * (cx - ax) for cx, cy in _corners((x, y))]
        if min(sides) < 0 < max(sides):
            return True
    return False


def _shine(grid: Grid) -> dict[Cell, Light]:
    lit: dict[Cell, Light] = {cell: "dark" if cell in grid.dark else grid.ground.light for cell in grid.kinds}
    for x, y, radius in grid.ground.lamps:
        for cell in glow(grid, (x, y), radius, "dim"):
            lit[cell] = "dim" if lit[cell] == "dark" else lit[cell]
        lit.update(dict.fromkeys(glow(grid, (x, y), radius, "bright"), "bright"))
    return lit


def glow(grid: Grid, source: Cell, radius: int, kind: Light) -> list[Cell]:
    """Return the cells that a light source makes at least bright (within its radius in feet) or dim (as far again)."""
    reach = (radius if kind == "bright" else 2 * radius) // FEET_PER_CELL
    x, y = source
    view = grid.view(source)
    across = range(max(0, x - reach), min(grid.width, x + reach + 1))
    return [
        (i, j) for j in range(max(0, y - reach), min(grid.height, y + reach + 1)) for i in across if view[j] >> i & 1
    ]


def can_stand(ground: Ground, cell: Cell) -> bool:
    """Whether a cell of a ground can ever be stood on; a shut door counts, it may be opened."""
    x, y = cell
    row = ground.rows[y]
    return x < len(row) and ground.legend.get(row[x], "wall") not in NEVER


def _cells(rows: Rows) -> list[Cell]:
    return [(x, y) for y, row in enumerate(rows) for x in range(row.bit_length()) if row >> x & 1]


def grid_from(ground: Ground, barred: frozenset[Cell] = frozenset(), dark: frozenset[Cell] = frozenset()) -> Grid:
    """Return the grid of a ground with some cells barred by shut doors and some out of reach of the general light."""
    width = max(map(len, ground.rows), default=0)
    kinds = {
        (x, y): ground.legend.get(glyph, "wall")
        for y, row in enumerate(ground.rows)
        for x, glyph in enumerate(row.ljust(width))
    }
    walls = frozenset(cell for cell, kind in kinds.items() if kind == "wall") | barred
    filled = walls | {cell for cell, kind in kinds.items() if kind in FILLING}
    low = frozenset(cell for cell, kind in kinds.items() if kind == "low")
    pillars = frozenset(cell for cell, kind in kinds.items() if kind == "pillar")
    height = len(ground.rows)
    opaque, solid, half, most = (_bits(cells, height) for cells in (walls, filled, low, pillars))
    return Grid(ground, width, height, kinds, opaque, solid, half, most, dark)


def _bits(cells: frozenset[Cell], height: int) -> Rows:
    rows = [0] * height
    for x, y in cells:
        if 0 <= y < height and x >= 0:
            rows[y] |= 1 << x
    return tuple(rows)


class _Plan(Struct):
    """What of a scene its grids are made from, and the grids so far, by which of its doors are shut."""

    ground: Ground
    dark: frozenset[Cell]
    doors: tuple[Feature, ...]
    grids: dict[tuple[bool, ...], Grid]


_MOST_GRIDS = 64


def grid_of(scene: Scene, feature_states: Mapping[str, str]) -> Grid:
    """Return the grid of a scene with its doors as they are; states not given are those the scene begins with."""
    plan = _plan(scene)
    shut = tuple([feature_states.get(door.id, door.state) in SHUT for door in plan.doors])
    grid = plan.grids.get(shut)
    return grid if grid is not None else _built(plan, shut)


@derived
def _plan(scene: Scene) -> _Plan:
    doors = tuple(feature for feature in scene.features if feature.blocks)
    return _Plan(scene.ground, _dark_cells(scene), doors, {})


def _built(plan: _Plan, shut: tuple[bool, ...]) -> Grid:
    barred = frozenset(cell for door, is_shut in zip(plan.doors, shut, strict=True) if is_shut for cell in door.cells)
    while len(plan.grids) >= _MOST_GRIDS:
        plan.grids.pop(next(iter(plan.grids)), None)
    plan.grids[shut] = grid_from(plan.ground, barred, plan.dark)
    return plan.grids[shut]


def _dark_cells(scene: Scene) -> frozenset[Cell]:
    areas = [zone.area for zone in scene.zones if zone.dark]
    rows = scene.ground.rows
    return frozenset((x, y) for y, row in enumerate(rows) for x in range(len(row)) if any((x, y) in a for a in areas))


_FIELD = grid_from(Ground(rows=("." * WIDEST,) * WIDEST, legend={".": "floor"}))


def open_field() -> Grid:
    """Return level, bright, empty ground, for a fight that stands in no scene."""
    return _FIELD


def zone_of(scene: Scene, cell: Cell) -> Zone | None:
    """Return the zone that names a cell: the first that holds it."""
    return _named(scene).get(cell)


@derived
def _named(scene: Scene) -> dict[Cell, Zone]:
    areas = [(zone, zone.area) for zone in reversed(scene.zones)]
    return {
        (x, y): zone
        for zone, area in areas
        for y in range(area.top, area.bottom + 1)
        for x in range(area.left, area.right + 1)
    }


def approachable(grid: Grid, start: Cell, target: Cell, reach: int) -> bool:
    """Whether somebody can walk to within `reach` feet of a target and see it from there, doors as they are."""
    return bool(grid.standing(target, reach) & grid.connected(start))


def _near(grid: Grid, target: Cell, reach: int) -> Rows:
    steps = reach // FEET_PER_CELL
    x, y = target
    span = (1 << x + steps + 1) - (1 << max(0, x - steps))
    return tuple(row & span if abs(j - y) <= steps else 0 for j, row in enumerate(grid.view(target)))

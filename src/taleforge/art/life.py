"""What lives in a landscape: fires, whoever walks there, dragons in the sky, and lightning.

Each is given the land. Does not paint what stands there.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from taleforge.art.buildings import TIMBER
from taleforge.art.fields import Field, Point, circle, ellipse, inflate, limb, line, polygon, union
from taleforge.art.plate import dimmed

if TYPE_CHECKING:
    from taleforge.art.scenes import Land

TAIL: Final[list[Point]] = [(-0.92, 0.34), (-0.70, 0.30), (-0.50, 0.16), (-0.28, 0.08)]
WING: Final[list[Point]] = [
    (0.10, 0.0), (0.08, -0.50), (-0.28, -0.98), (-0.34, -0.60), (-0.70, -0.66), (-0.54, -0.34), (-0.74, -0.18),
    (-0.40, -0.06), (-0.20, 0.06),
]  # fmt: skip
"""Shoulder and wrist, then the tips of three fingers with the web drawn in between; the head looks to the right."""
FAR_WING: Final[list[Point]] = [
    (0.16, -0.04), (0.30, -0.46), (0.40, -0.96), (0.20, -0.66), (0.02, -0.78), (0.02, -0.42), (-0.14, -0.40),
    (0.0, 0.0),
]  # fmt: skip


def fire(land: "Land", at: Point) -> None:
    """Paint a fire, and its light on everything around."""
    plate, (x, y) = land.plate, at
    for a, b in (((x - 0.10, y + 0.02), (x + 0.09, y - 0.03)), ((x - 0.09, y - 0.03), (x + 0.10, y + 0.02))):
        plate.put(limb(plate.x, plate.y, a, b, 0.02), (0.2, 0.12, 0.08), 0.4, far=0.0)
    sway = 0.03 * np.sin(plate.y * 24)
    for r, high, colour in (
        (0.080, 0.26, (0.92, 0.34, 0.08)),
        (0.055, 0.18, (1.0, 0.66, 0.16)),
        (0.03, 0.10, (1.0, 0.95, 0.66)),
    ):
        flame = union(
            circle(plate.x + sway, plate.y, (x, y - 0.03), r),
            limb(plate.x + sway, plate.y, (x, y - 0.04), (x, y - high), r * 0.8, 0.004),
            0.03,
        )
        plate.put(flame, colour, 1.2, far=0.0, whole=True, soft=0.008)
    plate.glow((x, y - 0.05), 0.42, (1.0, 0.62, 0.24), 0.5)


def traveller(land: "Land", at: Point) -> None:
    """Paint somebody small, for scale, in a cloak with a staff."""
    plate, (x, y), s = land.plate, at, 0.19
    part = plate.window(x - 0.3, y - 0.4, x + 0.3, y + 0.2)
    cloak = polygon(
        part.x,
        part.y,
        [(x - 0.10 * s, y - 0.86 * s), (x + 0.12 * s, y - 0.86 * s), (x + 0.36 * s, y), (x - 0.34 * s, y)],
    )
    part.put(
        cloak, (0.44, 0.16, 0.14), 0.30 + land.land * 0.5 - 0.5 * (part.x - x) * land.side / s, far=0.0, whole=True
    )
    part.put(
        circle(part.x, part.y, (x, y - 0.98 * s), 0.16 * s),
        (0.34, 0.12, 0.11),
        0.3 + land.land * 0.4,
        far=0.0,
        whole=True,
    )
    part.put(
        limb(part.x, part.y, (x - land.side * 0.42 * s, y), (x - land.side * 0.34 * s, y - 1.3 * s), 0.006),
        TIMBER,
        0.3,
        far=0.0,
        whole=True,
    )
    part.shade(ellipse(part.x, part.y, (x + land.side * 0.3 * s, y + 0.01), 0.6 * s, 0.07 * s), 0.5, 0.03)


def dragon(land: "Land") -> None:
    """Paint a dragon on the wing, on the free side of the sky, its head towards where to look."""
    plate, size = land.plate, 0.60
    middle = (-0.46 * land.side * plate.reach[0], -0.36 * plate.reach[1])
    x, y = (plate.x - middle[0]) * land.side / size, (plate.y - middle[1]) / size
    hide, web = (0.30, 0.11, 0.09), (0.44, 0.17, 0.11)
    plate.put(polygon(x, y, FAR_WING) * size, land.faded(dimmed(web, 0.7), 0.12), land.land * 0.55 + 0.08, far=0.5)
    body = np.minimum(line(x, y, TAIL, 0.03), limb(x, y, TAIL[-1], (0.05, 0.05), 0.04, 0.11))
    body = union(body, ellipse(x, y, (0.02, 0.05), 0.26, 0.12), 0.10)
    body = union(union(body, limb(x, y, (0.18, 0.0), (0.40, -0.16), 0.09, 0.055), 0.06), _head(x, y), 0.03)
    for hip, knee, claw in (((0.12, 0.10), (0.22, 0.20), (0.16, 0.30)), ((-0.12, 0.12), (-0.04, 0.24), (-0.14, 0.34))):
        body = np.minimum(body, np.minimum(limb(x, y, hip, knee, 0.05, 0.03), limb(x, y, knee, claw, 0.03, 0.010)))
    body = np.minimum(body, polygon(x, y, [(-1.02, 0.40), (-0.84, 0.26), (-0.80, 0.40)]))
    height = inflate(body * size, 0.06)
    plate.put(body * size, land.faded(hide, 0.06), plate.lit(height, 0.2) * (land.land + 0.30), far=0.48, rise=height)
    wing = polygon(x, y, WING)
    ribs = np.minimum.reduce([limb(x, y, WING[1], WING[tip], 0.022, 0.008) for tip in (0, 2, 4, 6)])
    shade = (land.land + 0.22) * (0.75 + 0.5 * np.clip(-y, 0, 1))
    plate.put(wing * size, land.faded(web, 0.08), shade, far=0.46, rise=0.1 * x)
    plate.put(ribs * size, land.faded(hide, 0.04), land.land * 0.9, far=0.45)
    eye = (middle[0] + 0.55 * size * land.side, middle[1] - 0.175 * size)
    plate.put(circle(plate.x, plate.y, eye, 0.012 * size / 0.6), (1.0, 0.8, 0.3), 1.2, part=True)


def _head(x: Field, y: Field) -> Field:
    """Return a head with its jaws open, horns swept back, at the end of a neck."""
    skull = union(
        limb(x, y, (0.40, -0.16), (0.56, -0.17), 0.05, 0.06),
        limb(x, y, (0.56, -0.17), (0.80, -0.13), 0.05, 0.022),
        0.03,
    )
    jaw = limb(x, y, (0.56, -0.13), (0.75, -0.01), 0.03, 0.010)
    horns = np.minimum(
        limb(x, y, (0.53, -0.20), (0.36, -0.34), 0.022, 0.003), limb(x, y, (0.57, -0.21), (0.46, -0.38), 0.02, 0.003)
    )
    return np.minimum(np.minimum(skull, jaw), horns)


def lightning(land: "Land") -> None:
    """Paint a bolt that strikes where to look."""
    plate, rng = land.plate, land.plate.rng
    points: list[Point] = [(land.focus * 0.4, -plate.reach[1])]
    while points[-1][1] < 0.0:
        points.append(
            (
                points[-1][0] + float(rng.uniform(-0.10, 0.12)) * land.side,
                points[-1][1] + float(rng.uniform(0.08, 0.16)),
            )
        )
    bolt = line(plate.x, plate.y, points, 0.006)
    air = plate.far > 0.9
    near = np.exp(-((np.clip(bolt, 0, 9) / 0.10) ** 2)) * 0.5 * air
    plate.rgb += near[..., None] * (np.asarray((0.85, 0.9, 1.0), np.float32) - plate.rgb)
    plate.put(np.where(air, bolt, 1.0), (1.0, 1.0, 1.0), 1.25, part=True)

"""Items: one thing on a cloth, lit from above, before a dark that its own light may fill.

Does not read prompts, and does not know how each thing looks: `arms`, `gear` and `treasures` do.
"""

from typing import Final

import numpy as np

from taleforge.art import arms, gear, treasures
from taleforge.art.bench import Bench
from taleforge.art.fields import Field, bump, circle
from taleforge.art.plate import Colour, Plate, dimmed
from taleforge.art.reading import Subject


def item(plate: Plate, subject: Subject) -> None:
    """Paint an item."""
    bench = Bench(plate, subject)
    shape = subject.traits.get("shape", "sack")
    _table(plate, bench)
    bench.plate = plate.closer(1.12)
    before = plate.thing.copy()
    _THINGS[shape](bench)
    _cast(plate, plate.thing != before)
    if subject.has("magic", "fire"):
        _flames(plate, plate.thing != before)
    if bench.magic is not None:
        _aura(plate, bench.magic, plate.thing != before)


def _table(plate: Plate, bench: Bench) -> None:
    drift, tint = plate.clouds(3), np.asarray(bench.tint, np.float32)
    wall = 0.40 + 0.26 * (1.0 - tint)
    pool = bump(plate.x, plate.y, (plate.light[0] * 0.2, -0.05), 0.85, 0.85)
    plate.rgb[:] = wall * (0.8 + 0.4 * drift[..., None])
    plate.tone[:] = 0.12 + 0.66 * pool + 0.12 * (drift - 0.5)
    ring = np.abs(circle(plate.x, plate.y, (0.0, 0.0), 0.80)) - 0.006
    plate.put(ring, dimmed(bench.gold, 0.9), 0.5, part=True)
    plate.put(np.abs(circle(plate.x, plate.y, (0.0, 0.0), 0.85)) - 0.012, dimmed(bench.gold, 0.9), 0.5, part=True)
    turn = np.arctan2(plate.y, plate.x)
    rays = np.maximum(
        np.abs(((turn / (2 * np.pi) * 24) % 1.0) - 0.5) * 0.22 - 0.016,
        np.abs(np.hypot(plate.x, plate.y) - 0.90) - 0.022,
    )
    plate.put(rays, dimmed(bench.gold, 0.9), 0.45, part=True)
    plate.rise[:] = 0.2 * drift


def _cast(plate: Plate, on: Field) -> None:
    """Let the thing throw its shadow away from the light."""
    size = plate.shape[0]
    shift = (int(-plate.light[1] * size * 0.05), int(-plate.light[0] * size * 0.05))
    shadow = np.roll(on.astype(np.float32), shift, (0, 1))
    for axis in (0, 1):
        reach = max(1, size // 60)
        shadow = sum(np.roll(shadow, by, axis) for by in range(-2 * reach, 2 * reach + 1, reach)) / 5.0
    plate.tone *= 1.0 - 0.62 * np.where(on, 0.0, shadow)


def _flames(plate: Plate, on: Field) -> None:
    """Let tongues of fire rise from a thing, hottest where they leave it."""
    size, heat = plate.shape[0], on.astype(np.float32)
    for rise in range(1, 9):
        heat += np.roll(on, -rise * size // 44, 0) * (1.0 - rise / 9)
    for axis in (0, 1, 1):
        heat = (heat + np.roll(heat, size // 70, axis) + np.roll(heat, -size // 70, axis)) / 3.0
    tongues = plate.clouds(11, 5, 3)
    burn = np.clip(heat * 0.42 - 1.5 * np.abs(tongues - 0.5) - 0.1, 0, 1) * np.where(on, 0.35, 1.0)
    warm = np.asarray((0.92, 0.26, 0.05), np.float32) + burn[..., None] * np.asarray((0.08, 0.62, 0.40), np.float32)
    cover = np.clip(burn * 2.2, 0, 0.95)
    plate.rgb += cover[..., None] * (np.clip(warm, 0, 1) - plate.rgb)
    plate.tone += cover * (1.15 - plate.tone)


def _aura(plate: Plate, colour: Colour, on: Field) -> None:
    near = bump(plate.x, plate.y, (0.0, 0.0), 0.62, 0.62)
    wisps = np.clip(plate.clouds(6, 6, 3) * 2.0 - 0.75, 0, 1)
    much = near * (0.25 + 0.6 * wisps) * np.where(on, 0.30, 0.95)
    plate.rgb += much[..., None] * (np.asarray(colour, np.float32) - plate.rgb)
    plate.tone += much * (1.1 - plate.tone)
    for _ in range(14):
        turn, r = plate.rng.uniform(0, 2 * np.pi), plate.rng.uniform(0.35, 0.74)
        spark = circle(
            plate.x, plate.y, (float(r * np.cos(turn)), float(r * np.sin(turn))), float(plate.rng.uniform(0.006, 0.016))
        )
        plate.put(spark, dimmed(colour, 1.3), 1.2, part=True, soft=0.02)


_THINGS: Final = {**arms.THINGS, **gear.THINGS, **treasures.THINGS}

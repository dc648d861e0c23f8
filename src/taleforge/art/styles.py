"""What turns a plate into a picture: gouache, ink and wash, woodcut, leaded glass.

Each takes colours, light and edges from the plate and frames the result. Does not know what is shown.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from taleforge.art.fields import Field, box, clouds, noise, step
from taleforge.art.plate import AIR, Plate
from taleforge.art.values import Style

INK: Final = np.asarray((0.10, 0.09, 0.11), np.float32)
DAY: Final = np.asarray((1.0, 0.92, 0.7), np.float32)
RED_PANE: Final = np.asarray((0.62, 0.12, 0.10), np.float32)
BLUE_PANE: Final = np.asarray((0.12, 0.22, 0.58), np.float32)
PAPER: Final = np.asarray((0.95, 0.91, 0.82), np.float32)


def gouache(plate: Plate) -> Field:
    """Return a painting: warm light, cool shadow, broad strokes and finer ones for faces, a soft edge of canvas."""
    rough = clouds(plate.rng, plate.shape, (26, 26), 2)
    tone = plate.tone + 0.07 * (rough - 0.5)
    lit = _lit(plate.rgb, tone)
    fine = np.isin(plate.thing, list(plate.whole))[..., None] * 0.6
    broad = _strokes(_wandered(plate, lit, 0.012), max(2, min(plate.shape) // 150))
    lit = broad + fine * (lit - broad)
    contour = np.clip(_lines(plate, 0.7 * max(1.0, min(plate.shape) / 420)) * 0.5 * (1.15 - plate.tone), 0, 0.5)
    lit *= 1.0 - contour[..., None]
    lit += 0.05 * (rough - 0.5)[..., None]
    lit += 0.035 * (plate.rng.random(plate.shape, np.float32) - 0.5)[..., None]
    lit *= _vignette(plate, 0.45)[..., None]
    edge = _frame(plate, 0.055) + 0.02 * (rough - 0.5)
    return _over(lit, PAPER, step(-edge, 3 * plate.px))


def ink(plate: Plate) -> Field:
    """Return ink and wash on paper: a few thin tones, darker where a wash has dried, and a line that swells."""
    shape = plate.shape
    wet = clouds(plate.rng, shape, (9, 9), 3)
    tone = np.clip(_value(plate) + 0.22 * (wet - 0.5), 0, 1)
    wash = np.zeros(shape, np.float32)
    for level, depth in ((0.62, 0.24), (0.40, 0.30), (0.24, 0.42), (0.12, 0.5)):
        cover = step(tone - level, 0.07)
        rim = cover * (1.0 - step(tone - level + 0.035, 0.05))
        wash = wash + depth * cover * (1.0 - 0.45 * wash) + 0.10 * rim
    grain = 1.0 - 0.16 * plate.rng.random(shape, np.float32) * np.clip(wash, 0, 1)
    paper = PAPER * (0.975 + 0.05 * noise(plate.rng, shape, (90, 90)))[..., None]
    tint = _saturated(plate.rgb, 1.05)
    dye = np.clip(0.62 * wash + 0.16, 0, 0.62)[..., None]
    colour = paper * (1.0 - dye) + tint * paper * dye * 1.15
    colour *= (1.0 - np.clip(wash * 0.66 * grain, 0, 0.94))[..., None]
    hand = 0.6 + 0.8 * noise(plate.rng, shape, (7, 7))
    lines = _lines(plate, hand * (1.35 - 0.7 * plate.tone) * max(1.0, shape[0] / 420))
    colour = _over(colour, INK, lines * 0.93)
    edge = _frame(plate, 0.10) + 0.10 * (clouds(plate.rng, shape, (6, 6), 3) - 0.5)
    return _over(colour, paper, step(-edge, 0.05))


def woodcut(plate: Plate) -> Field:
    """Return a print from two blocks: black lines that follow each form and thin out in the light, and one colour."""
    value = np.clip(_value(plate) * 1.12 - 0.02, 0, 1)
    period = 0.030
    wander = 0.02 * clouds(plate.rng, plate.shape, (5, 5), 2)
    tilt = np.where(plate.thing % 3 == 0, 0.55, np.where(plate.thing % 3 == 1, -0.35, 0.12))
    tilt = np.where(plate.thing == AIR, 0.0, tilt)
    phase = (plate.y + tilt * plate.x + 0.42 * plate.rise + wander) / period
    wave = np.abs((phase % 1.0) * 2.0 - 1.0)
    ink_ = step(wave - np.clip(1.06 - 1.35 * value, -0.2, 1.2), 2.6 * plate.px / period)
    second = np.abs(((plate.x - tilt * plate.y + 0.35 * plate.rise) / period % 1.0) * 2.0 - 1.0)
    ink_ = np.maximum(ink_, step(second - np.clip(0.72 - 2.6 * value, -0.2, 1.2), 2.6 * plate.px / period))
    ink_ = np.maximum(ink_, _lines(plate, 1.5 * max(1.0, plate.shape[0] / 420)))
    spot, warm = _spot(plate)
    flat = _over(np.broadcast_to(PAPER, plate.rgb.shape), spot, warm * 0.86)
    worn = noise(plate.rng, plate.shape, (120, 120))
    print_ = _over(flat, INK, ink_ * np.where(worn > 0.94, 0.55, 0.97))
    edge = _frame(plate, 0.055)
    print_ = _over(print_, PAPER, step(-edge, 1.5 * plate.px))
    border = np.abs(edge + 0.022) - 0.012
    return _over(print_, INK, step(border, 1.5 * plate.px))


def glass(plate: Plate) -> Field:
    """Return a leaded window with the light behind it; faces and what is small are painted upon one pane."""
    shape = plate.shape
    cell, seam = _panes(plate)
    small = np.isin(plate.thing, list(plate.whole))
    pane = np.where(small, 0, cell) + plate.thing.astype(np.int32) * 4_096
    shade = noise(plate.rng, (64, 64), (64, 64)).ravel()[pane % 4_093 % 4_096]
    value = np.clip(plate.tone, 0, 1.1)
    steps = np.where(small, value, np.round(value * 4) / 4 * 0.5 + value * 0.5)
    bubbles = 0.94 + 0.12 * clouds(plate.rng, shape, (22, 22), 2)
    light = (0.30 + 0.95 * steps) * np.where(small, 1.0, 0.80 + 0.42 * shade) * bubbles
    colour = _saturated(plate.rgb, 1.75) * light[..., None]
    colour += 0.16 * np.exp(-((plate.x - plate.light[0]) ** 2 + (plate.y - plate.light[1]) ** 2))[..., None] * DAY
    lead = np.maximum(
        _lines(plate, 2.1 * max(1.0, shape[0] / 420)), np.where(small, 0.0, step(seam - 0.010, 2 * plate.px))
    )
    arch = _arch(plate)
    colour = _bordered(plate, colour, arch)
    lead = np.maximum(lead, 0.0) * step(arch + 0.13, 2 * plate.px)
    lead = np.maximum(lead, step(np.abs(arch + 0.13) - 0.013, 2 * plate.px))
    sheen = 0.10 + 0.10 * noise(plate.rng, shape, (40, 40))
    colour = _over(colour, np.asarray((0.9, 0.9, 1.0), np.float32) * sheen[..., None], lead)
    stone = np.asarray((0.20, 0.19, 0.19), np.float32) * (0.7 + 0.6 * clouds(plate.rng, shape, (14, 14), 4))[..., None]
    stone *= (0.7 + 0.5 * step(arch - 0.05, 0.06))[..., None]
    return _over(colour, stone, step(-arch, 2 * plate.px))


STYLES: Final[dict[Style, Callable[[Plate], Field]]] = {
    "gouache": gouache, "ink": ink, "woodcut": woodcut, "glass": glass,
}  # fmt: skip


def _lit(rgb: Field, tone: Field) -> Field:
    """Return colours in the light that falls on them: shadows lean to blue, lights to yellow."""
    t = np.clip(tone, 0.0, 1.25)[..., None]
    shadow = rgb * np.asarray((0.20, 0.20, 0.32), np.float32) + np.asarray((0.015, 0.015, 0.045), np.float32)
    light = rgb * np.asarray((1.14, 1.07, 0.94), np.float32) + np.asarray((0.06, 0.05, 0.02), np.float32)
    return shadow + (light - shadow) * t


def _value(plate: Plate) -> Field:
    """Return how bright each pixel is in black and white."""
    return (plate.rgb @ np.asarray((0.34, 0.50, 0.16), np.float32)) ** 0.55 * (0.12 + 1.05 * plate.tone)


def _saturated(rgb: Field, by: float) -> Field:
    grey = rgb.mean(axis=2, keepdims=True)
    return np.clip(grey + (rgb - grey) * by, 0.02, 1.0)


def _over(under: Field, colour: Field, cover: Field) -> Field:
    return under + cover[..., None] * (colour - under)


def _wandered(plate: Plate, image: Field, by: float) -> Field:
    """Return an image whose edges wander as a brush does."""
    rows, columns = plate.shape
    reach = by / plate.px
    down = (noise(plate.rng, plate.shape, (38, 38)) - 0.5) * reach
    across = (noise(plate.rng, plate.shape, (38, 38)) - 0.5) * reach
    at_row = np.clip(np.arange(rows)[:, None] + down, 0, rows - 1).astype(np.int32)
    at_column = np.clip(np.arange(columns)[None, :] + across, 0, columns - 1).astype(np.int32)
    return image.reshape(-1, 3)[(at_row * columns + at_column)]


def _strokes(image: Field, r: int) -> Field:
    """Return an image in dabs: each pixel takes the calmest of the four squares that touch it (Kuwahara's filter)."""
    value = image.mean(axis=2)
    mean = _blurred(np.dstack([image, value, value * value]), r)
    unrest = mean[..., 4] - mean[..., 3] ** 2
    best, calm = mean[..., :3].copy(), np.full(value.shape, np.inf, np.float32)
    for down in (-r, r):
        for across in (-r, r):
            there = np.roll(unrest, (down, across), (0, 1))
            better = there < calm
            calm = np.where(better, there, calm)
            best = np.where(better[..., None], np.roll(mean[..., :3], (down, across), (0, 1)), best)
    return best


def _blurred(image: Field, r: int) -> Field:
    """Return the mean of the square of `r` to each side of each pixel."""
    size = 2 * r + 1
    padded = np.pad(image, ((r, r), (r, r), (0, 0)), mode="edge").astype(np.float32)
    rows, columns = image.shape[:2]
    down = np.add.reduce([padded[at : at + rows] for at in range(size)])
    total: Field = np.add.reduce([down[:, at : at + columns] for at in range(size)])
    return total / np.float32(size * size)


def _lines(plate: Plate, weight: Field | float) -> Field:
    """Return where one thing ends and another begins, as lines so many pixels wide."""
    thing = plate.thing
    edge = np.zeros(plate.shape, np.float32)
    edge[:, 1:] = thing[:, 1:] != thing[:, :-1]
    edge[1:] = np.maximum(edge[1:], thing[1:] != thing[:-1])
    near = _blurred(edge[..., None], 2)[..., 0] * 5.0
    return np.clip(near * weight - 0.35, 0.0, 1.0)


def _vignette(plate: Plate, by: float) -> Field:
    across, down = plate.reach
    return 1.0 - by * np.clip((plate.x / across) ** 2 * 0.5 + (plate.y / down) ** 2 * 0.5 - 0.25, 0, 1)


def _frame(plate: Plate, margin: float) -> Field:
    """Return the distance to what is inside a margin."""
    across, down = plate.reach
    return box(plate.x, plate.y, (0.0, 0.0), (across - margin, down - margin), 0.02)


def _spot(plate: Plate) -> tuple[Field, Field]:
    """Return the colour that most of what is coloured has, and where it is printed."""
    rgb = plate.rgb
    strength = rgb.max(axis=2) - rgb.min(axis=2)
    free = (plate.thing != AIR) & ~np.isin(plate.thing, list(plate.whole))
    near = free * strength**2
    mean = (rgb * near[..., None]).sum(axis=(0, 1)) / max(float(near.sum()), 1e-6)
    spot = _saturated(mean[None, None, :], 1.7)[0, 0]
    spot = np.clip(spot / max(float(spot.max()), 1e-3) * 0.78, 0.1, 1.0)
    alike = (rgb - rgb.mean(axis=2, keepdims=True)) @ (mean - mean.mean())
    alike /= max(float(((mean - mean.mean()) ** 2).sum()), 1e-4)
    return spot.astype(np.float32), step(0.45 - alike, 0.12) * free


def _panes(plate: Plate) -> tuple[Field, Field]:
    """Return for each pixel the number of its pane, and how far it is from the next."""
    size = 0.26
    gx, gy = np.floor(plate.x / size).astype(np.int32), np.floor(plate.y / size).astype(np.int32)
    left, top = gx.astype(np.float32), gy.astype(np.float32)
    jitter = plate.rng.random((64, 64, 2), np.float32) * np.float32(0.8) + np.float32(0.1)
    first, second = np.full(plate.shape, 9.0, np.float32), np.full(plate.shape, 9.0, np.float32)
    cell = np.zeros(plate.shape, np.int32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            cx, cy = (gx + dx) % 64, (gy + dy) % 64
            shift = jitter[cy, cx]
            across, down = (left + shift[..., 0]) * size, (top + shift[..., 1]) * size
            across += dx * size - plate.x
            down += dy * size - plate.y
            d = across * across + down * down
            nearer = d < first
            second = np.where(nearer, first, np.minimum(second, d))
            cell = np.where(nearer, cy * 64 + cx, cell)
            first = np.where(nearer, d, first)
    return cell, (np.sqrt(second) - np.sqrt(first)) * np.float32(0.5)


def _arch(plate: Plate) -> Field:
    """Return the distance to a pointed window."""
    across, down = plate.reach[0] - 0.06, plate.reach[1] - 0.06
    spring = -down + across * 1.1
    lobe = np.maximum(
        np.hypot(plate.x + across * 0.35, plate.y - spring) - across * 1.35,
        np.hypot(plate.x - across * 0.35, plate.y - spring) - across * 1.35,
    )
    straight = np.maximum(np.abs(plate.x) - across, plate.y - down)
    return np.where(plate.y < spring, np.maximum(lobe, straight), straight)


def _bordered(plate: Plate, colour: Field, arch: Field) -> Field:
    """Return a window with a border of small panes in two colours."""
    band = (arch > -0.13) & (arch < 0)
    beat = ((plate.y + 0.37 * np.abs(plate.x)) / 0.13) % 2.0
    tones = (
        np.where((beat < 1.0)[..., None], RED_PANE, BLUE_PANE)
        * (0.75 + 0.5 * noise(plate.rng, plate.shape, (30, 30)))[..., None]
    )
    joint = np.abs((beat % 1.0) - 0.5) > 0.43
    tones = np.where(joint[..., None], np.float32(0.12), tones)
    return np.where(band[..., None], tones, colour)

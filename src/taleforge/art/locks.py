"""Hair, beards and horns. Does not paint the face under them."""

import numpy as np

from taleforge.art.fields import Field, ellipse, inflate, limb, noise, union
from taleforge.art.plate import Plate
from taleforge.art.sitters import Sitter


def behind(plate: Plate, s: Sitter) -> None:
    """Paint the hair that falls behind the neck."""
    style = s.cut
    if style not in {"long", "wild"} or s.own("cover") in {"hood", "helmet"}:
        return
    x, y = s.at
    low = y + s.high * (1.85 if style == "long" else 1.05)
    grow = 0.10 if style == "long" else 0.14
    part = plate.window(x - 0.8, y - 0.75, x + 0.8, low + 0.3)
    d = ellipse(part.x, part.y, (x, y - 0.05), s.wide + grow, s.high + 0.08)
    for side in (-1.0, 1.0):
        fall = limb(part.x, part.y, (x + side * s.wide * 0.8, y), (x + side * (s.wide + 0.02), low), 0.15, 0.07)
        d = union(d, fall, 0.12)
    d = d + 0.05 * (_strands(part, part.x * 9, 0.5) - 0.5)
    height = inflate(d, 0.2) + 0.05 * _strands(part, part.x * 22 + 1.5 * np.sin(part.y * 5), 0.7)
    part.put(d, s.hair, part.lit(height, 0.12) * 0.75, rise=height, far=0.3)


def before(plate: Plate, s: Sitter) -> None:
    """Paint the hair over the brow, and horns."""
    if s.ancestry in {"tiefling", "dragonborn"}:
        _horns(plate, s)
    style = s.cut
    if style == "bald" or s.own("cover") in {"hood", "helmet"}:
        return
    x, y = s.at
    part = plate.window(x - 0.7, y - 0.8, x + 0.7, y + 0.75)
    puff = 0.10 if style == "wild" else 0.055
    cap = ellipse(part.x, part.y, (x, y - 0.10 * s.high), s.wide + puff, s.high * 0.90 + puff)
    parting = x - s.turn * 1.2
    side = (part.x - parting) / s.wide
    line_ = (
        s.eye_line
        - (0.30 if not s.old or s.feminine else 0.37) * s.high / 0.44
        + 0.17 * np.clip(np.abs(side), 0, 1.1) ** 2.6
    )
    low = s.eye_line + (0.02 if style == "short" else 0.30 if style == "wild" else 0.55)
    temple = np.abs(part.x - x) - (
        s.wide * (0.94 if style == "long" else 0.86) - 0.10 * np.clip((part.y - s.eye_line) / 0.3, 0, 1)
    )
    brow = np.where(part.y < s.eye_line - 0.02, np.minimum(part.y - line_, -temple), np.maximum(-temple, part.y - low))
    tuft = (0.02 if style == "long" else 0.035) * (_strands(part, side * 9 + 2 * np.sin(part.y * 7), 0.5) - 0.5)
    d = np.maximum(cap, brow) + tuft
    flow = side * 24 / (0.55 + np.abs(part.y - y + s.high) * 1.3)
    height = inflate(cap, 0.22) + 0.045 * _strands(part, flow, 0.75)
    part.put(d, s.hair, part.lit(height, 0.14), rise=height, far=0.12)


def beard(plate: Plate, s: Sitter) -> None:
    """Paint a beard."""
    if s.beard in {"", "none"}:
        return
    colour = s.subject.colours.get("beard", s.hair)
    nose = s.eye_line + 0.17 * (0.8 + 0.2 * s.nose)
    part = plate.window(s.at[0] - 0.65, nose - 0.5, s.at[0] + 0.65, 1.2)
    if s.beard != "moustache":
        _chin(part, s, colour, nose, 0.52 if s.beard == "long" or s.ancestry == "dwarf" else 0.17)
    for side in (-1.0, 1.0):
        start, end = (s.axis + side * 0.012, nose + 0.062), (s.axis + side * 0.17, nose + 0.135)
        d = limb(part.x, part.y, start, end, 0.034, 0.010) + 0.012 * (_strands(part, part.x * 40, 0.4) - 0.5)
        height = inflate(d, 0.04) + 0.012 * _strands(part, part.x * 46 + part.y * 30 * side, 0.7)
        part.put(d, colour, part.lit(height, 0.2), rise=height, part=s.beard == "moustache")


def _chin(part: Plate, s: Sitter, colour: tuple[float, float, float], nose: float, length: float) -> None:
    x, y = s.axis, s.at[1] + s.high * 0.66
    jaw = ellipse(part.x, part.y, (s.at[0] + s.turn * 0.5, y - 0.02), s.wide * 0.95, s.high * 0.52)
    tip = limb(part.x, part.y, (x, y + 0.05), (x + 0.02, y + 0.1 + length), s.jaw + 0.08, 0.05)
    d = union(jaw, tip, 0.12)
    cheek = nose + 0.055 - 0.75 * np.clip(np.abs(part.x - x) - 0.13, 0, 1) ** 1.15
    lips = ellipse(part.x, part.y, (x, nose + 0.145), 0.085, 0.034)
    d = np.maximum(np.maximum(d, cheek - part.y), -lips)
    fan = (part.x - x) * 17 / (0.5 + 0.5 * np.clip(1.0 - (part.y - y) / 0.9, 0, 2))
    d = d + 0.045 * (_strands(part, fan, 0.5) - 0.5)
    height = inflate(d, 0.16) + 0.055 * _strands(part, fan * 1.9 + 1.3 * np.sin(part.y * 6), 0.75)
    part.put(d, colour, part.lit(height, 0.14), rise=height, far=0.12)


def _horns(plate: Plate, s: Sitter) -> None:
    for side in (-1.0, 1.0):
        root = (s.at[0] + side * s.wide * 0.62, s.at[1] - s.high * 0.62)
        part = plate.window(root[0] - 0.5, -1.2, root[0] + 0.5, root[1] + 0.2)
        bend, tip = (root[0] + side * 0.20, root[1] - 0.18), (root[0] + side * 0.17, root[1] - 0.42)
        d = union(limb(part.x, part.y, root, bend, 0.085, 0.055), limb(part.x, part.y, bend, tip, 0.055, 0.006), 0.03)
        height = inflate(d, 0.08) + 0.012 * np.sin(part.y * 70 + part.x * 30 * side)
        part.put(d, (0.34, 0.28, 0.24), part.lit(height), rise=height)


def _strands(part: Plate, across: Field, wander: float) -> Field:
    """Return ridges between 0 and 1 that run along where `across` does not change."""
    drift = noise(part.rng, part.shape, (5, 9)) * 6.0 * wander
    return 0.5 + 0.30 * np.sin(across * 2.0 + drift) + 0.20 * np.sin(across * 5.3 - drift * 1.7)

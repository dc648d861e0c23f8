"""Portraits: head and shoulders before a wall, turned a little, with the light from one side.

The face is a landscape: a round head with hills for nose, cheeks and chin and hollows for the eyes, and the light on
it is computed from its slopes. Does not read prompts.
"""

import numpy as np

from taleforge.art import attire, locks
from taleforge.art.beasts import beast
from taleforge.art.fields import Field, bump, circle, ellipse, inflate, limb, line, union
from taleforge.art.plate import Colour, Plate
from taleforge.art.reading import Subject
from taleforge.art.sitters import Sitter, sitter_of


def portrait(plate: Plate, subject: Subject) -> None:
    """Paint a portrait."""
    sitter = sitter_of(plate, subject)
    _wall(plate, sitter)
    if "beast" in subject.traits and not {"ancestry", "calling"} & subject.traits.keys():
        beast(plate, subject.traits["beast"], subject.colours.get("hair") or subject.colours.get(""))
        return
    plate = plate.closer(1.02 if sitter.own("cover") == "hat" else 1.18)
    locks.behind(plate, sitter)
    attire.behind(plate, sitter)
    attire.shoulders(plate, sitter)
    _neck(plate, sitter)
    attire.garb(plate, sitter)
    _ears(plate, sitter)
    _face(plate, sitter)
    _eyes(plate, sitter)
    locks.beard(plate, sitter)
    _mouth(plate, sitter)
    _brows(plate, sitter)
    _marks(plate, sitter)
    locks.before(plate, sitter)
    attire.cover(plate, sitter)


def _wall(plate: Plate, sitter: Sitter) -> None:
    """Paint what is behind: brighter on the side away from the light, so that the dark cheek stands against it."""
    drift = plate.clouds(3)
    rise = 0.45 * bump(plate.x, plate.y, (-plate.light[0] * 0.5, -0.25), 0.95, 0.9)
    plate.rgb[:] = np.asarray(sitter.wall, np.float32) * (0.75 + 0.5 * drift[..., None])
    plate.tone[:] = 0.26 + rise + 0.16 * (drift - 0.5)
    plate.rise[:] = 0.25 * drift


def _neck(plate: Plate, sitter: Sitter) -> None:
    x, y = sitter.at[0], sitter.at[1] + sitter.high
    thick = sitter.jaw * (0.72 if sitter.feminine else 0.9) + 0.03
    part = plate.window(x - 0.4, y - 0.4, x + 0.4, y + 0.4)
    d = limb(part.x, part.y, (x, y - 0.3), (x - sitter.turn * 0.5, y + 0.2), thick, thick * 1.15)
    height = inflate(d, thick)
    part.put(d, sitter.skin, part.lit(height) * 0.72, rise=height, whole=True)
    part.shade(
        ellipse(part.x, part.y, (sitter.axis - part.light[0] * 0.1, y - 0.02), sitter.wide * 0.8, 0.14), 0.5, 0.14
    )


def _ears(plate: Plate, sitter: Sitter) -> None:
    x, y = sitter.at[0], sitter.eye_line + 0.04
    length = {"elf": 0.30, "goblin": 0.44, "tiefling": 0.2, "gnome": 0.17, "orc": 0.16}.get(sitter.ancestry, 0.0)
    for side in (-1.0, 1.0):
        root = (x + side * (sitter.wide - 0.03), y)
        part = plate.window(root[0] - 0.5, y - 0.4, root[0] + 0.5, y + 0.3)
        if length:
            tip = (root[0] + side * length * 0.8, y - length * 0.62)
            d = union(limb(part.x, part.y, root, tip, 0.075, 0.008), circle(part.x, part.y, root, 0.08), 0.04)
        else:
            d = ellipse(part.x, part.y, (root[0] + side * 0.025, y), 0.055, 0.11)
        height = inflate(d, 0.09) - 0.5 * inflate(d + 0.03, 0.05)
        part.put(d, _warm(sitter.skin), part.lit(height), rise=height, whole=True)


def _outline(part: Plate, sitter: Sitter) -> Field:
    x, y = sitter.at
    skull = ellipse(part.x, part.y, (x, y - 0.10 * sitter.high), sitter.wide, sitter.high * 0.88)
    cheeks = ellipse(
        part.x, part.y, (x + sitter.turn * 0.3, y + 0.22 * sitter.high), sitter.wide * 0.88, sitter.high * 0.52
    )
    chin = ellipse(part.x, part.y, (x + sitter.turn * 0.6, y + 0.66 * sitter.high), sitter.jaw, sitter.high * 0.33)
    return union(union(skull, cheeks, 0.06), chin, 0.16)


def _face(plate: Plate, sitter: Sitter) -> None:
    x, y = sitter.at
    part = plate.window(x - 0.6, y - 0.65, x + 0.6, y + 0.65)
    d = _outline(part, sitter)
    height = 0.85 * inflate(d, 0.34) + _features(part, sitter)
    if sitter.ancestry == "dragonborn":
        height += 0.012 * (np.cos(part.x * 70) * np.cos(part.y * 70 + part.x * 20)) ** 2
    skin = _flushed(part, sitter)
    part.put(d, skin, part.lit(height), rise=height * 1.2, far=0.15, whole=True)


def _features(part: Plate, s: Sitter) -> Field:
    """Return the hills and hollows of a face."""
    x, y, axis, eyes, n = part.x, part.y, s.axis, s.eye_line, s.nose
    tip = eyes + 0.17 * (0.8 + 0.2 * n)
    far = axis + s.turn * 0.5
    spread = s.spread
    h = 0.055 * (0.6 + 0.4 * n) * np.exp(-((limb(x, y, (axis, eyes - 0.04), (far, tip), 0.0) / 0.036) ** 2))
    h = h + 0.075 * n * bump(x, y, (far, tip), 0.050 * (0.7 + 0.3 * n), 0.040)
    h = (
        h
        - 0.03 * bump(x, y, (axis, tip + 0.075), 0.03, 0.04)
        + 0.028 * bump(x, y, (axis, s.at[1] + 0.83 * s.high), 0.11, 0.09)
    )
    for side in (-1.0, 1.0):
        h = h + 0.028 * n * bump(x, y, (far + side * 0.048 * (0.6 + 0.4 * n), tip + 0.012), 0.03, 0.028)
        h = h - (0.16 if s.ancestry == "undead" else 0.065) * bump(x, y, (axis + side * spread, eyes), 0.10, 0.062)
        h = h + (0.02 if s.feminine else 0.045) * bump(x, y, (axis + side * spread, eyes - 0.10), 0.13, 0.036)
        h = h + 0.055 * bump(x, y, (s.at[0] + side * s.wide * 0.62, eyes + 0.17), 0.12, 0.08)
        h = h - (0.055 if s.old else 0.022) * bump(x, y, (s.at[0] + side * s.wide * 0.55, eyes + 0.32), 0.09, 0.10)
        if s.old:
            fold = limb(x, y, (far + side * 0.08, tip + 0.01), (axis + side * 0.15, tip + 0.14), 0.0)
            h = (
                h
                - 0.014 * np.exp(-((fold / 0.014) ** 2))
                - 0.012 * bump(x, y, (axis + side * spread, eyes + 0.075), 0.075, 0.012)
            )
    if s.old:
        h = h + 0.006 * np.cos((y - 0.06 * np.cos((x - axis) * 5)) * 95) * bump(x, y, (axis, eyes - 0.23), 0.19, 0.09)
    return h


def _warm(skin: Colour) -> Colour:
    return min(1.0, skin[0] * 1.04), skin[1] * 0.88, skin[2] * 0.86


def _flushed(part: Plate, s: Sitter) -> Field:
    """Return the skin with its blood: cheeks, nose and ears are warmer, the chin of the unshaven cooler."""
    colour = np.ones((*part.shape, 3), np.float32) * np.asarray(s.skin, np.float32)
    if s.ancestry in {"undead", "dragonborn"}:
        return colour * (0.9 + 0.2 * part.clouds(7)[..., None])
    red = sum(
        bump(part.x, part.y, (s.axis + side * 0.58 * s.wide, s.eye_line + 0.19), 0.12, 0.085) for side in (-1.0, 1.0)
    )
    red = red * 0.55 + 0.6 * s.nose * bump(part.x, part.y, (s.axis + s.turn * 0.5, s.eye_line + 0.17), 0.07, 0.05)
    warm = np.asarray((0.05, -0.10, -0.09), np.float32)
    return np.clip(colour + np.clip(red, 0, 1.2)[..., None] * warm * (0.6 + s.skin[1]), 0, 1)


def _eyes(plate: Plate, s: Sitter) -> None:
    glowing = s.own("mark") == "glow" or (s.ancestry == "undead")
    for side in (-1.0, 1.0):
        at = (s.axis + side * s.spread, s.eye_line)
        part = plate.window(at[0] - 0.16, at[1] - 0.12, at[0] + 0.16, at[1] + 0.12)
        if glowing:
            part.put(ellipse(part.x, part.y, at, 0.085, 0.065), (0.06, 0.05, 0.05), 0.25, part=True, soft=0.03)
            part.glow(at, 0.05, s.subject.colours.get("eyes", (0.55, 0.95, 0.75)), 0.95)
        else:
            _eye(part, s, at, side)


def _eye(part: Plate, s: Sitter, at: tuple[float, float], side: float) -> None:
    """Paint an eye: two lids that meet in corners, and what looks out between them."""
    wide = 0.078 if not s.feminine else 0.084
    open_ = {"merry": 0.031, "sad": 0.033, "grim": 0.029}.get(s.own("mood"), 0.037) + (0.005 if s.feminine else 0.0)
    tilt = (part.x - at[0]) * side * (0.16 if s.ancestry in {"elf", "tiefling"} else 0.05)
    u, y = (part.x - at[0]) / wide, part.y - at[1] + tilt
    arc = 1.0 - u * u
    d = np.maximum(-open_ * arc - y, y - 0.72 * open_ * arc)
    white = (0.92, 0.86, 0.55) if s.ancestry in {"goblin", "orc", "dragonborn"} else (0.93, 0.90, 0.85)
    part.put(d, white, 0.80 - 0.35 * np.abs(u), part=True, rise=0.3)
    iris = np.maximum(circle(part.x, part.y, (at[0] + s.turn * 0.22, at[1] - 0.002), 0.033), d)
    part.put(iris, s.eyes, 0.72, part=True, rise=0.3)
    part.put(
        np.maximum(circle(part.x, part.y, (at[0] + s.turn * 0.22, at[1] - 0.002), 0.015), d),
        (0.04, 0.03, 0.03),
        0.1,
        part=True,
    )
    lid = np.abs(-open_ * arc - y) - 0.0085 * np.clip(arc + 0.45, 0, 1.2)
    part.put(np.where(arc > -0.18, lid, 1.0), (0.13, 0.08, 0.07), 0.12, part=True, soft=0.004)
    crease = np.abs(-open_ * arc - 0.026 - y) - 0.003
    part.put(np.where(arc > 0.1, crease, 1.0), _warm(s.skin), 0.32, part=True, soft=0.010)
    low = np.abs(y - 0.74 * open_ * arc) - 0.0025
    part.put(np.where(arc > 0.0, low, 1.0), _warm(s.skin), 0.34, part=True, soft=0.007)
    spark = (at[0] + part.light[0] * 0.022, at[1] - 0.016)
    part.put(circle(part.x, part.y, spark, 0.0075), (1.0, 1.0, 1.0), 1.0, part=True)


def _brows(plate: Plate, s: Sitter) -> None:
    if s.ancestry in {"undead", "dragonborn"}:
        return
    drop = {"grim": 0.055, "sad": -0.045, "merry": -0.012}.get(s.own("mood"), 0.014)
    thick = (0.013 if s.feminine else 0.021) * (1.5 if s.ancestry == "dwarf" or s.old else 1.0)
    for side in (-1.0, 1.0):
        x = s.axis + side * s.spread
        part = plate.window(x - 0.22, s.eye_line - 0.25, x + 0.22, s.eye_line + 0.02)
        y = s.eye_line - 0.092
        inner, middle, outer = (x - side * 0.085, y + drop), (x + side * 0.02, y - 0.022), (x + side * 0.10, y + 0.016)
        d = union(
            limb(part.x, part.y, inner, middle, thick, thick * 0.9),
            limb(part.x, part.y, middle, outer, thick * 0.9, 0.003),
            0.02,
        )
        part.put(
            d + 0.006 * np.sin(part.x * 190 + side * part.y * 120), _darker(s.hair, 0.72), 0.5, part=True, soft=0.012
        )


def _darker(colour: Colour, by: float) -> Colour:
    return colour[0] * by, colour[1] * by, colour[2] * by


def _mouth(plate: Plate, s: Sitter) -> None:
    y = s.eye_line + 0.17 * (0.8 + 0.2 * s.nose) + 0.125
    x, half = s.axis + s.turn * 0.1, (0.098 if not s.feminine else 0.09) + 0.5 * max(0.0, s.smile)
    part = plate.window(x - 0.3, y - 0.15, x + 0.3, y + 0.2)
    if s.ancestry == "undead":
        _teeth(part, (x, y))
        return
    u = (part.x - x) / half
    full = np.clip(1.0 - u * u, 0, 1)
    bow = y + s.smile * (0.5 - u * u) + 0.007 * full * np.cos(u * 6.0)
    warm = _warm(s.skin)
    lips: Colour = (warm[0] * 0.90, warm[1] * 0.66, warm[2] * 0.66)
    lower = np.maximum(bow - part.y, part.y - bow - (0.046 if s.feminine else 0.036) * np.sqrt(full))
    upper = np.maximum(
        part.y - bow,
        bow - part.y - (0.028 if s.feminine else 0.017) * np.sqrt(full) * (1.0 - 0.3 * np.exp(-((u / 0.16) ** 2))),
    )
    part.put(lower, lips, 0.62 - 0.2 * np.abs((part.y - bow) / 0.04 - 0.4), part=True, soft=0.012)
    part.put(upper, lips, 0.40, part=True, soft=0.010)
    part.put(
        np.where(np.abs(u) < 1.08, np.abs(part.y - bow) - 0.005, 1.0), _darker(lips, 0.35), 0.2, part=True, soft=0.006
    )
    if s.ancestry == "orc":
        for side in (-1.0, 1.0):
            tusk = limb(part.x, part.y, (x + side * 0.075, y + 0.03), (x + side * 0.10, y - 0.075), 0.021, 0.004)
            part.put(tusk, (0.92, 0.88, 0.72), part.lit(inflate(tusk, 0.02), 0.4))


def _teeth(part: Plate, at: tuple[float, float]) -> None:
    d = ellipse(part.x, part.y, at, 0.15, 0.055)
    part.put(d, (0.86, 0.83, 0.70), 0.35 + 0.5 * np.abs(np.sin((part.x - at[0]) * 62)) ** 0.4, part=True)
    part.put(np.abs(part.y - at[1]) - 0.005 + np.maximum(d, 0), (0.08, 0.06, 0.05), 0.1, part=True)
    nose = limb(part.x, part.y, (at[0], at[1] - 0.19), (at[0], at[1] - 0.13), 0.012, 0.042)
    part.put(nose, (0.07, 0.06, 0.05), 0.12, part=True, soft=0.01)


def _marks(plate: Plate, s: Sitter) -> None:
    x, y = s.axis + s.spread, s.eye_line
    part = plate.window(x - 0.9, y - 0.5, x + 0.4, y + 0.5)
    if s.own("mark") == "scar":
        scar = line(part.x, part.y, [(x + 0.02, y - 0.20), (x - 0.005, y - 0.02), (x + 0.02, y + 0.2)], 0.007)
        part.put(scar, (0.80, 0.50, 0.45), 0.8, part=True, soft=0.006)
        part.put(
            limb(part.x + 0.012, part.y, (x + 0.02, y - 0.20), (x + 0.02, y + 0.2), 0.003),
            s.skin,
            0.3,
            part=True,
            soft=0.008,
        )
    if s.own("mark") == "patch":
        part.put(
            line(part.x, part.y, [(x - 0.75, y - 0.24), (x, y - 0.03), (x + 0.3, y + 0.02)], 0.013),
            (0.10, 0.08, 0.07),
            0.35,
            part=True,
        )
        patch = ellipse(part.x, part.y, (x, y + 0.005), 0.105, 0.085)
        part.put(patch, (0.13, 0.10, 0.09), part.lit(inflate(patch, 0.09)) * 0.8, rise=inflate(patch, 0.1))

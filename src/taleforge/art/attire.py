"""What people wear: garb, hoods, helmets, crowns, hats. Does not paint who wears it."""

import numpy as np

from taleforge.art.fields import Field, box, circle, ellipse, inflate, limb, polygon, union
from taleforge.art.plate import Colour, Plate, dimmed
from taleforge.art.sitters import Sitter

METAL: Colour = (0.60, 0.63, 0.67)
GOLD: Colour = (0.86, 0.66, 0.26)


def behind(plate: Plate, s: Sitter) -> None:
    """Paint the inside of a hood."""
    if s.own("cover") != "hood":
        return
    x, y = s.at
    d = ellipse(plate.x, plate.y, (x, y + 0.02), s.wide + 0.16, s.high + 0.16)
    plate.put(d, dimmed(s.garb, 0.5), 0.16, far=0.3)


def shoulders(plate: Plate, s: Sitter) -> None:
    """Paint shoulders and chest in what is worn over them."""
    d = _bust(plate, s)
    part = plate
    wear = s.own("garb")
    height = inflate(d, 0.42)
    if wear == "plate":
        height = height + 0.5 * inflate(ellipse(part.x, part.y, (s.at[0], 1.1), 0.62, 0.62), 0.4)
        plate.put(d, METAL, _shiny(part.lit(height, 0.1)), rise=height, far=0.25)
        return
    if wear == "mail":
        rings = np.sin(part.x * 75) * np.sin(part.y * 75 + 1.5 * np.sign(np.sin(part.x * 37.5)))
        height = height + 0.012 * rings
        plate.put(d, dimmed(METAL, 0.8), part.lit(height, 0.1), rise=height, far=0.25)
        return
    folds = 0.5 + 0.5 * np.sin(part.x * 15 + 4.0 * part.clouds(2, 2, 2) + np.sign(part.x - s.at[0]) * part.y * 4)
    height = height + {"leather": 0.010, "fur": 0.05}.get(wear, 0.045) * folds
    if wear == "fur":
        height = height + 0.10 * part.clouds(26, 16, 2)
    colour = (0.44, 0.28, 0.17) if wear == "leather" and "garb" not in s.subject.colours else s.garb
    plate.put(d, colour, part.lit(height, 0.12), rise=height, far=0.25)


def garb(plate: Plate, s: Sitter) -> None:
    """Paint collars, pauldrons, clasps and trimmings, which lie over the neck."""
    wear, x, y = s.own("garb"), s.at[0], s.at[1] + s.high
    part = plate.window(-1.4, y - 0.15, 1.4, 1.5)
    if wear == "plate":
        _armour(part, s)
    elif wear in {"cloak", "fur"} or s.own("cover") == "hood":
        _mantle(part, s)
    elif wear == "leather":
        strap = limb(part.x, part.y, (x - 0.55, y + 0.1), (x + 0.5, y + 0.95), 0.05)
        part.put(strap, (0.26, 0.16, 0.10), part.lit(inflate(strap, 0.05)), rise=0.1)
        _collar(part, s, (0.32, 0.20, 0.12))
    else:
        _collar(part, s, GOLD if wear == "robe" else dimmed(s.garb, 1.35))


def cover(plate: Plate, s: Sitter) -> None:
    """Paint what is worn on the head."""
    known = {"hood": _hood, "helmet": _helmet, "crown": _crown, "hat": _hat}
    if (worn := known.get(s.own("cover"))) is not None:
        worn(plate, s)


def _bust(part: Plate, s: Sitter) -> Field:
    y = s.at[1] + s.high
    broad = {"dwarf": 0.82, "orc": 0.86, "elf": 0.62, "gnome": 0.58, "goblin": 0.56, "halfling": 0.62}.get(
        s.ancestry, 0.72
    )
    broad *= 0.86 if s.feminine else 1.0
    slope = ellipse(part.x, part.y, (s.at[0], y + 0.62), broad, 0.52)
    neck = limb(part.x, part.y, (s.at[0], y - 0.02), (s.at[0], y + 0.4), 0.10, 0.30)
    return union(slope, neck, 0.16)


def _collar(part: Plate, s: Sitter, colour: Colour) -> None:
    """Paint where the garb ends at the neck, in one of the ways in which people wear it."""
    cuts = (_lapels, _round_neck, _laced, _scarf)
    cuts[int(part.rng.integers(len(cuts)))](part, s, colour)


def _throat(part: Plate, s: Sitter, low: float) -> None:
    """Paint the skin that an open collar leaves, down to a point."""
    x, y = s.at[0], s.at[1] + s.high
    inner = polygon(part.x, part.y, [(x - 0.2, y), (x + 0.2, y), (s.axis, y + low)])
    d = np.maximum(inner, y + 0.13 - part.y)
    part.put(d, dimmed(s.skin, 0.95), 0.42, far=0.24, soft=0.05, whole=True, part=True)


def _lapels(part: Plate, s: Sitter, colour: Colour) -> None:
    x, y = s.at[0], s.at[1] + s.high
    _throat(part, s, 0.44)
    for side in (-1.0, 1.0):
        d = limb(part.x, part.y, (x + side * 0.25, y + 0.13), (s.axis, y + 0.46), 0.075, 0.018)
        height = 0.5 * inflate(d, 0.05)
        part.put(d, colour, part.lit(height, 0.2), rise=height, far=0.22)


def _round_neck(part: Plate, s: Sitter, colour: Colour) -> None:
    x, y = s.at[0], s.at[1] + s.high
    edge = ellipse(part.x, part.y, (x, y + 0.10), 0.27, 0.15)
    front = y + 0.07 - part.y
    part.put(np.maximum(edge, front), dimmed(s.skin, 0.95), 0.42, far=0.24, soft=0.02, whole=True)
    d = np.maximum(np.abs(edge) - 0.032, front)
    height = inflate(d, 0.03)
    part.put(d, colour, part.lit(height, 0.2), rise=height, far=0.22)


def _laced(part: Plate, s: Sitter, colour: Colour) -> None:
    x, y = s.at[0], s.at[1] + s.high
    _throat(part, s, 0.52)
    for side in (-1.0, 1.0):
        d = limb(part.x, part.y, (x + side * 0.23, y + 0.12), (s.axis, y + 0.54), 0.03, 0.016)
        height = inflate(d, 0.03)
        part.put(d, colour, part.lit(height, 0.2), rise=height, far=0.22)
        for row in range(3):
            wide, at = 0.13 - 0.035 * row, y + 0.25 + 0.08 * row
            lace = limb(part.x, part.y, (x - side * wide, at), (x + side * wide * 0.8, at + 0.06), 0.011)
            part.put(lace, dimmed(colour, 0.55), part.lit(inflate(lace, 0.012), 0.3), far=0.21, part=True)


def _scarf(part: Plate, s: Sitter, colour: Colour) -> None:
    x, y = s.at[0], s.at[1] + s.high
    side = 1.0 if s.turn > 0 else -1.0
    end = limb(part.x, part.y, (x + side * 0.14, y + 0.16), (x + side * 0.24, y + 0.75), 0.09, 0.13)
    wrap = union(
        limb(part.x, part.y, (x - 0.24, y + 0.05), (x, y + 0.17), 0.085, 0.10),
        limb(part.x, part.y, (x, y + 0.17), (x + 0.24, y + 0.05), 0.10, 0.085), 0.05,
    )  # fmt: skip
    for d, way in ((end, part.x), (wrap, part.y)):
        height = inflate(d, 0.1) + 0.02 * np.sin(way * 60 + 4 * part.clouds(3, 3, 2))
        part.put(d, colour, part.lit(height, 0.15), rise=height, far=0.22)


def _mantle(part: Plate, s: Sitter) -> None:
    x, y = s.at[0], s.at[1] + s.high
    for side in (-1.0, 1.0):
        d = union(
            limb(part.x, part.y, (x + side * 0.08, y + 0.28), (x + side * 0.36, y + 0.06), 0.10, 0.12),
            limb(part.x, part.y, (x + side * 0.36, y + 0.06), (x + side * 0.62, y + 0.55), 0.14, 0.30), 0.1,
        )  # fmt: skip
        folds = 0.03 * np.sin((part.x - x) * side * 30 - part.y * 18 + 3 * part.clouds(3, 3, 2))
        fur = 0.09 * part.clouds(40, 20, 2) if s.own("garb") == "fur" else 0.0
        height = inflate(d, 0.14) + folds + fur
        colour = (0.62, 0.52, 0.42) if s.own("garb") == "fur" else dimmed(s.garb, 1.1)
        part.put(d, colour, part.lit(height, 0.12), rise=height, far=0.22)
    clasp = circle(part.x, part.y, (x, y + 0.27), 0.065)
    height = inflate(clasp, 0.07) - 0.6 * inflate(clasp + 0.03, 0.04)
    part.put(clasp, GOLD, _shiny(part.lit(height, 0.15)), rise=height)


def _armour(part: Plate, s: Sitter) -> None:
    x, y = s.at[0], s.at[1] + s.high
    gorget = np.maximum(ellipse(part.x, part.y, (x, y + 0.20), 0.34, 0.27), y + 0.02 - part.y)
    height = inflate(gorget, 0.12)
    part.put(gorget, METAL, _shiny(part.lit(height, 0.1)), rise=height, far=0.22)
    for side in (-1.0, 1.0):
        for lame, (dx, dy, r) in enumerate(((0.60, 0.60, 0.30), (0.55, 0.47, 0.29), (0.49, 0.36, 0.26))):
            d = ellipse(part.x, part.y, (x + side * dx, y + dy), r, r * 0.72)
            height = inflate(d, 0.2)
            rim = GOLD if s.own("calling") in {"ruler", "warrior"} else dimmed(METAL, 0.7)
            part.put(d - 0.012, rim, part.lit(inflate(d - 0.012, 0.03), 0.3), far=0.2 - lame * 0.01, part=True)
            part.put(d, METAL, _shiny(part.lit(height, 0.1)), rise=height, far=0.2 - lame * 0.01)
    part.put(np.abs(part.x - x) - 0.008 + np.maximum(y + 0.34 - part.y, 0), dimmed(METAL, 0.5), 0.35, part=True)


def _hood(plate: Plate, s: Sitter) -> None:
    x, y = s.at
    outer = ellipse(plate.x, plate.y, (x, y + 0.03), s.wide + 0.21, s.high + 0.21)
    peak = limb(plate.x, plate.y, (x, y - s.high * 0.5), (x - s.turn, y - s.high - 0.22), 0.34, 0.04)
    fall = limb(plate.x, plate.y, (x, y + 0.2), (x, y + s.high + 0.25), s.wide + 0.19, s.wide + 0.02)
    outer = union(union(outer, peak, 0.15), fall, 0.1)
    opening = ellipse(plate.x, plate.y, (x + s.turn * 0.6, y + 0.12), s.wide * 0.98, s.high * 1.04)
    point = limb(plate.x, plate.y, (x + s.turn * 0.6, y), (x + s.turn * 0.4, y - s.high * 0.98), s.wide * 0.8, 0.02)
    opening = union(opening, point, 0.08)
    plate.tone *= 1.0 - 0.62 * np.clip((s.eye_line + 0.02 - plate.y) / 0.30, 0, 1) * (opening < 0)
    d = np.maximum(outer, -opening)
    folds = 0.035 * np.sin(np.hypot(plate.x - x, (plate.y - y) * 0.7) * 42 + 3.5 * plate.clouds(3, 3, 2))
    height = inflate(d, 0.17) + folds
    plate.put(d, s.garb, plate.lit(height, 0.12), rise=height, far=0.1)
    hem = np.abs(opening) - 0.014
    plate.put(np.maximum(hem, outer), dimmed(s.garb, 1.4), plate.lit(inflate(hem, 0.014), 0.3), far=0.1)


def _helmet(plate: Plate, s: Sitter) -> None:
    x, y = s.at
    part = plate.window(x - 0.7, -1.3, x + 0.7, y + 0.8)
    dome = ellipse(part.x, part.y, (x, y - 0.10 * s.high), s.wide + 0.07, s.high + 0.04)
    rim = s.eye_line - 0.135 - 0.04 * np.cos((part.x - x) / s.wide * 1.5)
    cheek = np.abs(part.x - x - s.turn * 0.4) - s.wide * (0.78 - 0.12 * np.clip((part.y - s.eye_line) / 0.4, 0, 1))
    open_ = np.minimum(np.maximum(rim - part.y, cheek), 1.0)
    d = np.maximum(np.maximum(dome, -open_), part.y - (s.eye_line + 0.34))
    height = inflate(dome, 0.32)
    part.put(d, METAL, _shiny(part.lit(height, 0.08)), rise=height, far=0.1)
    nasal = limb(part.x, part.y, (s.axis, s.eye_line - 0.16), (s.axis + s.turn * 0.5, s.eye_line + 0.12), 0.032, 0.024)
    part.put(nasal, dimmed(METAL, 1.12), _shiny(part.lit(inflate(nasal, 0.03), 0.15)), far=0.08)
    band = np.maximum(np.abs(part.y - rim + 0.035) - 0.035, dome)
    part.put(band, GOLD, _shiny(part.lit(inflate(band, 0.04) + inflate(dome, 0.3), 0.12)), far=0.08)
    for at in (-0.24, -0.12, 0.0, 0.12, 0.24):
        rivet = circle(part.x, part.y, (x + at, s.eye_line - 0.205), 0.013)
        part.put(rivet, dimmed(GOLD, 1.15), part.lit(inflate(rivet, 0.013), 0.2), part=True)


def _crown(plate: Plate, s: Sitter) -> None:
    x, y = s.at[0], s.at[1] - s.high * 0.66
    part = plate.window(x - 0.6, y - 0.4, x + 0.6, y + 0.3)
    wide = s.wide * 0.97
    u = (part.x - x) / wide
    sag = 0.085 * (1 - np.clip(u * u, 0, 1))
    tooth = 0.10 + 0.11 * np.abs(np.cos(u * np.pi * 2.5))
    d = np.maximum(np.maximum(np.abs(part.x - x) - wide - 0.02, part.y - y - sag - 0.075), y + sag - tooth - part.y)
    height = 0.45 * np.sqrt(np.clip(1 - (u * 0.95) ** 2, 0.05, 1)) + inflate(d, 0.025)
    part.put(d, GOLD, _shiny(part.lit(height, 0.15)), rise=height, far=0.08)
    for at, colour in ((-0.5, (0.2, 0.3, 0.7)), (0.0, (0.75, 0.1, 0.15)), (0.5, (0.2, 0.3, 0.7))):
        gem = ellipse(part.x, part.y, (x + at * wide, y + 0.085 * (1 - at * at) - 0.005), 0.034, 0.042)
        part.put(gem, colour, part.lit(inflate(gem, 0.035), 0.3), far=0.07)


def _hat(plate: Plate, s: Sitter) -> None:
    x, y = s.at[0], s.at[1] - s.high * 0.60
    tip = (x - s.turn * 5, -1.05)
    cone = union(
        limb(plate.x, plate.y, (x, y), (x - s.turn, y - 0.32), s.wide * 0.86, s.wide * 0.44),
        limb(plate.x, plate.y, (x - s.turn, y - 0.32), tip, s.wide * 0.44, 0.03), 0.08,
    )  # fmt: skip
    folds = 0.03 * np.sin(plate.y * 30 + plate.x * 14 + 4 * plate.clouds(2, 2, 2))
    height = inflate(cone, 0.25) + folds
    plate.put(cone, s.garb, plate.lit(height, 0.12), rise=height, far=0.1)
    band = np.maximum(np.abs(plate.y - y + 0.09 - 0.05 * ((plate.x - x) / s.wide) ** 2) - 0.045, cone)
    plate.put(band, GOLD, plate.lit(inflate(cone, 0.25), 0.2), far=0.09)
    bend = plate.y - y - 0.10 * np.cos((plate.x - x) * 2.6)
    brim = np.hypot((plate.x - x) / (s.wide + 0.42), bend / 0.105) - 1.0
    height = 0.1 * np.sqrt(np.clip(-brim, 0, 1))
    plate.put(brim * 0.105, dimmed(s.garb, 0.9), plate.lit(height, 0.15), rise=height, far=0.07)
    plate.shade(box(plate.x, plate.y, (x + s.turn, y + 0.19), (s.wide, 0.06)), 0.5, 0.10)


def _shiny(tone: Field) -> Field:
    """Return light as metal has it: darker darks, and a narrow glare."""
    return np.clip(tone * tone * 1.05 + 0.75 * np.clip(tone - 0.86, 0, 1) / 0.14, 0, 1.25)

"""Scenes: a sky, ranges that fade into it, one place to look at a third of the way across, and something dark in front.

Does not read prompts.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from taleforge.art import life, places
from taleforge.art.fields import Field, bump, circle, noise, step
from taleforge.art.inside import cave, dungeon
from taleforge.art.plate import Colour, Plate
from taleforge.art.reading import Subject, data

GROUND: Final[dict[str, Colour]] = {
    "desert": (0.84, 0.66, 0.40), "mountain": (0.46, 0.46, 0.44), "swamp": (0.34, 0.38, 0.24),
    "sea": (0.50, 0.46, 0.36),
    "forest": (0.28, 0.40, 0.20), "town": (0.52, 0.46, 0.38), "ruin": (0.44, 0.48, 0.28),
}  # fmt: skip
GRASS: Final[Colour] = (0.40, 0.50, 0.24)
SNOW: Final[Colour] = (0.90, 0.93, 0.96)


class Land:
    """The country of a scene: its plate, what the prompt says of it, its air, and where to look."""

    def __init__(self, plate: Plate, subject: Subject) -> None:
        rng = plate.rng
        self.plate = plate
        self.subject = subject
        self.place = subject.traits.get("place") or list(_OUTSIDE)[int(rng.integers(len(_OUTSIDE)))]
        self.weather = subject.traits.get("weather", "")
        times = ("day", "dawn", "dusk", "night")
        self.time = "storm" if self.weather == "storm" else subject.traits.get("time") or times[int(rng.integers(3))]
        air: Mapping[str, Any] = data("skies")[self.time]
        self.above, self.below = np.asarray(air["above"], np.float32), np.asarray(air["below"], np.float32)
        self.lamp: Colour = (air["lamp"][0], air["lamp"][1], air["lamp"][2])
        self.land: float = air["land"]
        self.side = 1.0 if plate.light[0] < 0 else -1.0
        self.focus = 0.34 * self.side * plate.reach[0]
        self.lamp_at = (-0.42 * self.side * plate.reach[0], air["high"] * plate.reach[1])
        self.horizon = 0.16

    @property
    def dark(self) -> bool:
        """Whether windows are lit."""
        return self.time in {"night", "dusk", "storm"}

    def ground(self) -> Colour:
        """Return what the ground is of."""
        return SNOW if self.weather == "snow" else GROUND.get(self.place, GRASS)

    def faded(self, colour: Colour, far: float) -> Colour:
        """Return a colour as it looks from afar: the air lies before it."""
        far = min(0.95, far * (1.25 if self.weather in {"mist", "rain"} else 1.0))
        air = 0.75 * self.below + 0.25 * self.above
        red, green, blue = (np.asarray(colour, np.float32) * (1 - far) + air * far).tolist()
        return red, green, blue

    def ridge(self, base: float, high: float, hills: int, *, sharp: bool = False) -> Field:
        """Return the skyline of a range, as a row."""
        columns = self.plate.shape[1]
        row = np.zeros((1, columns), np.float32)
        for octave in range(5):
            wave = noise(self.plate.rng, (1, columns), (1, hills << octave))
            row += (1.0 - np.abs(wave * 2 - 1) if sharp else wave) * 0.5 ** (octave + 1)
        return base - high * row

    def range(self, skyline: Field, colour: Colour, tone: float, far: float) -> None:
        """Paint a range, lit on one side of its slopes and lost in haze at its foot."""
        plate = self.plate
        d = skyline - plate.y
        rough = plate.clouds(9, 9, 4)
        slope = np.gradient(np.broadcast_to(skyline, plate.shape), plate.px, axis=1) * self.side
        light = tone * (1.0 + 0.40 * np.clip(slope * 0.55 + (rough - 0.5) * 1.9, -0.9, 0.9))
        foot = np.clip((plate.y - skyline) / 0.6, 0, 1)
        plate.put(d, self.faded(colour, far), light + 0.18 * far * foot, far=far, rise=0.2 * rough - d * 0.3)


def scene(plate: Plate, subject: Subject) -> None:
    """Paint a scene."""
    land = Land(plate, subject)
    if land.place in {"cave", "dungeon"}:
        (cave if land.place == "cave" else dungeon)(plate, subject)
        return
    _sky(land)
    land.range(land.ridge(land.horizon - 0.02, 0.95 if land.place == "mountain" else 0.42, 3, sharp=True),
               (0.36, 0.40, 0.50), land.land * 0.95, 0.62)  # fmt: skip
    land.range(
        land.ridge(land.horizon + 0.05, 0.36, 4, sharp=land.place == "mountain"),
        (0.30, 0.38, 0.38),
        land.land * 0.9,
        0.40,
    )
    _OUTSIDE[land.place](land)
    _life(land)
    _weather(land)


def _sky(land: Land) -> None:
    plate = land.plate
    t = np.clip((plate.y + plate.reach[1]) / (land.horizon + plate.reach[1]), 0, 1)[..., None] ** 1.4
    plate.rgb[:] = land.above + (land.below - land.above) * t
    plate.tone[:] = 0.80 if land.time != "night" else 0.50
    if land.time == "night":
        stars = plate.rng.random(plate.shape, np.float32) > 0.9985
        plate.tone += stars * 1.2
        plate.rgb[stars] = (1.0, 1.0, 0.9)
    halo = bump(plate.x, plate.y, land.lamp_at, 0.55, 0.55) * 0.65
    plate.rgb += halo[..., None] * (np.asarray(land.lamp, np.float32) - plate.rgb)
    plate.tone += halo * 0.25
    if land.time != "storm":
        disc = circle(plate.x, plate.y, land.lamp_at, 0.13 if land.time in {"night", "dusk", "dawn"} else 0.085)
        plate.put(disc, land.lamp, 1.15, far=1.0, whole=True)
    _clouds(land)
    plate.rise[:] = 0.15 * plate.clouds(4, 9, 2)


def _clouds(land: Land) -> None:
    plate = land.plate
    bank = noise(plate.rng, plate.shape, (7, 2)) * 0.5 + plate.clouds(4, 11, 4) * 0.6
    heavy = 0.44 if land.time == "storm" else 0.56
    cover = np.clip((bank - heavy) * 5.0, 0, 1) * np.clip((land.horizon - plate.y) * 3, 0, 1)
    lit = np.clip(0.55 + (np.roll(bank, int(0.03 / plate.px), 0) - bank) * 4, 0, 1)[..., None]
    dark = 0.62 * land.above + 0.30 * land.below
    light = np.clip(land.below * 1.06 + 0.10 * np.asarray(land.lamp, np.float32), 0, 1)
    plate.rgb += (cover * 0.85)[..., None] * (dark + (light - dark) * lit - plate.rgb)


def _life(land: Land) -> None:
    if land.subject.has("sky", "dragon"):
        life.dragon(land)
    if land.subject.has("life", "fire") and land.place != "camp":
        life.fire(land, (-0.3 * land.side, 0.62))
    if land.subject.has("life", "figure") or (land.place in {"tower", "castle", "mountain", "desert", "ruin"}):
        life.traveller(land, (-0.22 * land.side * land.plate.reach[0], 0.66))


def _weather(land: Land) -> None:
    plate = land.plate
    if land.weather == "mist" or land.place == "swamp":
        banks = np.clip(plate.clouds(2, 9, 3) * 1.9 - 0.55, 0, 1) * bump(plate.x, plate.y, (0.0, 0.30), 9.0, 0.42)
        plate.rgb += (0.75 * banks)[..., None] * (land.below - plate.rgb)
        plate.tone += banks * (land.land + 0.25 - plate.tone)
    if land.weather in {"rain", "storm"}:
        streaks = noise(plate.rng, plate.shape, (6, plate.shape[1] // 4))
        shear = np.take_along_axis(
            streaks, (np.arange(plate.shape[1])[None, :] + np.arange(plate.shape[0])[:, None] // 5) % plate.shape[1], 1
        )
        plate.tone += 0.16 * step(0.80 - shear, 0.1)
    if land.weather == "storm":
        life.lightning(land)
    if land.weather == "snow":
        for size, amount in ((0.006, 160), (0.012, 60)):
            flakes = np.zeros(plate.shape, np.float32)
            rows, columns = (plate.rng.integers(0, side, amount) for side in plate.shape)
            flakes[rows, columns] = 1.0
            reach = max(1, int(size / plate.px))
            flakes = sum(np.roll(flakes, (a, b), (0, 1)) for a in range(reach + 1) for b in range(reach + 1))
            plate.rgb += np.clip(flakes, 0, 0.9)[..., None] * (1.0 - plate.rgb)
            plate.tone = np.maximum(plate.tone, np.clip(flakes, 0, 1))


_OUTSIDE: Final[dict[str, Callable[[Land], None]]] = {
    "tavern": places.tavern, "town": places.town, "tower": places.tower, "castle": places.castle,
    "forest": places.forest, "sea": places.sea, "mountain": places.pass_, "desert": places.desert,
    "swamp": places.swamp, "ruin": places.ruin, "camp": places.camp,
}  # fmt: skip

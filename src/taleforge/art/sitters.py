"""Whoever sits for a portrait: their build, colours, hair and mood, of the words of a prompt and of chance.

Two that the same words describe are still two people. Does not paint them.
"""

from typing import Any, Final

import numpy as np
from msgspec import Struct

from taleforge.art.plate import Colour, Plate
from taleforge.art.reading import Subject, data

BUILDS: Final[dict[str, tuple[float, float, float, float]]] = {
    "human": (0.335, 0.44, 0.20, 1.0), "dwarf": (0.40, 0.43, 0.28, 1.5), "elf": (0.30, 0.45, 0.13, 0.8),
    "halfling": (0.355, 0.41, 0.20, 1.1), "gnome": (0.34, 0.41, 0.18, 1.8), "orc": (0.39, 0.44, 0.31, 1.3),
    "goblin": (0.36, 0.38, 0.15, 1.9), "tiefling": (0.32, 0.45, 0.16, 0.9), "dragonborn": (0.37, 0.46, 0.26, 1.6),
    "undead": (0.33, 0.43, 0.15, 0.4),
}  # fmt: skip
"""Half the width and height of a head, half the width of its jaw, and how large its nose is."""
VARY: Final = (0.045, 0.025, 0.14, 0.17)
"""How much people differ in each of them, as the standard deviation from 1."""
MOODS: Final = {"merry": 0.042, "sad": -0.024, "grim": -0.022}
"""How far each draws up the corners of a mouth."""
HAIRLESS: Final = frozenset({"dragonborn", "undead", "goblin"})
USUAL: Final[dict[str, tuple[str, ...]]] = {
    "dwarf": ("wild",), "elf": ("long", "long", "long", "short"), "old man": ("wild", "wild", "short", "bald"),
    "woman": ("long", "long", "long", "wild", "short"), "man": ("short", "short", "short", "wild", "long", "bald"),
}  # fmt: skip
"""How long the hair of people usually is, the more often the likelier."""
SHAVEN: Final = frozenset({"elf", "halfling", "gnome", "goblin", "orc", "tiefling", "dragonborn", "undead"})


class Sitter(Struct, frozen=True):
    """Whoever is portrayed, as far as every part of the picture has to know."""

    subject: Subject
    ancestry: str
    skin: Colour
    hair: Colour
    eyes: Colour
    garb: Colour
    wall: Colour
    at: tuple[float, float]
    """The middle of the head."""
    wide: float
    high: float
    jaw: float
    nose: float
    spread: float
    """How far an eye is from the axis of the face."""
    smile: float
    """How far the corners of the mouth are drawn up."""
    turn: float
    """How far the face looks to a side; the axis of the face is so far from that of the head."""
    feminine: bool
    old: bool
    cut: str
    """How long the hair is: `long`, `short`, `wild` or `bald`."""
    beard: str
    """`long`, `full`, `moustache`, or none."""

    @property
    def eye_line(self) -> float:
        """Where the eyes are: half-way down the head."""
        return self.at[1] + 0.06 * self.high

    @property
    def axis(self) -> float:
        """The middle of the face."""
        return self.at[0] + self.turn

    def own(self, trait: str) -> str:
        """Return a trait that the prompt names, or nothing."""
        return self.subject.traits.get(trait, "")


def sitter_of(plate: Plate, subject: Subject) -> Sitter:
    """Return who is portrayed: as the prompt has it, and by chance where it leaves anything open."""
    rng, colours, known = plate.rng, data("colours"), subject.traits
    ancestry = known.get("ancestry", "human")
    feminine = (
        known.get("sex", "feminine" if rng.random() < 0.5 and "beard" not in known else "masculine") == "feminine"
    )
    old = known.get("age") == "old" or (ancestry == "undead")
    pair = colours["pairs"][rng.integers(len(colours["pairs"]))]
    sizes = zip(BUILDS[ancestry], VARY, strict=True)
    wide, high, jaw, nose = (size * float(rng.normal(1.0, vary)) for size, vary in sizes)
    jaw *= 0.8 if feminine else 1.0
    side = 1.0 if plate.light[0] < 0 else -1.0
    mood = known.get("mood", "")
    return Sitter(
        subject, ancestry,
        skin=subject.colours.get("skin") or _one(rng, colours["skin"][ancestry]),
        hair=subject.colours.get("hair") or subject.colours.get("beard")
        or _one(rng, colours["hair"]["old" if old else "young"]),
        eyes=subject.colours.get("eyes") or _one(rng, colours["eyes"]["usual"]),
        garb=subject.colours.get("garb") or subject.colours.get("") or _one(rng, [pair["garb"]]),
        wall=_one(rng, [pair["wall"]]),
        at=(-0.03 * side, -0.14), wide=wide * (0.95 if feminine else 1.0), high=high, jaw=jaw,
        nose=nose * (0.8 if feminine else 1.0), spread=wide * float(rng.uniform(0.375, 0.425)),
        smile=MOODS[mood] if mood else float(rng.uniform(-0.006, 0.026)),
        turn=-side * float(rng.uniform(0.035, 0.06)), feminine=feminine, old=old,
        cut=_cut(subject, ancestry, feminine=feminine, old=old, rng=rng),
        beard="" if feminine and "beard" not in known else _beard(subject, ancestry, old=old, rng=rng),
    )  # fmt: skip


def _cut(subject: Subject, ancestry: str, *, feminine: bool, old: bool, rng: np.random.Generator) -> str:
    """Return how long the hair is; the prompt is asked first."""
    usual = USUAL[ancestry if ancestry in USUAL else "woman" if feminine else "old man" if old else "man"]
    chosen = usual[int(rng.integers(len(usual)))]
    return "bald" if ancestry in HAIRLESS else subject.traits.get("hair", chosen)


def _beard(subject: Subject, ancestry: str, *, old: bool, rng: np.random.Generator) -> str:
    """Return which beard somebody has; the prompt is asked first."""
    chance = float(rng.random())
    wanted = subject.traits.get("beard") or ("full" if "beard" in subject.colours else "")
    if wanted or ancestry in SHAVEN or subject.traits.get("age") == "young":
        return wanted
    if ancestry == "dwarf":
        return "long"
    return "full" if old or chance < 0.3 else "moustache" if chance < 0.4 else ""


def _one(rng: np.random.Generator, choices: list[Any]) -> Colour:
    red, green, blue = choices[int(rng.integers(len(choices)))]
    return red, green, blue

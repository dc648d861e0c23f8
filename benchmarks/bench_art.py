"""The painter that needs no model: a portrait, an item and a scene of 512 × 512, on one core, as finished files."""

from benchmarks.measure import Row, Time, seconds
from taleforge.art.procedural import drawn
from taleforge.art.values import STYLES, Kind, Wish

WORDS: dict[Kind, str] = {
    "portrait": "an old dwarf with a red beard", "item": "a flaming sword", "scene": "a castle at dusk",
}  # fmt: skip
MOST = 0.25


def rows(smoke: bool) -> list[Row]:  # noqa: FBT001 - every benchmark module has this one switch
    """Return what painting takes, in the slowest style of each kind."""
    repeats = 1 if smoke else 5
    side = 128 if smoke else 512
    slowest = {kind: max(_time(kind, style, side, repeats) for style in STYLES) for kind in WORDS}
    limits = {"portrait": None if smoke else MOST, "item": None, "scene": None}
    return [Time(f"{kind} of {side} pixels, slowest style", slowest[kind], at_most=limits[kind]) for kind in WORDS]


def _time(kind: Kind, style: str, side: int, repeats: int) -> float:
    wish = Wish(WORDS[kind], style, side, side, kind=kind)  # type: ignore[arg-type] # one of STYLES
    return seconds(lambda: drawn(wish), repeats)

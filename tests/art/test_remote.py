"""Servers that paint, when they do not: each fault on each kind of server."""

from typing import Any

import pytest

pytest.importorskip("numpy")
pytest.importorskip("httpx")

from taleforge.art.hands import Hands
from taleforge.art.remote import DIALECTS, Place, RemotePainter
from taleforge.art.setup import Config, open_painter
from taleforge.art.values import Wish
from taleforge.errors import Misconfigured, PaintingFailed
from tests.painting_double import FAULTS, Fault, PaintingDouble

WISH = Wish("a sword", width=64, height=64, style="ink")


@pytest.mark.parametrize(
    ("dialect", "fault"),
    [(dialect, fault) for dialect in DIALECTS for fault in FAULTS if (dialect, fault) != ("comfyui", "address")],
)
async def test_whatever_a_server_does_is_a_failure_to_paint(dialect: str, fault: Fault) -> None:
    """Every fault is a failure to paint and nothing else; files of one dialect have no addresses to be false."""
    async with PaintingDouble(fault) as server:
        place = Place(server.url, seconds=0.1 if fault == "no_answer" else 10, look_again=0.0)
        remote = RemotePainter(place, DIALECTS[dialect])
        with pytest.raises(PaintingFailed):
            await remote.paint(WISH)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_model_is_told_the_words_and_the_style(dialect: str) -> None:
    """The prompt comes first, then how pictures of that kind and style look; the model is named."""
    async with PaintingDouble() as server:
        await RemotePainter(Place(server.url, model="m", look_again=0.0), DIALECTS[dialect]).paint(WISH)
        assert "a sword, one object" in str(server.asked[0])
        assert "pen lines" in str(server.asked[0])
        assert _finds(server.asked[0], "m")


def _finds(where: Any, what: str) -> bool:
    inside = where.values() if isinstance(where, dict) else where if isinstance(where, list) else ()
    return where == what or any(_finds(part, what) for part in inside)


def test_a_server_needs_an_address() -> None:
    """Whoever wants one is told which setting is missing."""
    with pytest.raises(Misconfigured, match=r"art\.url"):
        open_painter(Config(engine="a1111", url="localhost"), Hands(0, 60.0))

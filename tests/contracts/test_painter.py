"""The contract of `art.ports.Painter`, on every engine; those that ask a server ask a double that speaks as it does."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from taleforge.art.files import cleaned, engine_of, size_of
from taleforge.art.ports import Painter
from taleforge.art.values import Wish
from tests.conftest import Need
from tests.painting_double import PaintingDouble

ENGINES = ("procedural", "a1111", "comfyui", "openai", "diffusion")
MODELS = pytest.param("diffusion", marks=pytest.mark.engines)


@pytest.fixture(params=[*ENGINES[:-1], "fallen_back", MODELS])
async def painter(request: pytest.FixtureRequest, need: Need, tmp_path: Path) -> AsyncGenerator[Painter]:
    """Return a painter of each kind, and one whose server is down."""
    need("numpy", "pip install 'taleforge[art]'")
    need("httpx", "pip install 'taleforge[art]'")
    from taleforge.art.fallback import FallbackPainter  # noqa: PLC0415 - of an extra
    from taleforge.art.hands import Hands  # noqa: PLC0415 - as above
    from taleforge.art.remote import DIALECTS, Place, RemotePainter  # noqa: PLC0415 - as above

    if request.param == "procedural":
        hands = Hands(0, 60.0)
        yield hands
        await hands.close()
    elif request.param == "diffusion":
        need("onnxruntime", "make engines")
        from taleforge.art.line import Model  # noqa: PLC0415 - as above
        from taleforge.art.local import LocalPainter  # noqa: PLC0415 - as above
        from tests.art.models import diffusion  # noqa: PLC0415 - as above

        local = LocalPainter(Model(str(diffusion(tmp_path / "model")), steps=2), 60.0)
        yield local
        await local.close()
    elif request.param == "fallen_back":
        painter = FallbackPainter(RemotePainter(Place("http://127.0.0.1:1"), DIALECTS["a1111"]), Hands(0, 60.0))
        yield painter
        await painter.close()
    else:
        async with PaintingDouble() as server:
            yield RemotePainter(Place(server.url, look_again=0.0), DIALECTS[request.param])


@pytest.mark.parametrize(("width", "height"), [(64, 128), (96, 64)])
async def test_a_picture_is_a_whole_png_of_the_size_that_was_wished_for(
    painter: Painter, width: int, height: int
) -> None:
    """Its seed is the wish's, and the file itself says who painted it and nothing else."""
    picture = await painter.paint(Wish("an old dwarf", width=width, height=height, seed=7))
    assert (picture.mime, picture.seed, size_of(picture.data)) == ("image/png", 7, (width, height))
    assert engine_of(picture.data) == picture.engine in ENGINES
    assert b"secret" not in picture.data
    assert len(cleaned(picture.data)) < len(picture.data)


@pytest.mark.parametrize("prompt", ["", " ", "🐉" * 2_000, "\0\x1b[2J\u202e\ud7ff", "' OR 1=1; {} %s", "x" * 2_000])
async def test_any_words_become_a_picture(painter: Painter, prompt: str) -> None:
    """Nothing, signs, and more letters than anybody reads are painted like anything else."""
    assert size_of((await painter.paint(Wish(prompt, width=64, height=64))).data) == (64, 64)

"""A model on this machine: seeds, words, cancelling, files that are no good, and a child that dies."""

import asyncio
import os
import pickle
import signal
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from taleforge.art.files import size_of
from taleforge.art.hands import Hands
from taleforge.art.line import Model
from taleforge.art.local import LocalPainter
from taleforge.art.setup import Config, open_painter
from taleforge.art.values import Wish
from taleforge.errors import Misconfigured, PaintingFailed
from tests.conftest import Need

pytestmark = pytest.mark.engines
WISH = Wish("an old dwarf", "ink", 64, 96, seed=7)
HANDS = Hands(0, 60.0)
"""Those of whom nothing is wanted."""


@pytest.fixture(scope="module")
def folder(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model; what changes it puts it back."""
    for part in ("onnx", "onnxruntime", "tokenizers"):
        need(part, "make engines")
    from tests.art.models import diffusion  # noqa: PLC0415

    return diffusion(tmp_path_factory.mktemp("model") / "clouds")


Opened = Callable[[Model, float], LocalPainter]


@pytest.fixture
async def opened() -> AsyncGenerator[Opened]:
    """Painters that are closed after the test."""
    painters: list[LocalPainter] = []

    def make(model: Model, seconds: float = 60.0) -> LocalPainter:
        painters.append(LocalPainter(model, seconds))
        return painters[-1]

    yield make
    for painter in painters:
        await painter.close()


async def test_the_same_seed_is_the_same_picture(folder: Path, opened: Opened) -> None:
    """Another seed, or other words, are another; and whoever asks hears how far it is."""
    painter, heard = opened(Model(str(folder), steps=8), 60.0), list[int]()
    first = await painter.paint(WISH, heard.append)
    assert (first.engine, first.seed, size_of(first.data)) == ("diffusion", 7, (64, 96))
    assert heard == sorted(set(heard))
    assert len(heard) == 8
    assert (await painter.paint(WISH)).data == first.data
    for other in (replace(WISH, seed=8), replace(WISH, prompt="a young elf")):
        assert (await painter.paint(other)).data != first.data


@pytest.mark.parametrize(("predicts", "half"), [("v_prediction", False), ("epsilon", True)])
async def test_models_of_other_kinds_paint_too(
    folder: Path, tmp_path: Path, opened: Opened, predicts: str, half: bool
) -> None:
    """Those that learned to see the velocity of noise, and those of half as many bits."""
    from tests.art.models import diffusion  # noqa: PLC0415

    painter = opened(Model(str(diffusion(tmp_path / "other", predicts, half)), steps=4), 60.0)
    assert size_of((await painter.paint(WISH)).data) == (64, 96)


async def test_a_picture_that_is_not_wanted_ends_between_two_steps(folder: Path, opened: Opened) -> None:
    """The child lives on and paints the next."""
    painter, begun = opened(Model(str(folder), steps=150), 60.0), asyncio.Event()
    painting = asyncio.create_task(painter.paint(replace(WISH, width=1024, height=1024), lambda _: begun.set()))
    await begun.wait()
    child = painter._child
    painting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await painting
    await painter.paint(replace(WISH, width=64, height=64))
    assert painter._child is child


async def test_what_takes_too_long_or_dies_is_a_failure(folder: Path, opened: Opened) -> None:
    """And the next picture has another child."""
    slow = opened(Model(str(folder), steps=150), 0.01)
    with pytest.raises(PaintingFailed, match=r"more than 0\.01 seconds"):
        await slow.paint(WISH)
    painter, begun = opened(Model(str(folder), steps=150), 60.0), asyncio.Event()
    painting = asyncio.create_task(painter.paint(replace(WISH, width=1024, height=1024), lambda _: begun.set()))
    await begun.wait()
    assert painter._child is not None
    os.kill(painter._child.pid, signal.SIGKILL)
    with pytest.raises(PaintingFailed, match="crashed"):
        await painting
    assert size_of((await painter.paint(WISH)).data) == (64, 96)


async def test_a_model_has_as_much_memory_as_it_may(folder: Path, opened: Opened) -> None:
    """One that wants more fails, and says so; the server lives."""
    painter = opened(Model(str(folder), memory=400), 60.0)
    with pytest.raises(PaintingFailed):
        await painter.paint(replace(WISH, width=1024, height=1024))


async def test_without_a_graphics_card_there_is_none(folder: Path, opened: Opened) -> None:
    """It is not painted on the processor instead, which would take minutes: the built-in painter is there for that."""
    with pytest.raises(PaintingFailed, match="graphics card"):
        await opened(Model(str(folder), device="cuda", memory=0), 60.0).paint(WISH)


@pytest.mark.parametrize("part", ["unet/model.onnx", "tokenizer/vocab.json", "scheduler/scheduler_config.json"])
@pytest.mark.parametrize("harm", ["cut", "gone", "pickle"])
def test_files_that_are_no_good_are_named(folder: Path, part: str, harm: str) -> None:
    """Before anything reads them: cut short, missing, or a pickle under a harmless name."""
    file = folder / part
    whole = file.read_bytes()
    harmed = {"cut": whole[: len(whole) // 2], "pickle": pickle.dumps({"a": 1})}.get(harm)
    try:
        file.unlink() if harmed is None else file.write_bytes(harmed)
        with pytest.raises(Misconfigured, match=Path(part).name):
            open_painter(Config(engine="diffusion", model=str(folder)), HANDS)
    finally:
        file.write_bytes(whole)


@pytest.mark.parametrize("name", ["v1-5.ckpt", "pytorch_model.bin", "model.pt"])
def test_a_pickle_is_no_model(name: str) -> None:
    """Whoever names one is told why not, and what to do."""
    with pytest.raises(Misconfigured, match="pickle"):
        open_painter(Config(engine="diffusion", model=f"/models/{name}"), HANDS)


async def test_weights_that_are_cut_within_are_painted_without(folder: Path) -> None:
    """The frame of the file is whole and what is in it is not: the built-in painter paints, and the picture says so."""
    file = folder / "unet" / "model.onnx"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole.replace(b"Conv", b"Gone"))
        painter = open_painter(Config(engine="diffusion", model=str(folder)), Hands(0, 60.0))
        assert (await painter.paint(WISH)).engine == "procedural"
        await painter.close()
    finally:
        file.write_bytes(whole)

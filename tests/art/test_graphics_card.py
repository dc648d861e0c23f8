"""A model on a graphics card: the same words and seed are the same picture, near the one that a processor paints."""

import zlib
from collections.abc import AsyncGenerator, Callable
from importlib import import_module
from pathlib import Path
from statistics import fmean

import pytest
from msgspec.structs import replace

from taleforge.art.line import Model
from taleforge.art.local import LocalPainter
from taleforge.art.values import Wish
from tests.art.models import diffusion
from tests.conftest import Need

pytestmark = pytest.mark.gpu
WISH = Wish("an old dwarf", "ink", 512, 512, seed=7)
NEAR = 2.0
"""Of 255, by which two devices may differ in a picture's bytes on average: neither adds in the other's order."""

Opened = Callable[[str], LocalPainter]


@pytest.fixture(scope="module")
def folder(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of half as many bits, as those for graphics cards mostly are."""
    for part in ("onnx", "onnxruntime", "tokenizers"):
        need(part, "make engines")
    if "CUDAExecutionProvider" not in import_module("onnxruntime").get_available_providers():
        pytest.skip("no runtime for graphics cards; get it with: pip install 'onnxruntime-gpu[cuda,cudnn]'")
    return diffusion(tmp_path_factory.mktemp("model") / "clouds", half=True)


@pytest.fixture
async def opened(folder: Path) -> AsyncGenerator[Opened]:
    """A painter on a device."""
    painters: list[LocalPainter] = []

    def make(device: str) -> LocalPainter:
        painters.append(LocalPainter(Model(str(folder), device=device, memory=0, steps=12), 120.0))
        return painters[-1]

    yield make
    for painter in painters:
        await painter.close()


def pixels(data: bytes) -> bytes:
    """Return what the rows of a PNG are packed from."""
    parts, at = bytearray(), 8
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IDAT":
            parts += data[at + 8 : at + 8 + size]
        at += size + 12
    return zlib.decompress(parts)


async def test_a_card_paints_what_a_processor_paints(opened: Opened) -> None:
    """Large pictures and small ones, by a child that may start no thread any more and open hardly a file."""
    card = opened("cuda")
    first = await card.paint(WISH)
    assert (await card.paint(replace(WISH, width=1024, height=768))).data
    assert (await card.paint(WISH)).data == first.data
    other = await opened("cpu").paint(WISH)
    ours, theirs = pixels(first.data), pixels(other.data)
    assert len(ours) == len(theirs)
    assert fmean(min(apart := abs(a - b), 256 - apart) for a, b in zip(ours, theirs, strict=True)) < NEAR

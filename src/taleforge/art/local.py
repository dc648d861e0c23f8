"""A painter whose model runs on this machine, in a child process that is shut in (`easel`). Knows no model."""

from asyncio.subprocess import Process
from typing import Final

from taleforge.art.caged import CagedPainter
from taleforge.art.line import Model, Order, Paint
from taleforge.art.reading import data
from taleforge.art.remote import even, words
from taleforge.art.values import Wish
from taleforge.cages.child import PYTHON, start
from taleforge.cages.limits import environment

ENGINE: Final = "diffusion"
CHILD: Final = (*PYTHON, "taleforge.art.easel")


class LocalPainter(CagedPainter):
    """Has a model paint (`Painter`).

    Args:
        model: Which, and how much of this machine it may use.
        seconds: How long a picture may take, and the model to be loaded before the first.
    """

    def __init__(self, model: Model, seconds: float) -> None:
        async def begin() -> Process:
            return await start(CHILD, model, environment(model.device, model.threads))

        super().__init__(ENGINE, begin, _asked, seconds)


def _asked(wish: Wish) -> Paint:
    never = data("prompts")["never"]["text"]
    return Paint(Order(words(wish), never, even(wish.width), even(wish.height), wish.seed))

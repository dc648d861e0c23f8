"""What art is to the house. One contract suite runs on every `Painter`. Does not implement anything."""

from typing import Protocol

from taleforge.art.values import Picture, Wish


class Painter(Protocol):
    """Makes pictures. Holds nothing between them that had to be given back."""

    async def paint(self, wish: Wish) -> Picture:
        """Return a picture of a wish, as a PNG.

        Raises:
            PaintingFailed: the engine did not paint; another may.
        """
        ...

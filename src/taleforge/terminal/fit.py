"""What every screen of the full-screen client does when its size changes: it is small, wide, or neither.

The style sheet does the rest. Knows no screen.
"""

from typing import Any, Final

from textual.screen import Screen

SMALL_WIDTH, SMALL_HEIGHT = 72, 18
"""Below either, there is one column and one tab at a time."""
WIDE: Final = 104


class Sized:
    """A screen that fits the terminal."""

    def fit(self, screen: Screen[Any], width: int, height: int) -> None:
        """Set the classes that the style sheet asks for."""
        screen.set_class(width < SMALL_WIDTH or height < SMALL_HEIGHT, "small")
        screen.set_class(width >= WIDE, "wide")

"""A narrator for tests: says what it is told to, fails when it is told to, and remembers what it was asked.

Does not read a Brief.
"""

import asyncio

from taleforge.errors import Unavailable
from taleforge.messages.brief import Brief, Prose


class FakeNarrator:
    """Tells every Brief in the same words.

    Args:
        text: The words.
        fails: How many tellings fail before one succeeds.
        hangs: Whether a telling never ends.
    """

    def __init__(self, text: str = "Something happens.", *, fails: int = 0, hangs: bool = False) -> None:
        self.text = text
        self.fails = fails
        self.hangs = hangs
        self.told: list[Brief] = []

    async def tell(self, brief: Brief) -> Prose:
        """Return the fixed prose. Raises Unavailable as often as it was told to."""
        self.told.append(brief)
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            self.fails -= 1
            raise Unavailable("The fake narrator was told to fail.", "Ask it again, or make one that does not fail.")
        return Prose(brief.v, brief.lang, self.text, brief.audience, narrator="fake")

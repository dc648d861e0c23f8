"""A model for tests that need no server: says what it is told to, or fails, and remembers what it was asked.

Does not talk to anybody.
"""

from collections.abc import AsyncIterator, Iterable

from taleforge.errors import ModelFailed
from taleforge.models.ports import Read, T
from taleforge.models.values import Request


class FakeChat:
    """Answers with one text after another, the last of them for ever; None fails.

    Args:
        texts: The answers.
        size: Letters of each piece.
    """

    def __init__(self, texts: Iterable[str | None], size: int = 7) -> None:
        self._texts = list(texts)
        self._size = size
        self.asked: list[Request] = []

    async def ask(self, request: Request, read: Read[T]) -> T:
        """Return what `read` makes of the next text. Raises ModelFailed for None."""
        self.asked.append(request)
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        if text is None:
            raise ModelFailed("The fake model was told to fail.", "Ask it again.", "fake")
        return await read(self._pieces(text))

    async def _pieces(self, text: str) -> AsyncIterator[str]:
        for at in range(0, len(text), self._size):
            yield text[at : at + self._size]

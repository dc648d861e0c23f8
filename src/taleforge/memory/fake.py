"""An embedder for tests that need no model: texts with the same words, or words that a test calls alike, lie near.

Knows no language. `fails` says how the next calls end.
"""

from collections.abc import Mapping, Sequence
from zlib import crc32

from taleforge.errors import ModelFailed
from taleforge.memory.lexical import words_of

SIZE = 64


class FakeEmbedder:
    """Places texts by their words (`ports.Embedder`).

    Args:
        alike: Words, and the word each of them counts as.
        name: What its space is called.
    """

    def __init__(self, alike: Mapping[str, str] | None = None, name: str = "fake") -> None:
        self._alike = alike or {}
        self._name = name
        self.fails = False
        self.asked: list[str] = []

    @property
    def name(self) -> str:
        """What its space is called."""
        return self._name

    async def embed(self, texts: Sequence[str], table: str = "") -> list[tuple[float, ...]]:  # noqa: ARG002
        """Return a vector for each text. Raises ModelFailed."""
        self.asked += texts
        if self.fails:
            raise ModelFailed("The test wants it so.", "Let it work again.", "down")
        return [self._place(text) for text in texts]

    def _place(self, text: str) -> tuple[float, ...]:
        place = [0.0] * SIZE
        for word in words_of(text):
            place[crc32(self._alike.get(word, word).encode()) % SIZE] += 1.0
        return tuple(place)

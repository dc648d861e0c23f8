"""What this room offers to others and what it needs of them, as small protocols.

Does not implement anything.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from taleforge.models.values import Call, Request

T = TypeVar("T")
Read = Callable[[AsyncIterator[str]], Awaitable[T]]
"""Reads a completion piece by piece; called anew for each model that is tried."""


class Chat(Protocol):
    """Something that answers."""

    async def ask(self, request: Request, read: Read[T]) -> T:
        """Return what `read` made of the answer.

        Raises:
            ModelFailed: nobody answered as they should, or nobody may be asked now.
        """
        ...


class Embeddings(Protocol):
    """Something that places texts in a space where like is near like."""

    async def embed(self, texts: Sequence[str], table: str = "") -> list[tuple[float, ...]]:
        """Return a vector for each text, all of one length. Raises ModelFailed."""
        ...


class Purse(Protocol):
    """Who keeps what models use, and says when it is enough. Costs are in millionths of a US dollar."""

    async def reserve(self, table: str, tokens: int, cost: int) -> str | None:
        """Put aside what a call may come to; returns its number, or None where that would be too much."""
        ...

    async def settle(self, number: str, tokens: int, cost: int) -> None:
        """Say what a call came to."""
        ...

    async def release(self, number: str) -> None:
        """Let a call that came to nothing count nothing."""
        ...


class Watch(Protocol):
    """Who counts what became of calls."""

    def called(self, call: Call) -> None:
        """Count a call that is over."""
        ...

    def changed(self, model: str, state: str) -> None:
        """Note that a model's breaker is `closed`, `open` or on `trial` from now on."""
        ...

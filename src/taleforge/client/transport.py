"""What a client needs to reach a table: something that connects, and a link that carries frames as bytes.

In one process the server's own session is such a link; over a network it will be a WebSocket. Opens nothing itself.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol


class Link(Protocol):
    """One connection to a table."""

    async def send(self, data: bytes) -> None:
        """Send a frame. Raises Unavailable when the connection is lost."""
        ...

    async def receive(self) -> bytes:
        """Return the next frame, waiting for it. Raises Unavailable when the connection is lost."""
        ...

    async def close(self) -> None:
        """End the connection."""
        ...


Connect = Callable[[], Awaitable[Link]]
"""Makes a new connection. Raises Unavailable when the table cannot be reached."""

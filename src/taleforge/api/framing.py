"""Uvicorn's WebSocket, taught to send many frames in one piece, and not to wait for ever for a client that takes none.

What is sent so goes around the library's own framing, which makes an object of each frame: text from a server is two to
ten bytes and the text itself (RFC 6455, section 5.2). Does not know what the frames say.
"""

import struct
from collections.abc import Sequence
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

TOGETHER: Final = "taleforge.frames"
"""An extension of ASGI: `{"type": TOGETHER, "frames": [bytes, …]}` sends each as a text frame, all at once."""
LINGER: Final = 5.0
"""Seconds a closed stream has to take what it was sent."""

_TEXT: Final = 0x81
"""The first byte of a text frame that is whole."""
_SHORT: Final = 126
"""Lengths from here on are written in two bytes more, and from `_LONG` on in eight."""
_LONG: Final = 1 << 16


class BriefHttp(HttpToolsProtocol):
    """HTTP of which nothing stays once it is a WebSocket: no parser that holds on to it, and to the transport."""

    def handle_websocket_upgrade(self) -> None:
        """Give the connection to a WebSocket, and forget what uvicorn forgets only of a connection that is lost."""
        super().handle_websocket_upgrade()
        self.parser: Any = None


class GentleSocket(WebSocketsSansIOProtocol):
    """A WebSocket that takes frames together, and does not wait for ever for a client which takes nothing."""

    async def run_asgi(self) -> None:
        """Serve the connection, and cut it off if it is still there a while after."""
        self.scope["extensions"] = {**(self.scope.get("extensions") or {}), TOGETHER: {}}
        await super().run_asgi()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(LINGER, self.transport.abort)

    async def send(self, message: Any) -> None:
        """Send what the application says; raises ClientDisconnected."""
        if message["type"] != TOGETHER:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.conn.state.name != "OPEN":
            raise ClientDisconnected
        self.transport.write(framed(message["frames"]))


def framed(texts: Sequence[bytes]) -> bytes:
    """Return texts (UTF-8) as WebSocket frames, one after another."""
    pieces: list[bytes] = []
    for text in texts:
        size = len(text)
        if size < _SHORT:
            head = struct.pack("!BB", _TEXT, size)
        elif size < _LONG:
            head = struct.pack("!BBH", _TEXT, _SHORT, size)
        else:
            head = struct.pack("!BBQ", _TEXT, _SHORT + 1, size)
        pieces += (head, text)
    return b"".join(pieces)

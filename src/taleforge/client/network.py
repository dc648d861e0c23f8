"""A seat's stream over a WebSocket: the network's way to a table, in place of a session in one process.

Needs the extra `client`, which `server` has within. Sends no token in an address; `TableClient` says it in its first
frame.
"""

import ssl
from typing import TYPE_CHECKING, Final

from taleforge.client.transport import Connect
from taleforge.errors import BadInput, Misconfigured, Unavailable

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

MOST_BYTES: Final = 16 * 1024 * 1024
"""Size of a frame from a server, at most."""
PATIENCE: Final = 10.0
"""Seconds in which a server has to answer."""
AGAIN: Final = frozenset({4408, 4429})
"""Close codes after which a connection is made again, beside those that are not of the protocol."""


class WebSocketLink:
    """A connection to a server.

    Args:
        socket: An open WebSocket.
    """

    def __init__(self, socket: "ClientConnection") -> None:
        self._socket = socket

    async def send(self, data: bytes) -> None:
        """Send a frame. Raises Unavailable when the connection is lost."""
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - the extra `server` brings it

        try:
            await self._socket.send(data.decode())
        except ConnectionClosed as error:
            raise Unavailable("The connection to the server is lost.", "Connecting again.") from error

    async def receive(self) -> bytes:
        """Return the next frame, waiting for it.

        Raises:
            Unavailable: the connection is lost.
            BadInput: the server does not want this seat; trying again will not help.
        """
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - the extra `server` brings it

        try:
            return await self._socket.recv(decode=False)
        except ConnectionClosed as error:
            code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")
            if 4400 <= code <= 4499 and code not in AGAIN:
                raise BadInput(f"The server refuses this seat ({reason}).", "Ask the host for a new invite.") from error
            raise Unavailable("The connection to the server is lost.", "Connecting again.") from error

    async def close(self) -> None:
        """End the connection."""
        await self._socket.close()


def connect_to(server: str, table: str) -> Connect:
    """Return what connects to a table of a server, given as `http://…` or `https://…`.

    Raises:
        Misconfigured: the extra that this needs is not installed.
    """
    try:
        from websockets.asyncio.client import connect  # noqa: PLC0415 - the extra `server` brings it
        from websockets.exceptions import InvalidHandshake  # noqa: PLC0415 - as above
    except ImportError as error:
        raise missing_extra() from error
    address = f"{server.replace('http', 'ws', 1).rstrip('/')}/api/v1/tables/{table}/stream"

    async def connected() -> WebSocketLink:
        try:
            socket = await connect(
                address, compression=None, max_size=MOST_BYTES, ping_interval=None, open_timeout=PATIENCE,
                close_timeout=1, proxy=None,
            )  # fmt: skip
        except (OSError, TimeoutError, ssl.SSLError, InvalidHandshake) as error:
            raise Unavailable(f"The server {server} cannot be reached.", "Trying again.") from error
        return WebSocketLink(socket)

    return connected


def missing_extra() -> Misconfigured:
    """Return the sentence that says what to install."""
    return Misconfigured("This needs parts of Taleforge that are not installed.", "pip install 'taleforge[client]'")

"""The sockets of a crowd, on picows: thousands from one core, each cut off made again where it was.

Imported only when somebody loads a server (extra `load`). Knows nothing of what the frames say but `bye`.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSInvalidStatusError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,  # pyright: ignore[reportUnknownVariableType] - its keywords for the loop are open
)

from taleforge.errors import Unavailable
from taleforge.ops.load.seat import Seat
from taleforge.ops.load.tally import Tally

PATIENCE: Final = 30.0
"""Seconds in which a server has to take a connection."""
MOST_BYTES: Final = 16 * 1024 * 1024
LONGEST_PAUSE: Final = 5.0
ENDED: Final = range(4400, 4500)
"""Close codes that say why; only 4408 and 4429 ask to come back."""
AGAIN: Final = frozenset({4408, 4429})


class Wire:
    """All sockets of a crowd.

    Args:
        server: The server's address, as `http://…`.
        tally: Knows what a seat has to send again.
    """

    def __init__(self, server: str, tally: Tally) -> None:
        self.counts: Counter[str] = Counter()
        self._address = f"{server.rstrip('/').replace('http', 'ws', 1)}/api/v1/tables/"
        self._tally = tally
        self._coming_back: set[asyncio.Task[None]] = set()
        self._open: dict[Seat, _Link] = {}
        self._closed = False

    async def connect(self, seat: Seat) -> None:
        """Open a seat's stream.

        Raises:
            Unavailable: the server does not take the connection, or takes no more of this address.
        """
        try:
            _, link = await ws_connect(
                lambda: _Link(self, seat), f"{self._address}{seat.table}/stream", max_frame_size=MOST_BYTES,
                websocket_handshake_timeout=PATIENCE, read_buffer_init_size=2048, enable_auto_ping=False,
            )  # fmt: skip
        except WSInvalidStatusError as error:
            raise Unavailable(
                f"The server refuses a stream ({error}).", "Raise limits.sockets and limits.general there."
            ) from error
        except (WSError, OSError, TimeoutError) as error:
            raise Unavailable(f"The server takes no stream: {error}.", "See whether it runs.") from error
        assert isinstance(link, _Link)
        self._open[seat] = link

    def begin(self, seat: Seat, send: Callable[[bytes], None]) -> None:
        """Say hello for a seat, and send again what was not answered."""
        seat.send = send
        send(seat.hello())
        for sent in self._tally.waiting(seat):
            send(sent.data)

    def lost(self, seat: Seat, code: int, after: float) -> None:
        """Connect a seat again that has lost its stream."""
        seat.send = None
        if self._closed or self._open.pop(seat, None) is None:
            return
        if code in ENDED and code not in AGAIN:
            self.counts["sent_away"] += 1
            return
        self.counts["reconnects"] += 1
        task = asyncio.create_task(self._come_back(seat, after))
        self._coming_back.add(task)
        task.add_done_callback(self._coming_back.discard)

    def close(self, seat: Seat) -> None:
        """End a seat's stream."""
        link = self._open.pop(seat, None)
        if link is not None:
            link.end()

    async def close_all(self) -> None:
        """End every stream."""
        self._closed = True
        for task in tuple(self._coming_back):
            task.cancel()
        await asyncio.gather(*self._coming_back, return_exceptions=True)
        for seat in tuple(self._open):
            self.close(seat)

    async def _come_back(self, seat: Seat, after: float) -> None:
        pause = 0.1
        await asyncio.sleep(after)
        while not self._closed:
            try:
                await self.connect(seat)
            except Unavailable:
                self.counts["connections_refused"] += 1
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                return


class _Link(WSListener):
    """One connection."""

    def __init__(self, wire: Wire, seat: Seat) -> None:
        super().__init__()
        self._wire = wire
        self._seat = seat
        self._transport: WSTransport | None = None
        self._code = 1006

    def end(self) -> None:
        """Hang up."""
        self._seat.send = None
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._wire.begin(self._seat, self._send)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            data = frame.get_payload_as_bytes()
            counts = self._wire.counts
            counts["frames"] += 1
            counts["bytes_in"] += len(data)
            self._seat.take(data)
        elif frame.msg_type == WSMsgType.CLOSE:
            self._code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - the library's signature
        self._wire.lost(self._seat, self._code, self._seat.after)

    def _send(self, data: bytes) -> None:
        assert self._transport is not None
        self._wire.counts["bytes_out"] += len(data)
        self._transport.send(WSMsgType.TEXT, data)

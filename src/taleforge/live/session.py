"""One connection of one seat in the frames of the protocol, as bytes in and bytes out: what any transport carries.

Begins with `hello`. Whatever is sent that is no frame of ours is refused, and nothing that is sent can end anything but
this connection. Does not check the token: whoever made the session did, and may have its commands asked in another way
than straight of the room.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from taleforge.errors import TaleforgeError, Unavailable
from taleforge.live.room import Room
from taleforge.live.stream import Connection, reply_frame, sent
from taleforge.messages.codec import MessageError, decode_client_frame, decode_command
from taleforge.messages.codes import Code
from taleforge.messages.commands import Command, Refused, Reply
from taleforge.messages.frames import AudioIn, AudioOut, ClientCommand, ClientFrame, Frame, Hello, Typing
from taleforge.messages.ids import CommandId

MOST_BYTES = 64 * 1024
"""Size of a frame from a client, at most."""
MOST_TOGETHER = 64 * 1024
"""Bytes that are sent together, about."""

Ask = Callable[[Command], Awaitable[Reply]]
"""Asks a table for something, and returns its answer."""


class Session:
    """A seat's connection.

    Args:
        room: Gives the room of the table, opening it if need be.
        seat: Whose connection it is; commands in another seat's name are refused.
        ask: Has a command answered, in place of the room itself.
    """

    __slots__ = ("_ask", "_connection", "_room", "_seat", "_types", "audio")

    def __init__(self, room: Callable[[], Awaitable[Room]], seat: str, ask: Ask | None = None) -> None:
        self.audio: Callable[[AudioOut | AudioIn], None] = _deaf
        """Called with what the client sends for sound; in this process alone there is none."""
        self._room = room
        self._seat = seat
        self._ask = ask
        self._connection: Connection | None = None
        self._types = False

    async def send(self, data: bytes) -> None:
        """Take a frame from the client; a command is answered before the next frame is taken.

        Raises:
            Unavailable: the connection did not begin with `hello`, or the room cannot be had.
        """
        frame = _read(data)
        if isinstance(frame, Hello):
            await self._hello(frame.since)
        elif self._connection is None:
            raise Unavailable("The connection did not begin with hello.", "Connect again and say hello first.")
        elif frame is None:
            self._connection.push(sent(reply_frame(Refused(CommandId(""), Code.COMMAND_MALFORMED))))
        elif isinstance(frame, Typing):
            await self._typing(on=frame.on)
        elif isinstance(frame, AudioOut | AudioIn):
            self.audio(frame)
        elif isinstance(frame, ClientCommand):
            self._connection.push(sent(reply_frame(await self._answer(frame.d))))

    async def receive(self) -> bytes:
        """Return the next frame for the client.

        Raises:
            Unavailable: the connection is closed.
        """
        frame = await self._connection.receive() if self._connection else None
        if frame is None:
            raise Unavailable("The connection to the table is closed.", "Connect again.")
        return frame.data

    async def receive_all(self) -> list[bytes]:
        """Return the frames that wait for the client, of about `MOST_TOGETHER` bytes at most, at least one of them.

        Raises:
            Unavailable: the connection is closed.
        """
        frames = [await self.receive()]
        assert self._connection is not None
        room = MOST_TOGETHER - len(frames[0])
        while room > 0 and (frame := self._connection.take()) is not None:
            frames.append(frame.data)
            room -= len(frame.data)
        return frames

    def push(self, frame: Frame) -> None:
        """Let a frame without a number wait for the client."""
        if self._connection is not None:
            self._connection.push(sent(frame))

    async def close(self) -> None:
        """End the connection, when what waits was taken."""
        self.end()

    def end(self) -> None:
        """End the connection, when what waits was taken."""
        self.audio = _deaf
        if self._connection is not None:
            self._connection.close()

    async def _submit(self, wish: Command) -> Reply:
        return await (await self._room()).submit(wish)

    async def _hello(self, since: int | None) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = (await self._room()).connect(self._seat, since)

    async def _typing(self, *, on: bool) -> None:
        """Pass on that the player begins to type, or stops: each change once, so that nobody is flooded."""
        if on != self._types:
            self._types = on
            (await self._room()).typing(self._seat, on=on)

    async def _answer(self, plain: dict[str, Any]) -> Reply:
        id_ = CommandId(str(plain.get("id", ""))[:80])
        try:
            wish = decode_command(msgspec.json.encode(plain))
            if wish.seat != self._seat:
                return Refused(id_, Code.SEAT_UNKNOWN)
            return await (self._ask or self._submit)(wish)
        except MessageError as error:
            return Refused(id_, error.refusal, error.params)
        except TaleforgeError:
            return Refused(id_, Code.STORE_UNAVAILABLE)


def _deaf(_: AudioOut | AudioIn) -> None:
    """Take no notice of sound."""


def _read(data: bytes) -> ClientFrame | None:
    try:
        return decode_client_frame(data) if len(data) <= MOST_BYTES else None
    except MessageError:
        return None

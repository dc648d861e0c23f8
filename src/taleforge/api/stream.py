"""The seat stream (PROTOCOL §5) on a WebSocket, as bare ASGI: ten thousand of them cost little more than their sockets.

Begins with `hello` and a token; everything else is `live.session`'s. A reader that takes nothing for too long is
dropped, and comes back where it was. Does not know the game.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import structlog

from taleforge.api.aloud import Aloud
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk, Place
from taleforge.api.framing import TOGETHER
from taleforge.api.problems import Trouble, status_of
from taleforge.api.sockets import Socket
from taleforge.errors import TaleforgeError, Unavailable
from taleforge.live.session import Session
from taleforge.messages.codec import MessageError, decode_client_frame, encode
from taleforge.messages.frames import Frame, Hello
from taleforge.telemetry.context import bind

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HELLO_PATIENCE: Final = 10.0
"""Seconds in which a connection has to say hello."""
AFTER: Final = 1.0
"""Seconds a client is asked to wait before it comes back, when nothing better is known."""

log = structlog.get_logger(__name__)


def close_code(code: str) -> int:
    """Return the WebSocket close code that mirrors a code: 4400 to 4499, 4408 for "come back"."""
    status = 408 if code in {"table/closing", "stream/slow"} else status_of(code)
    return 4000 + status if 400 <= status <= 499 else 4408


class Stream:
    """One accepted connection.

    Args:
        desk: The house and its people.
        table: The table in its address.
        receive: Takes the next message of the client.
        send: Sends the client a message.
        together: Whether it can send frames together.
    """

    def __init__(self, desk: Desk, table: str, receive: Receive, send: Send, *, together: bool = False) -> None:
        self._desk = desk
        self._table = table
        self._receive = receive
        self._send = send
        self._together = together
        self._ending = "table/closing"
        self._after: float | None = AFTER
        self._sending_since: float | None = None
        self._heard_at = 0.0
        self._clock = asyncio.get_running_loop().time
        self._ended = self._ending
        self._frames_in = self._frames_out = 0

    async def run(self) -> None:
        """Serve the connection until either side ends it."""
        begun = self._clock()
        try:
            hello = await self._hello()
            if hello is None:
                return
            caller, place = await self._seated(hello.token)
            if self._desk.closing:  # it began meanwhile, and has sent away all whom it knew of
                raise Unavailable("The server is closing.", "Connect again in a moment.")
            bind(table=place.table, seat=place.seat)
            log.info("socket.opened", since=hello.since)
            await self._play(hello, caller, place)
        except Trouble as trouble:
            await self._close(trouble.code)
        except TaleforgeError:
            await self._close("store/unavailable", AFTER)
        finally:
            self._desk.measures.closed.add(self._ended)
            log.info("socket.closed", code=self._ended, duration_s=round(self._clock() - begun, 1),
                     frames_in=self._frames_in, frames_out=self._frames_out)  # fmt: skip

    async def _hello(self) -> Hello | None:
        try:
            async with asyncio.timeout(HELLO_PATIENCE):
                data = await self._frame()
            hello = None if data is None else decode_client_frame(data)
        except (TimeoutError, MessageError):
            raise Trouble("request/malformed") from None
        if isinstance(hello, Hello | None):
            return hello
        raise Trouble("request/malformed")

    async def _seated(self, token: str) -> tuple[Caller, Place]:
        caller = await self._desk.callers.by_secret(token)
        if caller.kind != "seat":
            raise Trouble(caller.trouble if caller.kind == "nobody" else "auth/unknown")
        place = await self._desk.place(caller, self._table)
        if place is None:
            raise Trouble("table/unknown")
        return caller, place

    async def _play(self, hello: Hello, caller: Caller, place: Place) -> None:
        assert caller.grant is not None
        session = self._desk.house.tables.door(place.table, place.seat, self._desk.ask_as(place))
        aloud = Aloud(self._desk, caller, place, session.push)
        session.audio = aloud.take
        reader: asyncio.Task[None] | None = None
        writer = asyncio.current_task()
        assert writer is not None
        expires = caller.grant.expires

        def end(code: str, after: float | None) -> None:
            self._ending, self._after = code, after
            session.push(_bye(code, after))
            session.end()

        def beat(now_ms: int) -> None:
            if expires is not None and now_ms >= expires:
                end("auth/expired", None)
            elif self._stuck():
                writer.cancel("stream/slow")
            else:
                session.push(Frame("ping", {}))

        with self._desk.sockets.listed(Socket(place.table, place.seat, caller.grant.id, end, beat)):
            await session.send(encode(hello))
            self._heard_at = self._clock()
            reader = asyncio.create_task(self._read(session))
            try:
                await self._write(session, aloud)
            except asyncio.CancelledError:
                if not self._stuck():
                    raise
                writer.uncancel()
                self._ended = "stream/slow"
                return
            finally:
                reader.cancel()
                session.end()
                await asyncio.gather(reader, aloud.close(), return_exceptions=True)
        await self._close(self._ending, self._after, said=True)

    async def _read(self, session: Session) -> None:
        """Take what the client sends; when it hangs up, or cannot be answered any more, end the session."""
        try:
            while (data := await self._frame()) is not None:
                self._heard_at = self._clock()
                await session.send(data)
        except Unavailable:
            return
        finally:
            session.end()

    async def _write(self, session: Session, aloud: Aloud) -> None:
        while True:
            try:
                frames = await session.receive_all()
            except Unavailable:
                return
            resyncs = sum(data.startswith(b'{"t":"resync"') for data in frames)
            if resyncs:
                self._desk.measures.resyncs.add(times=resyncs)
                log.warning("socket.resync")
            self._sending_since = self._clock()
            await self._send_all(frames)
            self._sending_since = None
            aloud.told(frames)
            self._frames_out += len(frames)
            self._desk.measures.frames.add("out", times=len(frames))

    async def _send_all(self, frames: list[bytes]) -> None:
        if self._together:
            await self._send({"type": TOGETHER, "frames": frames})
            return
        for data in frames:
            await self._send({"type": "websocket.send", "text": data.decode()})

    def _stuck(self) -> bool:
        """Whether the client has taken nothing, or said nothing, for too long."""
        now = self._clock()
        since = self._sending_since
        return (since is not None and now - since > self._desk.patience) or now - self._heard_at > self._desk.silence

    async def _frame(self) -> bytes | None:
        """Return what the client sends next; None when it has hung up."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._ending = "client/left"
            return None
        self._frames_in += 1
        self._desk.measures.frames.add("in")
        text = message.get("text")
        return text.encode() if text is not None else message.get("bytes") or b""

    async def _close(self, code: str, after: float | None = None, *, said: bool = False) -> None:
        """Say goodbye, and why."""
        status = close_code(code)
        self._ended = code
        if not said:
            await self._send({"type": "websocket.send", "text": encode(_bye(code, after)).decode()})
        await self._send({"type": "websocket.close", "code": status, "reason": code})


def _bye(code: str, after: float | None) -> Frame:
    return Frame("bye", {"code": code} if after is None else {"code": code, "after": after})

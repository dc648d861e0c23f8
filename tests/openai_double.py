"""A server that speaks as OpenAI's does, in this process: what it says is scripted, and it fails on demand.

Speaks HTTP by hand, so that it can break off wherever a real one might. Holds nothing up by sleeping: a slow server
waits until whoever asked goes away.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import cycle
from types import TracebackType
from typing import Any, Literal, Self, get_args

import msgspec
from msgspec import Struct

Fault = Literal[
    "hang_up", "no_answer", "no_token", "stall", "status_500", "status_503", "status_429", "status_401", "status_404",
    "status_302", "html", "not_json", "wrong_shape", "binary", "half_event", "truncated", "cut_chunk", "error_event",
    "empty", "endless", "endless_event", "endless_comments", "filtered", "echo_key", "length",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = get_args(Fault)
MIDWAY: frozenset[Fault] = frozenset({
    "no_token", "stall", "not_json", "wrong_shape", "binary", "half_event", "truncated", "cut_chunk", "error_event",
    "endless", "endless_event", "endless_comments", "filtered", "echo_key", "length",
})  # fmt: skip
"""Those that can come when something was said already, and make a fault of all of it."""


class Failing(Struct, frozen=True):
    """What to do instead of answering.

    `after` is the `Retry-After` of a refusal; `said` comes first where a stream begins.
    """

    fault: Fault
    after: str = ""
    said: str = ""


class Asked(Struct, frozen=True):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """Everything that is said in it."""
        return "\n".join(message["content"] for message in self.body.get("messages", ()))


Reply = Callable[[Asked], str | Failing]


def saying(text: str) -> Reply:
    """Return a reply that is always the same."""
    return lambda _: text


def in_turn(*replies: str | Failing) -> Reply:
    """Return replies one after another, and again from the first."""
    turn = cycle(replies)
    return lambda _: next(turn)


class Double:
    """The server; an asynchronous context, inside which `url` is where it listens.

    Args:
        reply: What it answers to a question; `fault` fails instead.
        models: The names of its models.
        gate: Answers wait for it, if there is one, before their first token.
        size: Letters of each token.
    """

    def __init__(
        self, reply: Reply, models: tuple[str, ...] = ("tiny",), gate: asyncio.Event | None = None, size: int = 6
    ) -> None:
        self.reply = reply
        self.models = models
        self.gate = gate
        self.size = size
        self.asked: list[Asked] = []
        self.connections = 0
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def chats(self) -> list[Asked]:
        """What it was asked to say."""
        return [asked for asked in self.asked if asked.path.endswith("/chat/completions")]

    async def until_asked(self, times: int) -> None:
        """Return once it was asked so often to say something."""
        async with asyncio.timeout(5):
            while len(self.chats) < times:
                self._news.clear()
                await self._news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while (asked := await _request(reader)) is not None:
                self.asked.append(asked)
                self._news.set()
                await self._answer(asked, _Out(writer, reader))
        except (ConnectionError, _HungUp, asyncio.CancelledError):  # cancelled with the server: nobody waits for it
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, asked: Asked, out: "_Out") -> None:
        match asked.path.removeprefix("/v1"):
            case "/models":
                out.plain(
                    200, {"object": "list", "data": [{"id": name, "max_model_len": 8192} for name in self.models]}
                )
            case "/embeddings":
                out.plain(200, _vectors(asked.body["input"]))
            case "/chat/completions":
                await self._chat(asked, out)
            case _:
                out.plain(404, {"error": {"message": "no such path"}})
        await out.flush()

    async def _chat(self, asked: Asked, out: "_Out") -> None:
        said = self.reply(asked)
        if isinstance(said, Failing):
            out.first = said.said
            await _FAULTS[said.fault](out, asked, said)
            return
        out.stream()
        if self.gate is not None:
            await out.flush()
            await self.gate.wait()
        for token in tokens(said, self.size):
            out.event(_chunk(token))
            await out.flush()
        out.event(_chunk("", "stop"))
        usage = {"prompt_tokens": len(asked.prompt) // 4, "completion_tokens": len(said) // 4}
        out.event({"object": "chat.completion.chunk", "choices": [], "usage": usage})
        out.done()


def tokens(text: str, size: int) -> Iterator[str]:
    yield from (text[at : at + size] for at in range(0, len(text), size))


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(head[0].split(" ")[1], headers, msgspec.json.decode(body) if body else {})


def _chunk(content: str, reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}


def _vectors(texts: list[str]) -> dict[str, Any]:
    """Return places by the letters of a text: the same text, the same place."""
    places = [[float(text.lower().count(letter)) for letter in "aeioust"] + [1.0] for text in texts]
    data = [{"object": "embedding", "index": at, "embedding": place} for at, place in enumerate(places)]
    return {"object": "list", "data": data[::-1], "usage": {"prompt_tokens": sum(map(len, texts)) // 4}}


class _HungUp(Exception):
    """The connection is to end here."""


class _Out:
    """Writes an answer; `first` is said wherever a stream begins."""

    def __init__(self, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> None:
        self._writer = writer
        self._reader = reader
        self.first = ""

    def head(self, status: int, kind: str, *more: str) -> None:
        self.raw("\r\n".join((f"HTTP/1.1 {status} X", f"Content-Type: {kind}", *more, "", "")).encode())

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    def plain(self, status: int, body: Any, *more: str) -> None:
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self.head(status, "application/json", f"Content-Length: {len(data)}", *more)
        self.raw(data)

    def stream(self) -> None:
        self.head(200, "text/event-stream; charset=utf-8", "Transfer-Encoding: chunked")
        for token in tokens(self.first, 6):
            self.event(_chunk(token))

    def part(self, data: bytes) -> None:
        self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def event(self, body: Any) -> None:
        self.part(b"data: " + (body if isinstance(body, bytes) else msgspec.json.encode(body)) + b"\n\n")

    def done(self) -> None:
        self.event(b"[DONE]")
        self.end()

    def end(self) -> None:
        self.raw(b"0\r\n\r\n")

    async def flush(self) -> None:
        await self._writer.drain()

    async def until_left(self) -> None:
        """Wait until whoever asked goes away."""
        await self.flush()
        await self._reader.read(1)
        raise _HungUp


async def _hang_up(out: _Out, _: Asked, __: Failing) -> None:
    raise _HungUp


async def _no_answer(out: _Out, _: Asked, __: Failing) -> None:
    await out.until_left()


async def _no_token(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    await out.until_left()


async def _stall(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    out.event(_chunk("The rain "))
    await out.until_left()


async def _status(out: _Out, _: Asked, failing: Failing) -> None:
    more = [f"Retry-After: {failing.after}"] if failing.after else []
    out.plain(int(failing.fault.removeprefix("status_")), {"error": {"message": "no"}}, *more, "Location: /v1/models")


async def _html(out: _Out, _: Asked, __: Failing) -> None:
    out.plain(200, b"<html><body>Please log in.</body></html>")


async def _events(out: _Out, *bodies: Any) -> None:
    out.stream()
    for body in bodies:
        out.event(body)
    out.done()


async def _not_json(out: _Out, _: Asked, __: Failing) -> None:
    await _events(out, _chunk("The rain "), b'{"choices": [{"delta": {"content": "fal')


async def _wrong_shape(out: _Out, _: Asked, __: Failing) -> None:
    await _events(out, {"choices": "none"})


async def _binary(out: _Out, _: Asked, __: Failing) -> None:
    await _events(out, bytes(range(128, 256)))


async def _half_event(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    out.event(_chunk("The rain falls."))
    out.part(b'data: {"choices": [{"del')
    out.end()


async def _truncated(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    out.event(_chunk("The rain "))
    out.end()


async def _cut_chunk(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    out.raw(b"ff\r\ndata: {")
    raise _HungUp


async def _error_event(out: _Out, _: Asked, __: Failing) -> None:
    await _events(out, _chunk("The rain "), {"error": {"message": "out of memory", "code": 500}})


async def _empty(out: _Out, _: Asked, __: Failing) -> None:
    await _events(out, _chunk("", "stop"))


async def _filtered(out: _Out, _: Asked, __: Failing) -> None:
    await _events(out, _chunk("The "), _chunk("", "content_filter"))


async def _length(out: _Out, _: Asked, __: Failing) -> None:
    await _events(out, _chunk("The rain falls and"), _chunk("", "length"))


async def _endless(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    while True:
        out.event(_chunk("rain and " * 40))
        await out.flush()


async def _endless_event(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    while True:
        out.part(b"data: " + b"x" * 65_536)
        await out.flush()


async def _endless_comments(out: _Out, _: Asked, __: Failing) -> None:
    out.stream()
    for _turn in range(100):
        out.part(b": still here\n\n")
    await out.until_left()


async def _echo_key(out: _Out, asked: Asked, __: Failing) -> None:
    key = asked.headers.get("authorization", "")
    await _events(out, *(_chunk(token) for token in tokens(f"The bell says {key}. It rings.", 5)), _chunk("", "stop"))


_FAULTS: dict[Fault, Any] = {
    "hang_up": _hang_up, "no_answer": _no_answer, "no_token": _no_token, "stall": _stall, "status_500": _status,
    "status_503": _status, "status_429": _status, "status_401": _status, "status_404": _status, "status_302": _status,
    "html": _html, "not_json": _not_json, "wrong_shape": _wrong_shape, "binary": _binary, "half_event": _half_event,
    "truncated": _truncated, "cut_chunk": _cut_chunk, "error_event": _error_event, "empty": _empty,
    "endless": _endless, "endless_event": _endless_event, "endless_comments": _endless_comments,
    "filtered": _filtered, "echo_key": _echo_key, "length": _length,
}  # fmt: skip

"""A client of one model at a server that speaks as OpenAI's does: Ollama, vLLM, llama.cpp, OpenAI and many more.

Whatever goes wrong out there becomes a `ModelFailed` with its kind. What servers answer when they refuse is not passed
on: it may quote the key or a player. Tries nothing twice, but for a parameter that a server does not know.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from time import perf_counter
from typing import TypeVar

import httpx
import msgspec

from taleforge.errors import Misconfigured, ModelFailed
from taleforge.models import wire
from taleforge.models.answer import content_of, whole_answer
from taleforge.models.filters import shorter_than, timed, without, without_thoughts
from taleforge.models.statuses import failure_of
from taleforge.models.values import End, Model, Patience, Request, Sight, Usage

LETTERS_A_TOKEN = 12
"""More than any tokenizer makes of one, so that whoever sends more does not keep to what was asked."""
MOST_ANSWER = 32 << 20
"""Bytes of an answer that is no stream."""
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For a server that is spoken to in the clear: to load those who vouch for others takes 29 ms."""
T = TypeVar("T")


class Client:
    """Talks to one model.

    Args:
        model: Which, and where.
        patience: How long to wait.
        room: Tokens that it may spend on thoughts, beyond what is asked of it.
    """

    def __init__(self, model: Model, patience: Patience, room: int = 0) -> None:
        self.model = model
        self._patience = patience
        self._name = model.name
        self._room = room
        self._modern = False
        key = model.key.reveal()
        try:
            self._http = httpx.AsyncClient(
                base_url=model.url.rstrip("/") + "/",
                headers={"Authorization": f"Bearer {key}"} if key else {},
                verify=True if model.url.startswith("https:") else _NO_AUTHORITIES,
                timeout=httpx.Timeout(patience.whole, connect=patience.connect),
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise Misconfigured(
                "The address of a model's server is none.", "Set model.url to one such as http://localhost:11434/v1."
            ) from error

    async def stream(self, request: Request) -> AsyncGenerator[str | End]:
        """Yield the pieces of a completion as they come, an empty one while the model thinks, then its end.

        Raises:
            ModelFailed: with what came so far, or before anything did.
        """
        raw = timed(self._pieces(request), self._patience, self.model.label)
        most = (request.most_tokens + self._room) * LETTERS_A_TOKEN
        kept = shorter_than(most, without(self.model.key, raw, self.model.label), self.model.label)
        async with aclosing(without_thoughts(kept)) as pieces:
            async for piece in pieces:
                yield piece

    async def embed(self, texts: Sequence[str]) -> tuple[list[tuple[float, ...]], Usage | None]:
        """Return a vector for each text, and what was used, if the server says. Raises ModelFailed."""
        body = wire.EmbedBody(await self._named(), tuple(texts))
        answer = await self._answer("POST", "embeddings", body, wire.vectors)
        found = {vector.index: vector.embedding for vector in answer.data}
        places = [found.get(at, ()) for at in range(len(texts))]
        if len({len(place) for place in places}) > 1 or not all(places):
            raise self._failed("garbage", "gave other vectors than were asked for")
        return places, answer.usage.usage if answer.usage else None

    async def look(self) -> Sight:
        """Return whether the server answers and has the model; never raises for what is out there."""
        begun = perf_counter()
        try:
            listing = await self._answer("GET", "models", None, wire.listings, self._patience.connect)
        except ModelFailed as error:
            return Sight(self.model.label, reachable=False, problem=error.problem)
        took = round((perf_counter() - begun) * 1000, 1)
        wanted = self.model.name
        listed = next((m for m in listing.data if not wanted or m.id in {wanted, f"{wanted}:latest"}), None)
        if listed is None:
            return Sight(self.model.label, True, False, took, problem=f"The server has no model {wanted or 'at all'}.")
        context = listed.context or await self._shown(listed.id)
        return Sight(self.model.label, True, True, took, listed.id, context)

    async def close(self) -> None:
        """Let its connections go."""
        await self._http.aclose()

    async def _pieces(self, request: Request) -> AsyncGenerator[str | End]:
        async with self._sent(await self._named(), request) as response:
            if "event-stream" in response.headers.get("content-type", ""):
                async with aclosing(content_of(self._bytes(response), self.model.label)) as pieces:
                    async for piece in pieces:
                        yield piece
            else:
                for piece in whole_answer(await self._whole(response), self.model.label):
                    yield piece

    @asynccontextmanager
    async def _sent(self, name: str, request: Request) -> AsyncGenerator[httpx.Response]:
        """Send a request; once more in the newer form where a server knows only that one."""
        with self._wrapped():
            response = await self._send(self._body(name, request))
            if response.status_code == 400 and not self._modern:
                said = await self._whole(response)
                self._modern = b"max_completion_tokens" in said or b"temperature" in said or b"stream_options" in said
                if self._modern:
                    await response.aclose()
                    response = await self._send(self._body(name, request))
        try:
            if not response.is_success:
                raise failure_of(response, self.model.label)
            yield response
        finally:
            await response.aclose()

    def _body(self, name: str, request: Request) -> wire.ChatBody:
        most = request.most_tokens + self._room
        if self._modern:
            return wire.ChatBody(name, request.messages, max_completion_tokens=most)
        return wire.ChatBody(
            name, request.messages, max_tokens=most, temperature=request.temperature,
            stream_options=wire.StreamOptions(),
        )  # fmt: skip

    async def _send(self, body: wire.ChatBody) -> httpx.Response:
        made = self._http.build_request(
            "POST", "chat/completions", content=msgspec.json.encode(body), headers={"Content-Type": "application/json"}
        )
        return await self._http.send(made, stream=True)

    async def _answer(
        self, method: str, path: str, body: msgspec.Struct | None, decoder: msgspec.json.Decoder[T],
        seconds: float | None = None,
    ) -> T:  # fmt: skip
        """Return a plain answer."""
        content = None if body is None else msgspec.json.encode(body)
        try:
            async with asyncio.timeout(seconds or self._patience.whole):
                with self._wrapped():
                    made = self._http.build_request(
                        method, path, content=content, headers={"Content-Type": "application/json"}
                    )
                    response = await self._http.send(made, stream=True)
                try:
                    if not response.is_success:
                        raise failure_of(response, self.model.label)
                    return decoder.decode(await self._whole(response))
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise self._failed("slow", "did not answer in time") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._failed("garbage", "answered what is not understood") from error

    async def _shown(self, name: str) -> int | None:
        """Return the length of the context as Ollama tells it, at an address of its own."""
        body = msgspec.json.decode(msgspec.json.encode({"model": name}), type=_Named)
        try:
            answer = await self._answer("POST", "../api/show", body, wire.shown, self._patience.connect)
        except ModelFailed:
            return None
        return answer.context

    async def _named(self) -> str:
        """Return the model's name, which is the first of the server's where none is set."""
        if not self._name:
            listing = await self._answer("GET", "models", None, wire.listings)
            if not listing.data:
                raise self._failed("absent", "has no model")
            self._name = listing.data[0].id
        return self._name

    async def _whole(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in self._bytes(response):
            parts.append(part)
            size += len(part)
            if size > MOST_ANSWER:
                raise self._failed("endless", "answers without an end")
        return b"".join(parts)

    async def _bytes(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        with self._wrapped():
            async for part in response.aiter_bytes():
                yield part

    @contextmanager
    def _wrapped(self) -> Generator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise self._failed("unreachable", "cannot be reached") from error
        except httpx.TimeoutException as error:
            raise self._failed("slow", "did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise self._failed("broken", "broke off") from error

    def _failed(self, kind: str, what: str) -> ModelFailed:
        return ModelFailed(f"The model {self.model.label} {what}.", "taleforge models shows how it is.", kind)


class _Named(msgspec.Struct, frozen=True):
    model: str

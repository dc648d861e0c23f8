"""POST requests that are sent again with the same `Idempotency-Key`: done once, answered alike.

Kept in memory for a day, for each credential apart, and by several processes together in Redis (`answers`). Without
Redis a restart forgets them, and commands then still have their own ids. Whoever shows no credential is known by the
key alone, which has to be one that nobody guesses. Uploads are not kept, nor answers of unusual size. Does not look
into any body.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from time import monotonic
from typing import Any, Final

from msgspec import Struct

from taleforge.api.answers import LASTS, Answer, Held, SharedAnswers
from taleforge.api.callers import NOBODY, Caller
from taleforge.api.problems import MEDIA_TYPE, encoded, problem, status_of
from taleforge.api.shared import Shared
from taleforge.api.stream import Message, Receive, Send
from taleforge.errors import Unavailable

App = Callable[[Any, Receive, Send], Awaitable[None]]

LONGEST: Final = 200
"""Characters of a key, at most."""
UNGUESSED: Final = 16
"""Characters that a key needs where nothing but it says who asks."""
MOST_KEPT: Final = 10_000
MOST_BODY: Final = 1024 * 1024
MOST_ANSWER: Final = 256 * 1024
"""Bytes of an answer that is kept; nothing that is done by POST says more."""
UPLOADS: Final = frozenset({"/api/v1/tables/import", "/transcribe", "/clone-voice", "/v1/audio/transcriptions"})
"""Paths of which no answer is kept."""
_REPEATED: Final = (b"idempotent-replayed", b"true")
_NOTHING: Final[Mapping[str, str]] = {}


class _Known(Struct):
    """What this process knows of a key; `asked` is the hash of the body."""

    asked: bytes
    until: float
    lock: asyncio.Lock
    answer: Answer | None = None


class Repeats:
    """A layer that answers repeated requests itself.

    Args:
        app: Answers the others.
        shared: Where several processes keep their answers.
    """

    def __init__(self, app: App, shared: Shared | None = None) -> None:
        self._app = app
        self._shared = None if shared is None else SharedAnswers(shared)
        self._kept: OrderedDict[tuple[str, ...], _Known] = OrderedDict()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        given = _given(scope)
        if not given:
            await self._app(scope, receive, send)
            return
        key = _key_of(scope, given)
        if key is None:
            await _refuse("request/malformed", send, {"field": "Idempotency-Key"})
            return
        body = await _body(receive)
        if body is None:
            await _refuse("request/too_large", send)
            return
        known = self._known(key, sha256(body).digest())
        async with known.lock:
            if known.asked != sha256(body).digest():
                await _refuse("request/repeated", send)
            elif known.answer is not None:
                await _repeat(known.answer, send)
            else:
                await self._first(key, known, lambda to: self._answered(scope, body, receive, to), send)
        if known.answer is None and self._kept.get(key) is known:
            del self._kept[key]

    def _known(self, key: tuple[str, ...], asked: bytes) -> _Known:
        now = monotonic()
        known = self._kept.get(key)
        if known is None or known.until < now:
            known = self._kept[key] = _Known(asked, now + LASTS, asyncio.Lock())
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return known

    async def _first(self, key: tuple[str, ...], known: _Known, answered: "Answered", send: Send) -> None:
        """Answer what this process has not answered yet, as another one did if it did."""
        if self._shared is None:
            known.answer = await answered(send)
            return
        try:
            elsewhere = await self._shared.known(key, known.asked)
        except TimeoutError:
            await _refuse("store/unavailable", send)
            return
        except Unavailable:
            known.answer = await answered(send)
            return
        if isinstance(elsewhere, Held):
            async with elsewhere.finding():
                known.answer = elsewhere.answer = await answered(send)
        elif elsewhere.asked != known.asked:
            await _refuse("request/repeated", send)
        elif elsewhere.answer is not None:
            known.answer = elsewhere.answer
            await _repeat(elsewhere.answer, send)

    async def _answered(self, scope: Any, body: bytes, receive: Receive, send: Send) -> Answer | None:
        """Have a request answered, and return the answer unless trying again may give another one.

        Whoever streams an answer waits meanwhile for the client to hang up, so it is told of that when it happens.
        """
        said: list[Message] = []
        sent = False

        async def received() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            said.append(dict(message))
            await send(message)

        await self._app(scope, received, keep)
        return _lasting(said)


Answered = Callable[[Send], Awaitable[Answer | None]]
"""Has the request answered by the application, and returns what is to be kept."""


def _lasting(said: list[Message]) -> Answer | None:
    """Return an answer that is to be kept: one that was given whole, and that trying again would not change."""
    if not said or said[0]["status"] >= 500 or said[0]["status"] == 429 or said[-1].get("more_body", False):
        return None
    body = b"".join(message.get("body", b"") for message in said[1:])
    return Answer(said[0]["status"], tuple(said[0]["headers"]), body) if len(body) <= MOST_ANSWER else None


def _given(scope: Any) -> bytes:
    """Return the key of a request; empty where none is understood."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] in UPLOADS:
        return b""
    given = next((value for name, value in scope["headers"] if name == b"idempotency-key"), b"")
    if len(given) < UNGUESSED and _caller(scope).trouble != NOBODY.trouble:
        return b""  # whoever has to come with another credential is told that, and not what is wrong with the key
    return given


def _caller(scope: Any) -> Caller:
    return scope.get("state", {}).get("caller", NOBODY)


def _key_of(scope: Any, given: bytes) -> tuple[str, ...] | None:
    """Return what an answer is kept under; None when the key is too long, or a stranger's that others may use."""
    caller = _caller(scope)
    who = caller.grant.id if caller.grant else caller.person
    if not (1 if who else UNGUESSED) <= len(given) <= LONGEST:
        return None
    return who, scope["path"], sha256(given).hexdigest()


async def _body(receive: Receive) -> bytes | None:
    """Return a whole body; None when it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


async def _repeat(answer: Answer, send: Send) -> None:
    start: Message = {
        "type": "http.response.start", "status": answer.status, "headers": [*answer.headers, _REPEATED],
    }  # fmt: skip
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


async def _refuse(code: str, send: Send, params: Mapping[str, str] = _NOTHING) -> None:
    start: Message = {
        "type": "http.response.start", "status": status_of(code), "headers": [(b"content-type", MEDIA_TYPE.encode())],
    }  # fmt: skip
    await send(start)
    await send({"type": "http.response.body", "body": encoded(problem(code, params))})

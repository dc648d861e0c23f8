"""POST requests that are sent again with the same `Idempotency-Key`: done once, answered alike.

Kept in memory for a day, for each credential apart; a restart forgets them, and commands then still have their own ids.
Uploads are not kept. Does not look into any body.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from time import monotonic
from typing import Any, Final

from msgspec import Struct

from taleforge.api.callers import NOBODY, Caller
from taleforge.api.problems import MEDIA_TYPE, encoded, problem, status_of
from taleforge.api.stream import Message, Receive, Send

App = Callable[[Any, Receive, Send], Awaitable[None]]

LASTS: Final = 24 * 3600.0
MOST_KEPT: Final = 10_000
MOST_BODY: Final = 1024 * 1024
LONGEST_KEY: Final = 200
_UPLOADS: Final = "/api/v1/tables/import"


class _Answer(Struct):
    """What was answered to a key; `body` is the hash of what was asked."""

    asked: bytes
    until: float
    lock: asyncio.Lock
    messages: tuple[Message, ...] = ()


class Repeats:
    """A layer that answers repeated requests itself.

    Args:
        app: Answers the others.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._kept: OrderedDict[tuple[str, ...], _Answer] = OrderedDict()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = _key_of(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            await _refuse("request/too_large", send)
            return
        asked = sha256(body).digest()
        known = self._answer(key, asked)
        async with known.lock:
            if known.asked != asked:
                await _refuse("request/repeated", send)
            elif known.messages:
                for message in known.messages:
                    await send(_repeated(message))
            else:
                await self._first(known, scope, body, send)
        if not known.messages and self._kept.get(key) is known:
            del self._kept[key]

    def _answer(self, key: tuple[str, ...], asked: bytes) -> _Answer:
        now = monotonic()
        known = self._kept.get(key)
        if known is None or known.until < now:
            known = self._kept[key] = _Answer(asked, now + LASTS, asyncio.Lock())
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return known

    async def _first(self, known: _Answer, scope: Any, body: bytes, send: Send) -> None:
        """Have a request answered, and keep the answer unless trying again may give another one."""
        said: list[Message] = []
        sent = False

        async def receive() -> Message:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            said.append(dict(message))
            await send(message)

        await self._app(scope, receive, keep)
        if said and said[0]["status"] < 500 and said[0]["status"] != 429:
            known.messages = tuple(said)


def _key_of(scope: Any) -> tuple[str, ...] | None:
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] == _UPLOADS:
        return None
    given = next((value for name, value in scope["headers"] if name == b"idempotency-key"), b"")
    if not given:
        return None
    caller: Caller = scope.get("state", {}).get("caller", NOBODY)
    who = caller.grant.id if caller.grant else caller.person
    if not who:
        return None  # two strangers behind one address must not be given each other's answers
    return who, scope["path"], given.decode("latin-1")[:LONGEST_KEY]


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


def _repeated(message: Message) -> Message:
    if message["type"] != "http.response.start":
        return message
    return {**message, "headers": [*message["headers"], (b"idempotent-replayed", b"true")]}


async def _refuse(code: str, send: Send) -> None:
    start: Message = {
        "type": "http.response.start", "status": status_of(code), "headers": [(b"content-type", MEDIA_TYPE.encode())],
    }  # fmt: skip
    await send(start)
    await send({"type": "http.response.body", "body": encoded(problem(code))})

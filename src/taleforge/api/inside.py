"""The server's own routes, asked within one process and without a port: for a host's commands while nothing serves.

Whoever may open the store may do everything in it, so whoever asks here is the owner of the machine. Limits nobody.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from taleforge.api.app import make_router
from taleforge.api.callers import LOCAL
from taleforge.api.desk import Desk
from taleforge.api.health import Pulse
from taleforge.api.server import desk_of
from taleforge.api.stream import Message
from taleforge.bootstrap import build
from taleforge.client.server import Declined
from taleforge.errors import Unavailable
from taleforge.settings import Settings
from taleforge.telemetry.context import bound

Ask = Callable[[str, str, Any], Awaitable[bytes]]
"""Sends a request: method, path under /api/v1, body. Returns the answer's body."""
_HEADERS: Final = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"accept", b"application/json")]


class _Problem(msgspec.Struct):
    code: str = "internal/error"
    params: dict[str, str | int] = {}


@asynccontextmanager
async def inside(settings: Settings) -> AsyncGenerator[Ask]:
    """Give what asks the routes of the store of the settings.

    Raises:
        StoreBusy: another process writes there.
        Misconfigured, Damaged, TooNew: as `bootstrap.build` does.
    """
    async with build(settings) as house:
        desk = await desk_of(house, settings)
        try:
            yield _asker(desk)
        finally:
            await desk.close()


def _asker(desk: Desk) -> Ask:
    router = make_router(desk, Pulse(desk))

    async def ask(method: str, path: str, body: Any) -> bytes:
        data = b"" if body is None else msgspec.json.encode(body)
        scope = _scope(method, path)
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                await desk.deeds.of_request(scope, message["status"])
            said.append(message)

        with bound(request="command line"):
            await router(scope, receive, send)
        return _answer(said)

    return ask


def _scope(method: str, path: str) -> Any:
    route, _, query = path.partition("?")
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": f"/api/v1{route}", "raw_path": f"/api/v1{route}".encode(), "query_string": query.encode(),
        "root_path": "", "headers": _HEADERS, "client": None, "server": ("localhost", 80),
        "state": {"caller": LOCAL, "address": ""},
    }  # fmt: skip


def _answer(said: list[Message]) -> bytes:
    status: int = said[0]["status"]
    body = b"".join(message.get("body", b"") for message in said[1:])
    if status < 300:
        return body
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    if status >= 500:
        raise Unavailable(f"The store cannot do that now ({problem.code}).", "Look into the log, and try again.")
    raise Declined(problem.code, problem.params)

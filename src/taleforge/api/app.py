"""The server as one ASGI application: routes, their guard, and the door around them.

Wires what it is given; opens no store and no port.
"""

import asyncio
from functools import cache
from importlib import resources
from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.types import Scope

from taleforge.api import (
    admin,
    audit,
    campaigns,
    characters,
    engines,
    files,
    health,
    jobs,
    letters,
    library,
    moderation,
    people,
    pictures,
    reading,
    seats,
    spaces,
    spec,
    speech,
    tables,
    voices,
)
from taleforge.api.bodies import Body
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk, Place
from taleforge.api.door import App, Door
from taleforge.api.examples import exemplify
from taleforge.api.given import TheDesk
from taleforge.api.guards import caller_of, guard
from taleforge.api.problems import Trouble, handle
from taleforge.api.repeats import Repeats
from taleforge.api.stream import Receive, Send
from taleforge.api.understood import understood
from taleforge.errors import TaleforgeError

MOST_BODY: Final = 1024 * 1024
"""Size of a request's body, but for uploads."""
_PAGES: Final = {"": ("index.html", "text/html"), "explorer.js": ("explorer.js", "text/javascript"),
                 "explorer.css": ("explorer.css", "text/css")}  # fmt: skip
HANDLERS: Final = (
    *tables.HANDLERS, *reading.HANDLERS, *seats.HANDLERS, *campaigns.HANDLERS, *characters.HANDLERS,
    *moderation.HANDLERS, *people.HANDLERS, *library.HANDLERS, *files.HANDLERS,
    *admin.HANDLERS,
    *spaces.HANDLERS,
    *audit.HANDLERS,
    *jobs.UNDER_V1,
    *letters.HANDLERS,
    *pictures.UNDER_V1,
    *speech.UNDER_V1,
)  # fmt: skip
"""Every route under /api/v1."""


def make_app(desk: Desk) -> Door:
    """Return the server of a desk."""
    pulse = health.Pulse(desk)
    return Door(Repeats(make_router(desk, pulse), desk.shared), desk, pulse)


def make_router(desk: Desk, pulse: health.Pulse) -> App:
    """Return the routes alone, of one desk; they trust that the door has found out who asks."""
    app = cast("App", routes(docs=desk.settings.serve.api_docs))

    async def answer(scope: Any, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {}).update(desk=desk, pulse=pulse)
        await app(scope, receive, send)

    return answer


def document() -> dict[str, Any]:
    """Return the OpenAPI document, which is the same whoever serves."""
    app = routes(docs=True)
    return exemplify(understood(app.openapi_schema.to_schema(), app), app)


@cache
def routes(*, docs: bool) -> Litestar:
    """Return the routes of any desk: each request brings its own. To make them takes longer than many a request."""
    v1 = Router("/api/v1", route_handlers=HANDLERS)
    pages = [explorer, openapi] if docs else []
    return Litestar(
        [v1, *speech.HANDLERS, *pictures.HANDLERS, *voices.HANDLERS, engines.list_models, *health.HANDLERS, *pages],
        dependencies={
            "desk": Provide(_desk, sync_to_thread=False),
            "pulse": Provide(_pulse, sync_to_thread=False),
            "caller": Provide(_caller, sync_to_thread=False),
            "place": Provide(_place, sync_to_thread=False),
        },
        exception_handlers={
            Trouble: handle, TaleforgeError: handle, HTTPException: handle, Exception: handle,
        },
        guards=[guard], openapi_config=spec.config(), request_max_body_size=MOST_BODY, logging_config=None,
        request_class=Body,
    )  # fmt: skip


def _desk(scope: Scope) -> Desk:
    return scope["state"]["desk"]


# Each is given the one before it, for the router makes tasks for those that do not depend on each other.


def _caller(request: Request[Any, Any, Any], desk: TheDesk) -> Caller:  # noqa: ARG001 - see above
    return caller_of(request)


def _place(request: Request[Any, Any, Any], desk: TheDesk) -> Place:  # noqa: ARG001 - as above
    return request.scope["state"]["place"]


def _pulse(scope: Scope, desk: TheDesk) -> health.Pulse:  # noqa: ARG001 - as above
    return scope["state"]["pulse"]


@get("/docs/openapi.json", access="public", include_in_schema=False)
async def openapi() -> Response[bytes]:
    """Return the OpenAPI document."""
    return Response(await asyncio.to_thread(_encoded), media_type="application/json")


@cache
def _encoded() -> bytes:
    """Return the document as JSON, made once: that takes as long as some hundred requests."""
    return msgspec.json.encode(document())


@get(["/docs", "/docs/{page:str}"], access="public", include_in_schema=False)
async def explorer(page: FromPath[str] = "") -> Response[bytes]:
    """Return the explorer's page, or what belongs to it."""
    known = _PAGES.get(page)
    if known is None:
        raise Trouble("route/unknown")
    name, kind = known
    return Response(resources.files("taleforge.api").joinpath("explorer", name).read_bytes(), media_type=kind)

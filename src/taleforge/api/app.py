"""The server as one ASGI application: routes, their guard, and the door around them.

Wires what it is given; opens no store and no port.
"""

from collections.abc import Callable
from importlib import resources
from typing import Any, Final, cast

from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from taleforge.api import (
    admin,
    audit,
    campaigns,
    characters,
    files,
    health,
    library,
    moderation,
    people,
    pictures,
    reading,
    seats,
    spec,
    speech,
    tables,
    voices,
)
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk, Place
from taleforge.api.door import App, Door
from taleforge.api.examples import exemplify
from taleforge.api.given import TheDesk
from taleforge.api.guards import caller_of, guard
from taleforge.api.problems import Trouble, handle
from taleforge.api.repeats import Repeats
from taleforge.errors import TaleforgeError

MOST_BODY: Final = 1024 * 1024
"""Size of a request's body, but for uploads."""
_PAGES: Final = {"": ("index.html", "text/html"), "explorer.js": ("explorer.js", "text/javascript"),
                 "explorer.css": ("explorer.css", "text/css")}  # fmt: skip
HANDLERS: Final = (
    *tables.HANDLERS, *reading.HANDLERS, *seats.HANDLERS, *campaigns.HANDLERS, *characters.HANDLERS,
    *moderation.HANDLERS, *people.HANDLERS, *library.HANDLERS, *files.HANDLERS,
    *admin.HANDLERS,
    *audit.HANDLERS,
    *pictures.UNDER_V1,
)  # fmt: skip
"""Every route under /api/v1."""


def make_app(desk: Desk) -> Door:
    """Return the server of a desk."""
    pulse = health.Pulse(desk)
    return Door(Repeats(cast("App", make_router(desk, pulse)), desk.shared), desk, pulse)


def make_router(desk: Desk, pulse: health.Pulse) -> Litestar:
    """Return the routes alone; they trust that the door has found out who asks."""
    return _router(desk, pulse, [explorer, openapi] if desk.settings.serve.api_docs else [])


def document() -> dict[str, Any]:
    """Return the OpenAPI document, which is the same whoever serves."""
    nobody = cast("Desk", None)  # no request is answered
    return exemplify(_router(nobody, cast("health.Pulse", None), []).openapi_schema.to_schema())


def _router(desk: Desk, pulse: health.Pulse, docs: list[HTTPRouteHandler]) -> Litestar:
    v1 = Router("/api/v1", route_handlers=HANDLERS)
    return Litestar(
        [v1, *speech.HANDLERS, *pictures.HANDLERS, *voices.HANDLERS, *health.HANDLERS, *docs],
        dependencies={
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "pulse": Provide(_kept(pulse), sync_to_thread=False),
            "caller": Provide(_caller, sync_to_thread=False),
            "place": Provide(_place, sync_to_thread=False),
        },
        exception_handlers={
            Trouble: handle, TaleforgeError: handle, HTTPException: handle, Exception: handle,
        },
        guards=[guard], openapi_config=spec.config(), request_max_body_size=MOST_BODY, state=State({"desk": desk}),
        logging_config=None,
    )  # fmt: skip


# Each is given the one before it, for the router makes tasks for those that do not depend on each other.


def _caller(request: Request[Any, Any, Any], desk: TheDesk) -> Caller:  # noqa: ARG001 - see above
    return caller_of(request)


def _place(request: Request[Any, Any, Any], desk: TheDesk) -> Place:  # noqa: ARG001 - as above
    return request.scope["state"]["place"]


def _kept(pulse: health.Pulse) -> Callable[[Desk], health.Pulse]:
    def provide(desk: TheDesk) -> health.Pulse:  # noqa: ARG001 - as above
        return pulse

    return provide


@get("/docs/openapi.json", access="public", include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return the OpenAPI document."""
    return exemplify(request.app.openapi_schema.to_schema())


@get(["/docs", "/docs/{page:str}"], access="public", include_in_schema=False)
async def explorer(page: FromPath[str] = "") -> Response[bytes]:
    """Return the explorer's page, or what belongs to it."""
    known = _PAGES.get(page)
    if known is None:
        raise Trouble("route/unknown")
    name, kind = known
    return Response(resources.files("taleforge.api").joinpath("explorer", name).read_bytes(), media_type=kind)

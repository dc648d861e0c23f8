"""Tools over streamable HTTP at `/mcp`, for agents elsewhere; `GET /` says what this is.

Answers to known hosts and origins only, and asks each call for the token of a seat. Keeps no session: the token says
whose call it is. Does not know tables.
"""

import socket
from collections.abc import Callable, Sequence
from typing import Final

import uvicorn
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from taleforge import __version__
from taleforge.errors import Misconfigured
from taleforge.mcp.agents import Agents
from taleforge.mcp.server import NAME, make_server
from taleforge.mcp.tools import TOOLS

PATH: Final = "/mcp"
MOST_BYTES: Final = 256 * 1024
"""Size of a call, at most."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


class Door:
    """Lets in whoever comes by a known name, from a known place, and to the tools with a token."""

    def __init__(self, app: ASGIApp, security: TransportSecuritySettings) -> None:
        self._app = app
        self._security = TransportSecurityMiddleware(security)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        refused = await self._refused(Request(scope)) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)

    async def _refused(self, request: Request) -> Response | None:
        foreign = await self._security.validate_request(request)
        if foreign is not None or request.url.path != PATH:
            return foreign
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return None
        problem = {"title": "Bring the token of a seat.", "status": 401, "code": "auth/missing"}
        return JSONResponse(problem, 401, {"www-authenticate": "Bearer"}, media_type="application/problem+json")


def make_app(agents: Agents, hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> ASGIApp:
    """Return the application: `hosts` are names it answers to beside this machine's, `origins` those of browsers."""
    named = [*_LOOPBACK, *hosts]
    security = TransportSecuritySettings(
        allowed_hosts=[*named, *(f"{host}:*" for host in named)],
        allowed_origins=[*origins, *(f"http://{host}:*" for host in _LOOPBACK)],
    )
    app = make_server(agents).streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=security,
        max_request_body_size=MOST_BYTES, custom_starlette_routes=[Route("/", _about)],
    )  # fmt: skip
    return Door(app, security)


async def _about(_: Request) -> Response:
    return JSONResponse({"name": NAME, "version": __version__, "path": PATH, "tools": list(TOOLS)})


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises Misconfigured where the address is not ours, or taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body are not written together
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise Misconfigured(
            f"Port {port} of {host} cannot be served: {error.strerror or error}.", "Set mcp.host or mcp.port."
        ) from error
    return listening


class Web(uvicorn.Server):
    """Serves an application until SIGTERM or SIGINT, or `should_exit`; says when it has started."""

    def __init__(self, app: ASGIApp, started: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on"))
        self._say = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self._say()

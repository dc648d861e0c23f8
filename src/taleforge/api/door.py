"""The outermost layer: who may come near at all, from where, and how often; then REST, or a seat's stream.

Bare ASGI around the router, so that what is refused costs little: names and origins, credentials, limits, the headers
of every answer, figures and log lines. Knows no route but by its class.
"""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from time import perf_counter
from typing import Any, Final

import structlog

from taleforge.api.callers import CSRF_HEADER, NOBODY, Caller
from taleforge.api.desk import Desk
from taleforge.api.framing import TOGETHER
from taleforge.api.health import Pulse
from taleforge.api.limits import Header, Verdict
from taleforge.api.problems import MEDIA_TYPE, encoded, problem, spoken, status_of
from taleforge.api.stream import Message, Receive, Send, Stream
from taleforge.errors import Misconfigured
from taleforge.settings import Serve
from taleforge.telemetry.context import bind, nobody, request_id

App = Callable[[Any, Receive, Send], Awaitable[None]]

UNLIMITED: Final = frozenset({"/health", "/api/health", "/live", "/ready", "/metrics"})
GUESSES: Final = frozenset(
    {"/api/v1/sessions", "/api/v1/invites/follow", "/api/v1/people", "/api/v1/people/me/password"}
)
COSTLY: Final = (
    "/export", "/import", "/verify", "/transcribe", "/synthesize", "/clone-voice", "/audio/transcriptions",
    "/audio/speech", "/generate/image", "/images/generations",
)  # fmt: skip
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SUSPECT: Final = ("auth/", "host/", "invite/", "rate/")
"""Areas of problems after which a host may want to know where the request came from."""
_STREAM: Final = ("/api/v1/tables/", "/stream")
_CSP: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PAGE_CSP: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    b"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS: Final[list[Header]] = [
    (b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"DENY"), (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]  # fmt: skip
_JSON: Final[list[Header]] = [(b"content-type", b"application/json")]
_UNKEPT: Final[Header] = (b"cache-control", b"no-store")
_LASTING: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_READABLE: Final[Header] = (
    b"access-control-expose-headers",
    (
        b"content-disposition, etag, idempotent-replayed, ratelimit-limit, ratelimit-remaining, ratelimit-reset, "
        b"retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-request-id"
    ),
)
"""What a page of another site may read of an answer, beside what browsers let it read of any."""
_CORS: Final[list[Header]] = [
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
    (b"access-control-allow-headers", b"authorization, content-type, idempotency-key, if-none-match, x-csrf-token"),
    (b"access-control-max-age", b"600"),
]

log = structlog.get_logger(__name__)


class Refusal(Exception):
    """A request that goes no further, with the headers that say why."""

    def __init__(self, code: str, headers: list[Header] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers or []


class Door:
    """The whole server as one ASGI application.

    Args:
        app: The router.
        desk: The house and its people.
        pulse: Answers whoever asks how it is, without the router: that is asked often.
    """

    def __init__(self, app: App, desk: Desk, pulse: Pulse) -> None:
        serve = desk.settings.serve
        self._app = app
        self._desk = desk
        self._pulse = pulse
        self._origins = split(serve.origins)
        self._hosts = names_of(serve)
        self._proxies = networks(serve.proxies)
        production = desk.settings.env == "production"
        self._log = log.bind()
        self._headers = [*_HEADERS, _LASTING] if production else _HEADERS

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _http(self, scope: Any, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if scope["method"] == "HEAD":  # answered as GET is; whoever serves sends no body
            scope = {**scope, "method": "GET"}
        carrier = self._carrier(scope, headers)
        spans = self._desk.spans
        if scope["path"] in UNLIMITED:
            await self._counted(scope, headers, carrier, receive, send)
        else:
            with spans.under(carrier), spans.span("request"):
                await self._counted(scope, headers, carrier.partition(" ")[0], receive, send)

    async def _counted(
        self, scope: Any, headers: dict[bytes, bytes], request: str, receive: Receive, send: Send
    ) -> None:
        """Answer a request; then count it, and write its line."""
        begun = perf_counter()
        said: list[Header] = [*self._headers, (b"x-request-id", request.encode())]
        state: dict[str, Any] = scope.setdefault("state", {})
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                await self._desk.deeds.of_request(scope, status)
                page = scope["path"].startswith("/docs")
                if all(name != b"cache-control" for name, _ in message["headers"]):
                    said.append(_UNKEPT)
                message["headers"] = [
                    *message["headers"],
                    *said,
                    (b"content-security-policy", _PAGE_CSP if page else _CSP),
                ]
            await send(message)

        try:
            await self._answer(scope, headers, said, receive, answer)
        except Refusal as refused:
            said += refused.headers
            state["problem"] = refused.code
            state.setdefault("address", self._address(scope, headers))
            body = encoded(spoken(problem(refused.code), scope["path"]))
            await _respond(answer, status_of(refused.code), body, [(b"content-type", MEDIA_TYPE.encode())])
        finally:
            self._write(scope, request, status, perf_counter() - begun)

    async def _answer(
        self, scope: Any, headers: dict[bytes, bytes], said: list[Header], receive: Receive, answer: Send
    ) -> None:
        """Answer a request of somebody who may ask; `said` is what every answer says."""
        said += self._check_origin(scope, headers)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _respond(answer, 204, b"", _CORS)
            return
        said += await self._known(scope, headers)
        quick = await self._quick(scope)
        if quick is None:
            await self._app(scope, receive, answer)
        else:
            await _respond(answer, 200, quick, _JSON)

    def _write(self, scope: Any, request: str, status: int, taken: float) -> None:
        state = scope["state"]
        route = scope.get("path_template") or "other"
        self._desk.measures.request(scope["method"], route, status, taken)
        line: dict[str, Any] = {
            "method": scope["method"], "route": route, "status": status, "ms": round(taken * 1000, 2),
        }  # fmt: skip
        if "problem" in state:
            line["code"] = state["problem"]
        say = self._log.debug if scope["path"] in UNLIMITED else self._log.info
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            say = self._log.error
            line["exc_info"] = state.get("fault")
        if state.get("nameless"):
            with nobody():
                say("http.request", **line)
        else:
            say("http.request", request=request, **_who(state), **line)

    def _carrier(self, scope: Any, headers: dict[bytes, bytes]) -> str:
        """Return the request's id and its place in a trace: a trusted proxy's, or else new ones."""
        given, parent = headers.get(b"x-request-id"), headers.get(b"traceparent")
        if (given is None and parent is None) or not self._trusted(_peer(scope)):
            return request_id(None)
        return f"{request_id(given)} {parent.decode('latin-1')}" if parent else request_id(given)

    async def _quick(self, scope: Any) -> bytes | None:
        path: str = scope["path"]
        if path not in UNLIMITED or scope["method"] != "GET":
            return None
        said = await self._pulse.answer(path)
        if said is not None:
            scope["path_template"] = path
        return said

    async def _known(self, scope: Any, headers: dict[bytes, bytes]) -> list[Header]:
        """Find out who asks and whether they may ask so often; return the headers that say how often."""
        path: str = scope["path"]
        state = scope["state"]
        if path in UNLIMITED:
            return []
        address = state["address"] = self._address(scope, headers)
        caller, csrf = await self._desk.callers.of(headers)
        state["caller"] = caller
        verdicts = await self._verdicts(path, scope["method"], address, caller)
        if csrf is not None and scope["method"] not in SAFE:
            given = headers.get(CSRF_HEADER.encode(), b"")
            if not secrets.compare_digest(given, csrf.encode()):
                raise Refusal("auth/csrf")
        return min(verdicts, key=lambda verdict: verdict.remaining).headers if verdicts else []

    async def _verdicts(self, path: str, method: str, address: str, caller: Caller) -> list[Verdict]:
        """Count a request by every rule that concerns it; raise when there were too many."""
        counted = [("general", f"address:{address}")]
        if caller.kind != "nobody":
            counted.append(("general", f"{caller.kind}:{caller.grant.id if caller.grant else caller.person}"))
        if method == "POST" and path in GUESSES:
            counted.append(("guesses", f"address:{address}"))
        if path.endswith(COSTLY):
            counted.append(("generation", f"person:{caller.person or address}"))
        verdicts: list[Verdict] = []
        for rule, who in counted:
            verdict = await self._desk.limits.take(rule, who)
            if verdict is not None and verdict.after:
                self._desk.measures.limited.add(rule)
                raise Refusal("rate/limited", verdict.headers)
            if verdict is not None:
                verdicts.append(verdict)
        return verdicts

    def _check_origin(self, scope: Any, headers: dict[bytes, bytes]) -> list[Header]:
        """Refuse names that are not ours, and pages of other sites; return what an allowed page has to be told."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if "*" not in self._hosts and without_port(host) not in self._hosts and not looks_after_us(scope, host):
            raise Refusal("host/unknown")
        origin = headers.get(b"origin")
        if origin is None:
            return []
        text = origin.decode("latin-1").lower()
        if text.partition("://")[2] == host:
            return []
        if text not in self._origins and "*" not in self._origins:
            raise Refusal("auth/origin")
        shared: list[Header] = [(b"access-control-allow-origin", origin), (b"vary", b"origin"), _READABLE]
        return shared if "*" in self._origins else [*shared, (b"access-control-allow-credentials", b"true")]

    def _address(self, scope: Any, headers: dict[bytes, bytes]) -> str:
        """Return where a request comes from: what trusted proxies say, read from the last to the first."""
        address = _peer(scope)
        forwarded = [part.strip() for part in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        while forwarded and forwarded[-1] and self._trusted(address):
            address = forwarded.pop()
        return address

    def _trusted(self, address: str) -> bool:
        if not self._proxies:
            return False
        try:
            known = ip_address(address)
        except ValueError:
            return False
        return any(known in network for network in self._proxies)

    async def _websocket(self, scope: Any, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        bind(request=self._carrier(scope, headers).partition(" ")[0])
        try:
            table, address = await self._welcome(scope, headers)
        except Refusal as refused:
            self._log.info("socket.refused", code=refused.code, address=self._address(scope, headers))
            await receive()
            await send({
                "type": "websocket.http.response.start", "status": status_of(refused.code),
                "headers": [(b"content-type", MEDIA_TYPE.encode()), *refused.headers],
            })  # fmt: skip
            await send({"type": "websocket.http.response.body", "body": encoded(problem(refused.code))})
            return
        await receive()
        await send({"type": "websocket.accept"})
        with self._desk.sockets.counted(address):
            await Stream(self._desk, table, receive, send, together=TOGETHER in scope["extensions"]).run()

    async def _welcome(self, scope: Any, headers: dict[bytes, bytes]) -> tuple[str, str]:
        """Return the table and the address of somebody who wants a stream; raise when there is none to be had."""
        path: str = scope["path"]
        table = path.removeprefix(_STREAM[0]).removesuffix(_STREAM[1])
        self._check_origin(scope, headers)
        address = self._address(scope, headers)
        if not self._desk.settings.serve.websocket or path != table.join(_STREAM) or "/" in table:
            raise Refusal("route/unknown")
        if self._desk.closing:
            raise Refusal("store/unavailable")
        if self._desk.sockets.of(address) >= self._desk.settings.limits.sockets:
            raise Refusal("rate/limited")
        await self._verdicts(path, "GET", address, NOBODY)
        return table, address


def split(text: str) -> frozenset[str]:
    """Return the words of a setting that are parted by commas, in lower case."""
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())


def names_of(serve: Serve) -> frozenset[str]:
    """Return the names a server answers to."""
    own = serve.host.lower()
    return LOOPBACK | split(serve.hosts) | ({own} if own not in {"0.0.0.0", "::"} else set[str]())  # noqa: S104 - compared, not bound


def networks(text: str) -> list[IPv4Network | IPv6Network]:
    """Return networks that are parted by commas.

    Raises:
        Misconfigured: one of them is none.
    """
    try:
        return [ip_network(part, strict=False) for part in sorted(split(text))]
    except ValueError as error:
        raise Misconfigured(f"serve.proxies: {error}.", "Write addresses or networks, as 10.0.0.0/8.") from error


def without_port(host: str) -> str:
    """Return the name of a Host header."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def looks_after_us(scope: Any, host: str) -> bool:
    """Whether somebody asks how we are at the very address they reached us at, as probes and Prometheus do.

    No name was bent to this machine then, and a page's players are told nothing here.
    """
    reached: tuple[str, int] | None = scope.get("server")
    return scope["path"] in UNLIMITED and reached is not None and without_port(host).strip("[]") == reached[0]


def _who(state: dict[str, Any]) -> dict[str, str]:
    """Return who sent a request, for its line; from where only when that may be a problem."""
    caller: Caller = state.get("caller", NOBODY)
    who = {"by": caller.kind} | ({"person": caller.person} if caller.person else {})
    suspect = str(state.get("problem", "")).startswith(_SUSPECT) and "address" in state
    return who | ({"address": state["address"]} if suspect else {})


def _peer(scope: Any) -> str:
    """Return the address at the other end of a connection."""
    return scope["client"][0] if scope.get("client") else "unknown"


async def _respond(send: Send, status: int, body: bytes, headers: list[Header]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})

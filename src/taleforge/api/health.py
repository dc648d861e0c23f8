"""Whether this process is well: for people, for load balancers, and for Prometheus (PROTOCOL §7).

What costs something is asked for once a second at most, however often somebody looks. Needs no credentials, tells no
secrets.
"""

from datetime import UTC, datetime
from time import monotonic, perf_counter
from typing import Any, Final

import msgspec
import structlog
from litestar import Response, get
from litestar.di import NamedDependency
from msgspec import Struct

from taleforge import __version__
from taleforge.api.desk import Desk
from taleforge.api.given import TheDesk
from taleforge.api.measures import CONTENT_TYPE
from taleforge.api.problems import MEDIA_TYPE, Problem, answer, problem
from taleforge.api.spec import documented
from taleforge.errors import TaleforgeError

log = structlog.get_logger(__name__)

LASTS: Final = 1.0
"""Seconds for which an answer of the store counts."""


class Check(Struct, frozen=True):
    """One thing that is needed, and how long it took to answer."""

    status: str
    latency_ms: float


class Health(Struct, frozen=True):
    """How this process is, and how many serve on this port."""

    status: str
    version: str
    uptime_s: int
    timestamp: str
    workers: int
    checks: dict[str, Check]


class Alive(Struct, frozen=True):
    """It is."""

    status: str = "ok"


class Pulse:
    """Asks the store how it is, once a second at most."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known = Check("unknown", 0.0)
        self._until = 0.0
        self._redis = Check("unknown", 0.0)
        self._redis_until = 0.0

    async def database(self) -> Check:
        """Return how the store is."""
        if monotonic() >= self._until:
            begun = perf_counter()
            try:
                await self._desk.house.services.log.read("tbl_health", limit=1)
                status = "ok"
            except TaleforgeError:
                status = "failed"
            ms = round((perf_counter() - begun) * 1000, 2)
            if status != self._known.status and (self._known.status, status) != ("unknown", "ok"):
                say = log.info if status == "ok" else log.error
                say("health.changed", check="database", was=self._known.status, now=status, ms=ms)
            self._known = Check(status, ms)
            self._until = monotonic() + LASTS
        return self._known

    async def redis(self) -> Check | None:
        """Return how Redis is; None when there is none."""
        shared = self._desk.shared
        if shared is None:
            return None
        if monotonic() >= self._redis_until:
            latency = await shared.latency()
            self._redis = Check("failed", 0.0) if latency is None else Check("ok", round(latency * 1000, 2))
            self._redis_until = monotonic() + LASTS
        return self._redis

    async def health(self) -> Health:
        """Return how this process is."""
        checks, status = await self._checks(), await self.status()
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Health(status, __version__, int(self._desk.measures.uptime), timestamp, await self._workers(), checks)

    async def status(self) -> str:
        """Return `ok`, or what is wrong: `closing`, `failing`, or `degraded` when we go on without a part."""
        return "closing" if self._desk.closing else _worst(await self._checks())

    async def _workers(self) -> int:
        """Return how many workers answer, this one among them."""
        return 1 if self._desk.crew is None else await self._desk.crew.count()

    async def _checks(self) -> dict[str, Check]:
        database, redis = await self.database(), await self.redis()
        shared = {} if redis is None else {"redis": redis}
        return {"database": database, **shared, **self._nats(), **self._models()}

    def _nats(self) -> dict[str, Check]:
        """Return how NATS is, as far as the bus knows; nothing where the bus is another."""
        if not self._desk.settings.nats.url:
            return {}
        bus = self._desk.house.services.bus
        return {"nats": Check("ok", bus.latency_ms) if bus.up else Check("failed", 0.0)}

    def _models(self) -> dict[str, Check]:
        """Return how the first language model is, as far as it is known; nothing where there is none."""
        models = self._desk.house.models
        return {} if models is None else {name: Check(*known) for name, known in models.vigil.checks().items()}

    async def answer(self, path: str) -> bytes | None:
        """Return what the door answers without asking the router, as JSON; None for everything else."""
        match path:
            case "/health" | "/api/health":
                return msgspec.json.encode(await self.health())
            case "/live":
                return msgspec.json.encode(Alive())
            case _:
                return None


def _worst(checks: dict[str, Check]) -> str:
    failed = {name for name, check in checks.items() if check.status != "ok"}
    return "failing" if "database" in failed else "degraded" if failed else "ok"


@get(["/health", "/api/health"], access="public", **documented())
async def health(pulse: NamedDependency[Pulse]) -> Health:
    """Return how this process is."""
    return await pulse.health()


@get("/live", access="public", **documented())
async def live() -> Alive:
    """Answer: the process runs."""
    return Alive()


@get("/ready", access="public", **documented())
async def ready(pulse: NamedDependency[Pulse]) -> Response[Alive | Problem]:
    """Say whether requests should be sent here: not while it closes, nor without its store."""
    status = await pulse.status()
    if status in {"ok", "degraded"}:
        return Response(Alive(status))
    return Response(problem("store/unavailable"), status_code=503, media_type=MEDIA_TYPE)


@get("/metrics", access="public", media_type=CONTENT_TYPE, include_in_schema=False)
async def metrics(desk: TheDesk) -> Response[Any]:
    """Return figures for Prometheus."""
    if not desk.settings.serve.metrics:
        return answer(problem("route/unknown"))
    return Response(await desk.figures(), media_type=CONTENT_TYPE)


HANDLERS: Final = (health, live, ready, metrics)

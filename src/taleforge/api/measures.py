"""What Prometheus is told of a process: requests, sockets, tables, commands and appends; no name of anybody.

Routes are labelled by their template, never by a path, so that there are few. Serves nothing itself.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from taleforge.messages.commands import Reply

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Measures:
    """The figures of one process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "taleforge_http_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self.latency = Histogram(
            "taleforge_http_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=registry
        )
        self.sockets = Gauge("taleforge_sockets", "Seat streams open now.", registry=registry)
        self.closed = Counter("taleforge_sockets_closed", "Seat streams closed.", ("code",), registry=registry)
        self.resyncs = Counter("taleforge_resyncs", "Slow readers that were begun anew.", registry=registry)
        self.commands = Counter("taleforge_commands", "Commands answered.", ("outcome",), registry=registry)
        self.acknowledged = Histogram(
            "taleforge_command_seconds", "Time from a command to its answer.", buckets=_SECONDS, registry=registry
        )
        self.limited = Counter(
            "taleforge_rate_limited", "Requests refused by a rate limit.", ("rule",), registry=registry
        )
        self._tables = Gauge("taleforge_tables", "Tables in memory.", registry=registry)
        self._begun = Gauge("taleforge_start_time_seconds", "When the process began to serve.", registry=registry)
        self._begun.set_to_current_time()
        self._started = perf_counter()
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    @property
    def uptime(self) -> float:
        """Seconds since the process began to serve."""
        return perf_counter() - self._started

    def count_tables(self, count: Callable[[], int]) -> None:
        """Have the number of tables in memory asked for whenever somebody looks."""
        self._tables.set_function(count)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        counted = self._counted.get((method, route, status))
        if counted is None:
            labelled = self.requests.labels(method, route, str(status)), self.latency.labels(route)
            counted = self._counted[method, route, status] = labelled
        counted[0].inc()
        counted[1].observe(seconds)

    def command(self, reply: Reply, seconds: float) -> None:
        """Count an answered command by its outcome."""
        self.commands.labels(type(reply).__name__.lower()).inc()
        self.acknowledged.observe(seconds)

    def text(self, names: Sequence[str] = ()) -> bytes:
        """Return all figures in Prometheus' text format."""
        registry = self._registry.restricted_registry(names) if names else self._registry
        return generate_latest(registry)

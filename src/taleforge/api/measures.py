"""What Prometheus is told of a process, as `figures` names it; no name or id of anybody.

What happens at the doors is counted here. What others count, the store or the tables, is asked for when somebody looks
(`show`). Serves nothing itself.
"""

import platform
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter, time
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from taleforge import __version__
from taleforge.api import figures
from taleforge.api.figures import Figure
from taleforge.messages.commands import Refused, Reply
from taleforge.telemetry.container import memory
from taleforge.telemetry.counting import Tally, Timing
from taleforge.telemetry.spans import TimedSpans

CONTENT_TYPE: Final = "text/plain; version=0.0.4"
Values = Mapping[tuple[str, ...], float]
"""The value for each combination of labels; `()` where there are none."""
Timings = Mapping[tuple[str, ...], Timing]


class Measures:
    """The figures of one process.

    Args:
        spans: Time the steps of a command.
    """

    def __init__(self, spans: TimedSpans) -> None:
        self._asked: dict[Figure, Callable[[], Values | Timings]] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        self._begun = perf_counter()
        self.requests = self._tally(figures.HTTP_REQUESTS)
        self._latency = self._timings(figures.HTTP_SECONDS)
        self.limited = self._tally(figures.RATE_LIMITED)
        self.closed = self._tally(figures.SOCKETS_CLOSED)
        self.frames = self._tally(figures.SOCKET_FRAMES)
        self.resyncs = self._tally(figures.RESYNCS)
        self.commands = self._tally(figures.COMMANDS)
        self.acknowledged = self._timing(figures.COMMAND_SECONDS)
        self.lag = self._timing(figures.LOOP_LAG)
        self.show(figures.STAGE_SECONDS, lambda: {(name,): timing for name, timing in spans.timings.items()})
        self.show(figures.STAGE_FAILURES, lambda: spans.failures.counts)
        self.show(figures.SPANS_SENT, lambda: {(): spans.sent})
        self.show(figures.SPANS_DROPPED, lambda: {(): spans.dropped})
        self.show(figures.CONTAINER_MEMORY, lambda: {(): found.used} if (found := memory()) else {})
        self.show(figures.CONTAINER_LIMIT, lambda: {(): found.limit} if (found := memory()) else {})
        began = time()
        self.show(figures.STARTED, lambda: {(): began})
        self.show(figures.BUILD, lambda: {(__version__, platform.python_version()): 1})

    @property
    def uptime(self) -> float:
        """Seconds since the process began to serve."""
        return perf_counter() - self._begun

    def show(self, figure: Figure, ask: Callable[[], Values | Timings]) -> None:
        """Have a figure asked for whenever somebody looks."""
        self._asked[figure] = ask

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self.requests.add(method, route, str(status))
        timing = self._latency.get((route,))
        if timing is None:
            timing = self._latency[route,] = Timing()
        timing.observe(seconds)

    def command(self, reply: Reply, seconds: float) -> None:
        """Count an answered command by its outcome."""
        self.commands.add(type(reply).__name__.lower(), reply.code if isinstance(reply, Refused) else "")
        self.acknowledged.observe(seconds)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Give every figure as prometheus-client wants it."""
        for figure, ask in self._asked.items():
            yield _family(figure, ask())

    def _tally(self, figure: Figure) -> Tally:
        tally = Tally()
        self.show(figure, lambda: tally.counts or ({} if figure.labels else {(): 0}))
        return tally

    def _timing(self, figure: Figure) -> Timing:
        timing = Timing()
        self.show(figure, lambda: {(): timing})
        return timing

    def _timings(self, figure: Figure) -> dict[tuple[str, ...], Timing]:
        timings: dict[tuple[str, ...], Timing] = {}
        self.show(figure, lambda: timings)
        return timings


def _family(figure: Figure, found: Values | Timings) -> Metric:
    if figure.kind == "histogram":
        histogram = HistogramMetricFamily(figure.name, figure.meaning, labels=figure.labels)
        for labels, timing in found.items():
            assert isinstance(timing, Timing), figure.name
            histogram.add_metric(labels, timing.buckets(), timing.total)
        return histogram
    if figure.kind == "info":
        info = InfoMetricFamily(figure.name.removesuffix("_info"), figure.meaning)
        for labels in found:
            info.add_metric([], dict(zip(figure.labels, labels, strict=True)))
        return info
    family = (CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily)(
        figure.name, figure.meaning, labels=figure.labels
    )
    for labels, value in found.items():
        assert not isinstance(value, Timing), figure.name
        family.add_metric(labels, value)
    return family

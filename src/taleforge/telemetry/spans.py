"""The steps of a command, timed; the ids they are given stand on every log line within (`live.ports.Spans`).

A carrier is a request's id, and where in a trace we are if there is one (`tracing`), with a space between. Costs about
a microsecond a step. Traces nothing itself.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from types import TracebackType
from typing import Final

from taleforge.settings import Trace
from taleforge.telemetry import context
from taleforge.telemetry.counting import Tally, Timing

STAGES: Final = {
    "request": "a request over HTTP",
    "message": "a frame of a client over its stream",
    "command": "a command, from its turn to its answer",
    "interpret": "words into a command",
    "decide": "a command into events, by the rules",
    "append": "events into the store",
    "fan_out": "events to everybody who may hear of them",
    "narrate": "events into prose",
}
"""Every step there is; `docs/reference/metrics.md` lists them."""
_nothing: AbstractContextManager[object] = nullcontext()


class TimedSpans:
    """Counts how long each step takes."""

    def __init__(self) -> None:
        self.timings = {name: Timing() for name in STAGES}
        self.failures = Tally()

    @property
    def sent(self) -> int:
        """Spans that were handed over to whoever keeps traces."""
        return 0

    @property
    def dropped(self) -> int:
        """Spans that could not be."""
        return 0

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:
        """Return the block in which a step of `STAGES` is done."""
        return Timed(self, name, ids)

    def carrier(self) -> str:
        """Return the id of the request that is being answered; empty when there is none."""
        return context.ids().get("request", "")

    def under(self, carrier: str) -> AbstractContextManager[object]:
        """Return a block whose steps belong to the request of a carrier."""
        request = carrier.partition(" ")[0]
        return context.bound(request=request) if request else _nothing


class Timed:
    """The block of a step."""

    __slots__ = ("_begun", "_ids", "_inside", "_name", "_spans")

    def __init__(self, spans: TimedSpans, name: str, ids: dict[str, str]) -> None:
        self._spans = spans
        self._name = name
        self._ids = ids

    def __enter__(self) -> None:
        self._inside = context.enter(self._ids) if self._ids else None
        self._begun = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spans.timings[self._name].observe(perf_counter() - self._begun)
        if kind is not None and issubclass(kind, Exception):
            self._spans.failures.add(self._name)
        if self._inside is not None:
            context.leave(self._inside)


@contextmanager
def measuring(trace: Trace, instance: str) -> Generator[TimedSpans]:
    """Give the spans that the settings choose; traces are handed over before the block ends.

    Args:
        trace: Whether and where traces go.
        instance: The name of this process among others.

    Raises:
        Misconfigured: the endpoint is none, or the extra is not installed.
    """
    if not trace.endpoint:
        yield TimedSpans()
        return
    from taleforge.telemetry.tracing import tracing  # noqa: PLC0415  # of an extra, and slow to import

    with tracing(trace, instance) as spans:
        yield spans

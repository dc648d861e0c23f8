"""The steps of a command as OpenTelemetry spans, handed over by OTLP over HTTP; of the extra `trace`.

Spans wait in a bounded queue for a thread that sends them. When their receiver is down or slow, new ones are dropped
and counted, and nothing that is played waits. A span says ids and the kind of an exception, never words. Sets nothing
that is global to OpenTelemetry.
"""

import re
import threading
from collections import deque
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

import structlog

from taleforge import __version__
from taleforge.errors import Misconfigured
from taleforge.settings import Trace
from taleforge.telemetry import context
from taleforge.telemetry.spans import Timed, TimedSpans

try:
    from opentelemetry import trace as otel
    from opentelemetry.context import attach, detach
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
except ImportError as error:
    raise Misconfigured(
        f"Traces need parts that are not installed ({error.name}).", "pip install 'taleforge[trace]'"
    ) from error

MOST_WAITING: Final = 4_096
"""Spans that wait to be sent, at most."""
BATCH: Final = 512
EVERY: Final = 1.0
"""Seconds between two sendings, when there is little to send."""
PATIENCE: Final = 5.0
"""Seconds in which the receiver has to take a batch."""
FAREWELL: Final = 2.0
"""Seconds for what still waits when the process ends."""
_PARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_KINDS: Final = {"request": otel.SpanKind.SERVER, "message": otel.SpanKind.SERVER}

log = structlog.get_logger(__name__)


class Outbox(SpanProcessor):
    """Spans on their way.

    Args:
        exporter: Sends them, waiting as long as it takes.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self.sent = 0
        self.dropped = 0
        self._exporter = exporter
        self._waiting: deque[ReadableSpan] = deque()
        self._news = threading.Event()
        self._ending = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="trace-sender", daemon=True)
        self._thread.start()

    def on_end(self, span: ReadableSpan) -> None:
        """Let a span wait, unless too many do."""
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append(span)
        if len(self._waiting) == BATCH:
            self._news.set()

    def shutdown(self) -> None:
        """Send what waits, for as long as there is patience."""
        self._ending = True
        self._news.set()
        self._thread.join(FAREWELL)
        self._exporter.shutdown()

    def _run(self) -> None:
        while not self._ending:
            self._news.wait(EVERY)
            self._news.clear()
            while self._waiting:
                self._send([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])

    def _send(self, batch: list[ReadableSpan]) -> None:
        sent = False
        with suppress(Exception):  # whatever it is, the trace is lost and the game goes on
            sent = self._exporter.export(batch) is SpanExportResult.SUCCESS
        self.sent += len(batch) * sent
        self.dropped += len(batch) * (not sent)
        if sent == self._failing and not self._ending:
            self._failing = not sent
            (log.info if sent else log.warning)("trace.sent" if sent else "trace.not_sent", spans=len(batch))


class TracedSpans(TimedSpans):
    """Counts how long each step takes, and makes a span of it.

    Args:
        tracer: Makes them.
        outbox: Where they go.
    """

    def __init__(self, tracer: otel.Tracer, outbox: Outbox) -> None:
        super().__init__()
        self._tracer = tracer
        self._outbox = outbox

    @property
    def sent(self) -> int:
        """Spans that were handed over."""
        return self._outbox.sent

    @property
    def dropped(self) -> int:
        """Spans that were not."""
        return self._outbox.dropped

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:
        """Return the block in which a step is done, a child of the step around it."""
        return Traced(self, name, ids, self._tracer)

    def carrier(self) -> str:
        """Return the request and where in its trace we are."""
        here = otel.get_current_span().get_span_context()
        parent = f" 00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}" if here.is_valid else ""
        return f"{super().carrier()}{parent}"

    @contextmanager
    def under(self, carrier: str) -> Generator[None]:
        """Return a block whose steps belong to the trace of a carrier; one that says nothing sensible is none."""
        found = _PARENT.fullmatch(carrier.partition(" ")[2])
        with super().under(carrier):
            if found is None:
                yield
                return
            trace_id, span_id, flags = (int(part, 16) for part in found.groups())
            parent = otel.SpanContext(trace_id, span_id, is_remote=True, trace_flags=otel.TraceFlags(flags))
            token = attach(otel.set_span_in_context(otel.NonRecordingSpan(parent)))
            try:
                yield
            finally:
                detach(token)


class Traced(Timed):
    """The block of a step that is traced."""

    __slots__ = ("_span", "_token", "_tracer")

    def __init__(self, spans: TimedSpans, name: str, ids: dict[str, str], tracer: otel.Tracer) -> None:
        super().__init__(spans, name, ids)
        self._tracer = tracer

    def __enter__(self) -> None:
        super().__enter__()
        attributes = {f"taleforge.{key}": value for key, value in context.ids().items()}
        kind = _KINDS.get(self._name, otel.SpanKind.INTERNAL)
        self._span = self._tracer.start_span(self._name, kind=kind, attributes=attributes)
        self._token = attach(otel.set_span_in_context(self._span))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        detach(self._token)
        super().__exit__(kind, error, trace)
        if kind is not None and issubclass(kind, Exception):
            self._span.set_status(otel.StatusCode.ERROR, kind.__name__)
        self._span.end()


@contextmanager
def tracing(trace: Trace, instance: str) -> Generator[TracedSpans]:
    """Give spans that are handed over to the endpoint of the settings; see `spans.measuring`."""
    exporter = OTLPSpanExporter(endpoint=_address(trace.endpoint), timeout=PATIENCE)
    outbox = Outbox(exporter)
    provider = TracerProvider(
        resource=Resource({
            "service.name": "taleforge", "service.version": __version__, "service.instance.id": instance,
        }),
        sampler=ParentBased(TraceIdRatioBased(trace.share)), shutdown_on_exit=False, span_limits=SpanLimits(),
    )  # fmt: skip
    provider.add_span_processor(outbox)
    try:
        yield TracedSpans(provider.get_tracer("taleforge", __version__), outbox)
    finally:
        provider.shutdown()


def _address(endpoint: str) -> str:
    """Return where spans are posted; raises Misconfigured when that is nowhere."""
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Misconfigured("trace.endpoint is no address.", "Write one such as http://127.0.0.1:4318.")
    return endpoint if parts.path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"

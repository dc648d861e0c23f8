"""Traces: one from a player's message to everybody who hears of it, and none that holds anybody up."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from taleforge.errors import Misconfigured
from taleforge.messages.commands import Ack, Say, command
from taleforge.messages.ids import CommandId
from taleforge.settings import Trace
from taleforge.telemetry import tracing
from taleforge.telemetry.context import bound, ids
from taleforge.telemetry.spans import STAGES, TimedSpans, measuring
from tests.api.serving import heard, serving, until
from tests.api.test_stream import cmd
from tests.live.cluster import ask, cluster_of
from tests.live.outside import services
from tests.table.game import HOST
from tests.telemetry.receiver import Receiver, hanging, receiving

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def one(spans: Sequence[Span], name: str) -> Span:
    """Return the one span of a name."""
    (found,) = [span for span in spans if span.name == name]
    return found


def trace_of(receiver: Receiver, name: str, value: str) -> list[Span]:
    """Return the spans of the trace in which a span of a name has some attribute."""
    (first,) = [span for span in receiver.named(name) if value in [each.value.string_value for each in span.attributes]]
    return [span for span in receiver.spans if span.trace_id == first.trace_id]


async def test_one_trace_from_a_message_to_everybody() -> None:
    """A message over the stream: what it meant, what came of it, that it was stored, heard and told, each a step."""
    with receiving() as receiver:
        with measuring(Trace(endpoint=receiver.address), "node_1") as spans:
            async with serving(outside=services(spans=spans)) as served:
                host = await served.playing()
                async with served.stream(host) as socket:
                    await heard(socket)
                    await socket.send(cmd(host, "cmd_traced", "say", text="Good evening."))
                    await until(socket, "ack")
                await (await served.desk.room(host.table)).told()
        found = trace_of(receiver, "command", "cmd_traced")
    steps = {"message": "", "command": "message", "interpret": "command", "decide": "command", "append": "command",
             "fan_out": "command"}  # fmt: skip
    assert {span.name for span in found} - {"narrate"} == set(steps)
    for name, parent in steps.items():
        wanted = one(found, parent).span_id if parent else b""
        assert one(found, name).parent_span_id == wanted, name
    (resource, *_) = receiver.requests[0].resource_spans
    told = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert (told["service.name"], told["service.instance.id"]) == ("taleforge", "node_1")
    assert "Good evening" not in str(receiver.requests)


async def test_narration_belongs_to_what_it_tells() -> None:
    """It is told later and by another task, and is a step of the same trace."""
    with receiving() as receiver:
        with measuring(Trace(endpoint=receiver.address), "node_1") as spans:
            async with serving(outside=services(spans=spans)) as served:
                host = await served.playing()
                await (await served.desk.room(host.table)).told()
        told = receiver.named("narrate")
        assert told
        by_id = {span.span_id: span for span in receiver.spans}
        for span in told:
            assert by_id[span.parent_span_id].name == "command"
            assert by_id[span.parent_span_id].trace_id == span.trace_id


async def test_a_trace_goes_on_in_another_process() -> None:
    """A command that is forwarded to the owner of its table is decided in the trace, and the request, it came in."""
    with receiving() as receiver:
        with measuring(Trace(endpoint=receiver.address), "node_1") as spans:
            async with cluster_of("a", "b", spans=spans) as (cluster, (a, b)):
                table = await cluster.playing(a)
                with bound(request="r-from-b"), spans.span("message"):
                    wish = command(CommandId("cmd_from_b"), HOST, Say("Good evening."))
                    assert isinstance(await ask(cluster, b, table, wish), Ack)
                assert cluster.owner(table) == "a"
        found = trace_of(receiver, "command", "cmd_from_b")
    assert one(found, "command").parent_span_id == one(found, "message").span_id
    assert one(found, "append").parent_span_id == one(found, "command").span_id
    assert "r-from-b" in [each.value.string_value for each in one(found, "append").attributes]


@pytest.mark.parametrize(("proxies", "believed"), [("127.0.0.0/8", True), ("", False)])
async def test_a_proxys_trace_goes_on(proxies: str, believed: bool) -> None:
    """A trusted one's; whatever a stranger sends begins a trace of its own."""
    with receiving() as receiver:
        with measuring(Trace(endpoint=receiver.address), "node_1") as spans:
            async with serving(outside=services(spans=spans), proxies=proxies) as served:
                host = await served.playing()
                await host.post(
                    f"/tables/{host.table}/actions", {"name": "roll", "d": {"expr": "1d4"}}, traceparent=PARENT
                )
        mine = [span for span in receiver.spans if span.trace_id.hex() == PARENT[3:35]]
        assert bool(mine) is believed
        if believed:
            assert one(mine, "request").parent_span_id.hex() == PARENT[36:52]
            assert {span.name for span in mine} >= {"request", "message", "command", "decide", "append", "fan_out"}


async def test_play_goes_on_when_nobody_takes_the_traces() -> None:
    """A receiver that hangs and one that is gone cost no command a moment, and what was thrown away is counted."""
    with hanging() as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracing, "MOST_WAITING", 20)
        patch.setattr(tracing, "BATCH", 5)
        patch.setattr(tracing, "PATIENCE", 0.2)
        patch.setattr(tracing, "FAREWELL", 0.01)
        with measuring(Trace(endpoint=address), "node_1") as spans:
            async with serving(outside=services(spans=spans)) as served:
                host = await served.playing()
                begun = perf_counter()
                for _ in range(10):
                    assert (await host.act("roll", expr="1d4")).status_code == 200
                taken = perf_counter() - begun
                figures = (await served.stranger.get("//metrics")).text
        assert spans.dropped > 0
        assert spans.sent == 0
        assert taken < 5.0  # one export alone would have waited for ever
        assert "taleforge_trace_spans_dropped_total" in figures


class Moody(SpanExporter):
    """Fails, then raises, then takes everything."""

    def __init__(self) -> None:
        self.answers = [SpanExportResult.FAILURE, None, SpanExportResult.SUCCESS]

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Do what is next."""
        answer = self.answers.pop(0)
        if answer is None:
            raise ConnectionError
        return answer


def test_every_span_is_sent_or_counted_as_lost() -> None:
    """Whatever the receiver does with a batch."""
    outbox = tracing.Outbox(Moody())
    provider = tracing.TracerProvider(shutdown_on_exit=False)
    for number in range(3):
        outbox._send([_finished(provider)] * (number + 1))
    outbox.shutdown()
    assert (outbox.dropped, outbox.sent) == (1 + 2, 3)


def _finished(provider: tracing.TracerProvider) -> ReadableSpan:
    span = provider.get_tracer("test").start_span("x")
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


def test_a_carrier_that_makes_no_sense_is_none() -> None:
    """It comes over the network: whatever it says, the step is done, under its request if it names one."""
    with measuring(Trace(endpoint="http://127.0.0.1:9", share=0.0), "node_1") as spans:
        for carrier in ("", "r", "r x", f"r {PARENT[:-1]}", "r 00-zz-zz-01"):
            with spans.under(carrier), spans.span("decide"):
                assert ids().get("request", "") == carrier.partition(" ")[0]
        with spans.under(f"r {PARENT}"):
            assert spans.carrier() == f"r {PARENT}"


def test_without_an_endpoint_nothing_is_imported() -> None:
    """Whoever traces nothing does not even load the libraries."""
    code = (
        "import sys; from taleforge.settings import Trace; from taleforge.telemetry.spans import measuring\n"
        "with measuring(Trace(), 'x') as spans, spans.span('decide'): pass\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'google', 'requests'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://x", "http://"])
def test_an_endpoint_that_is_none_is_refused(endpoint: str) -> None:
    """Before anything is served, with the setting to change."""
    with pytest.raises(Misconfigured, match=r"trace\.endpoint"), measuring(Trace(endpoint=endpoint), "x"):
        pass


def test_steps_are_timed_and_their_failures_counted() -> None:
    """Each in its own distribution; a task that is called off has not failed."""
    spans = TimedSpans()
    for error in (None, ValueError, asyncio.CancelledError):
        with pytest.raises(error) if error else bound(), spans.span("decide"):
            if error:
                raise error
    assert spans.timings["decide"].buckets()[-1] == ("+Inf", 3.0)
    assert spans.failures.counts == {("decide",): 1}
    assert set(spans.timings) == set(STAGES)

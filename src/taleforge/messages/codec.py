"""Bytes to messages and back: commands by name, events by name and version, with the upcasters of older versions.

Raises `MessageError` with a catalogue code for whatever is not a message of ours; never anything else.
"""

from collections.abc import Callable
from typing import Any, cast

import msgspec
from msgspec import Struct, field

from taleforge.errors import BadInput
from taleforge.messages.commands import COMMANDS, Command, CommandData
from taleforge.messages.events import EVENT_VERSIONS, EVENTS, EVERYBODY, Audience, By, Event, EventData
from taleforge.messages.ids import CommandId, SeatId
from taleforge.messages.shared import shared_data

Plain = dict[str, Any]
UPCASTERS: dict[tuple[str, int], Callable[[Plain], Plain]] = {}
"""By (event name, version): plain data of that version to the next one's."""


class MessageError(BadInput):
    """A message is not ours, or from a version we do not know; `refusal` is its catalogue code, `params` say which.

    The caller answers the sender with the code; a reader of a log stops and says where.
    """

    def __init__(self, refusal: str, **params: str | int) -> None:
        """Say what was wrong as a code with parameters."""
        details = ", ".join(f"{name} {value}" for name, value in params.items())
        super().__init__(f"This message cannot be read ({refusal}: {details}).", "Send it as the protocol describes.")
        self.refusal = refusal
        self.params: dict[str, str | int] = params


class CommandEnvelope(Struct):
    """A command on the wire, before its data is looked at."""

    id: str
    name: str
    seat: str
    d: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"{}"))
    at_turn: int | None = None


class EventEnvelope(Struct):
    """A stored event, before its data is looked at."""

    v: int
    name: str
    ver: int
    id: str
    at: str
    clock: int
    by: By
    d: msgspec.Raw
    audience: Audience = EVERYBODY
    witnesses: tuple[str, ...] = ()
    cmd: str | None = None
    cause: str | None = None
    nonce: int = 0


_encoder = msgspec.json.Encoder()
_command_envelope = msgspec.json.Decoder(CommandEnvelope)
_event_envelope = msgspec.json.Decoder(EventEnvelope)
_command_data = {name: msgspec.json.Decoder(data) for name, data in COMMANDS.items()}
_event_data = {name: msgspec.json.Decoder(data) for name, data in EVENTS.items()}


def encode(message: Struct) -> bytes:
    """Return a message as JSON."""
    return _encoder.encode(message)


def decode_command(data: bytes | str) -> Command:
    """Return the command in some JSON.

    Raises:
        MessageError: `command/malformed` or `command/unknown`.
    """
    try:
        head = _command_envelope.decode(data)
        decoder = _command_data.get(head.name)
        if decoder is None:
            raise MessageError("command/unknown", name=head.name[:80])
        body = cast("CommandData", decoder.decode(head.d))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("command/malformed", reason=str(error)[:200]) from error
    return Command(CommandId(head.id), head.name, SeatId(head.seat), body, head.at_turn)


def decode_event(data: bytes | str) -> Event:
    """Return the stored event in some JSON, brought up to today's version.

    Raises:
        MessageError: `log/malformed`, `log/unknown_event`, or `log/newer` for a version later than ours.
    """
    try:
        head = _event_envelope.decode(data)
        body = _decode_data(head.name, head.ver, head.d)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("log/malformed", reason=str(error)[:200]) from error
    return Event(
        head.v, head.name, EVENT_VERSIONS[head.name], head.id, head.at, head.clock, head.by, body, head.audience,
        head.witnesses, head.cmd, head.cause, head.nonce,
    )  # fmt: skip


def _decode_data(name: str, version: int, raw: msgspec.Raw) -> EventData:
    today = EVENT_VERSIONS.get(name)
    if today is None:
        raise MessageError("log/unknown_event", name=name[:80])
    if version == today:
        return shared_data(cast("EventData", _event_data[name].decode(raw)))
    if version > today:
        raise MessageError("log/newer", name=name, version=version, known=today)
    plain = cast("Plain", msgspec.json.decode(raw))
    for step in range(version, today):
        plain = UPCASTERS[name, step](plain)
    return shared_data(cast("EventData", msgspec.convert(plain, EVENTS[name])))

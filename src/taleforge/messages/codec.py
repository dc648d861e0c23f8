"""Bytes to messages and back: commands by name, clients' frames, events by name and version, with their upcasters.

Raises `MessageError` with a catalogue code for whatever is not a message of ours; never anything else.
"""

from collections.abc import Callable
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta, Struct, field

from taleforge.errors import BadInput
from taleforge.messages.commands import ALIASES, COMMANDS, Command, CommandData
from taleforge.messages.events import EVENT_VERSIONS, EVENTS, EVERYBODY, Audience, By, Event, EventData
from taleforge.messages.frames import ClientCommand, ClientFrame
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

    id: Annotated[str, Meta(pattern=r"^[!-~]{1,80}$")]
    name: str
    seat: str
    d: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"{}"))
    at_turn: int | None = None


class ClientHead(Struct):
    """A frame of a client, before it is known what it is."""

    t: str
    d: dict[str, Any] | None = None


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
_client_head = msgspec.json.Decoder(ClientHead)
_client_frame: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
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
        name = ALIASES.get(head.name, head.name)
        decoder = _command_data.get(name)
        if decoder is None:
            raise MessageError("command/unknown", name=name[:80])
        body = cast("CommandData", decoder.decode(head.d))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("command/malformed", reason=str(error)[:200]) from error
    return Command(CommandId(head.id), name, SeatId(head.seat), body, head.at_turn)


def decode_client_frame(data: bytes | str) -> ClientFrame:
    """Return the frame that a client sent; what it says stands in `d`, as in the table's frames, or beside `t`.

    Raises:
        MessageError: `command/malformed`.
    """
    try:
        head = _client_head.decode(data)
        if head.d is None:
            return _client_frame.decode(data)
        if head.t == "cmd":
            return ClientCommand(head.d)
        return msgspec.convert({**head.d, "t": head.t}, ClientFrame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError("command/malformed", reason=str(error)[:200]) from error


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
        if (name, step) not in UPCASTERS:
            raise MessageError("log/malformed", reason=f"There never was a version {version} of {name}.")
        plain = UPCASTERS[name, step](plain)
    return shared_data(cast("EventData", msgspec.convert(plain, EVENTS[name])))

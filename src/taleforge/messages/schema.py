"""The protocol as JSON Schema: one definition per command, event and frame, made from the types themselves.

Writes nothing: `make docs` puts it into docs/reference.
"""

from typing import Any

import msgspec

from taleforge.messages.codec import CommandEnvelope, EventEnvelope
from taleforge.messages.commands import COMMANDS, Ack, Ask, Refused
from taleforge.messages.events import EVENT_VERSIONS, EVENTS
from taleforge.messages.frames import AudioIn, AudioOut, ClientCommand, Frame, Hello, Pong, SeatEvent, Typing
from taleforge.messages.views import SeatView

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FRAMES = (
    CommandEnvelope,
    EventEnvelope,
    Frame,
    SeatEvent,
    SeatView,
    Ack,
    Refused,
    Ask,
    Hello,
    ClientCommand,
    Pong,
    Typing,
    AudioOut,
    AudioIn,
)


def protocol_schema() -> dict[str, Any]:
    """Return the schema: `commands` and `events` give the data of each name, `frames` what the stream carries."""
    types = [*COMMANDS.values(), *EVENTS.values(), *_FRAMES]
    schemas, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    by_type = dict(zip(types, schemas, strict=True))
    return {
        "$schema": DIALECT,
        "title": "Taleforge protocol",
        "commands": {name: by_type[data] for name, data in COMMANDS.items()},
        "events": {name: {"ver": EVENT_VERSIONS[name], "d": by_type[data]} for name, data in EVENTS.items()},
        "frames": {frame.__name__: by_type[frame] for frame in _FRAMES},
        "$defs": definitions,
    }

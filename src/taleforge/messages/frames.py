"""The frames of a seat's stream, both directions (PROTOCOL §5).

Numbered frames carry `n`, counted per seat without gaps; ephemeral ones do not. Does not open connections.
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

FrameType = Literal[
    "event", "snapshot", "decision", "prose.final", "ack", "refused", "ask", "prose.delta", "presence", "typing", "job",
    "ping", "resync", "bye", "audio", "heard",
]  # fmt: skip
NUMBERED: frozenset[str] = frozenset({"event", "snapshot", "decision", "prose.final"})


class Frame(Struct, frozen=True, omit_defaults=True):
    """One frame from the table to a seat. `d` is plain data, already cut to what the seat may see."""

    t: FrameType
    d: dict[str, Any]
    n: int | UnsetType = UNSET


class Hello(Struct, frozen=True, omit_defaults=True, tag="hello", tag_field="t"):
    """The first frame of a client: its token, and the last numbered frame it has."""

    token: str
    since: int | None = None


class ClientCommand(Struct, frozen=True, tag="cmd", tag_field="t"):
    """A command, as it came; decoded by `codec.decode_command`."""

    d: dict[str, Any]


class Pong(Struct, frozen=True, tag="pong", tag_field="t"):
    """Answer to a ping."""


class Typing(Struct, frozen=True, omit_defaults=True, tag="typing", tag_field="t"):
    """The player is typing (or has stopped)."""

    on: bool = True


class AudioOut(Struct, frozen=True, omit_defaults=True, tag="audio.out", tag_field="t"):
    """The player wants to hear what is told (or no more): each sentence as a file in an `audio` frame."""

    on: bool = True
    format: Literal["mp3", "ogg", "opus", "flac", "wav", "pcm"] = "mp3"


class AudioIn(Struct, frozen=True, omit_defaults=True, tag="audio.in", tag_field="t"):
    """A piece of a recording of what the player says, in base64; the last has it heard, as a `heard` frame tells."""

    id: str
    data: bytes
    last: bool = False
    language: str = "en"


ClientFrame = Hello | ClientCommand | Pong | Typing | AudioOut | AudioIn


class SeatEvent(Struct, frozen=True, omit_defaults=True):
    """An event as a seat may see it. `patch` (RFC 7396) turns the view before its batch into the view after it.

    The patch of a batch of events stands on its last frame. A batch that changes the view without an event the seat may
    hear arrives under the name `view.changed` with `v` 0.
    """

    v: int
    name: str
    ver: int
    at: str
    clock: int
    by: dict[str, Any]
    d: dict[str, Any]
    cmd: str | None = None
    patch: dict[str, Any] | None = None

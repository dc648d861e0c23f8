"""The frames of a seat's stream, both directions (PROTOCOL §5).

Numbered frames carry `n`, counted per seat without gaps; ephemeral ones do not. Does not open connections.
"""

from typing import Any, Final, Literal

from msgspec import UNSET, Struct, UnsetType

FrameType = Literal[
    "event", "snapshot", "decision", "prose.final", "ack", "refused", "ask", "prose.delta", "presence", "typing", "job",
    "ping", "resync", "bye", "audio", "heard",
]  # fmt: skip
NUMBERED: frozenset[str] = frozenset({"event", "snapshot", "decision", "prose.final"})
TOLD: Final[dict[FrameType, str]] = {
    "event": "What happened, as the seat may hear it: a `SeatEvent`; its `patch` (RFC 7396) brings the view along.",
    "snapshot": "`{view, n, prose}`: all that the seat may know, and what it was told lately, in place of all before.",
    "decision": "The table waits for this seat: a decision, as it stands in the view.",
    "prose.final": "`{v, lang, text, speaker?}`: the story of version `v`; a later one of the same `v` replaces it, one"
    " without text takes it back.",
    "ack": "`{re, v}`: the command `re` is done, and stored; the table was at version `v` after it.",
    "refused": "`{re, code, params?, choices?}`: it is not done, and what could be done instead.",
    "ask": "`{re, question: {code, params}, choices}`: it may mean several things; `answer` or `use_option` one.",
    "prose.delta": "`{v, i, text}`: the `i`th piece of a story that is being told; `prose.final` brings all of it.",
    "presence": "`{seats}`: who is connected now.",
    "typing": "`{seat, on}`: somebody types, or has stopped.",
    "job": "`{job, state, progress, position?, eta?, preview?}`: how work for this seat goes that takes long.",
    "ping": "Answer with `pong`: whoever says nothing for 90 seconds is cut off.",
    "resync": "`{reason}`: the seat read too slowly, and frames were left out; a snapshot follows.",
    "bye": "`{code, after?}`: the end, and why; with `after`, come back after so many seconds.",
    "audio": "`{v, i, of, format, data}`: the `i`th of so many pieces of what was told, in base64; or `{v, code}`.",
    "heard": "`{re, text, choices}`: what was said in the recording `re`; or `{re, code}`.",
}
"""What the table says to a seat with a frame of each type."""


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
    """A command, `{id, name, seat, d, at_turn?}`: with the same id it is done once, and answered alike."""

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

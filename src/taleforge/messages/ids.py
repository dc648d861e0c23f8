"""Typed, sortable, opaque ids: a kind, an underscore, and a UUIDv7 in 26 lower-case Crockford base32 letters.

Does not read the clock or draw chance itself: both come as arguments, so that the pure core can be replayed.
"""

from typing import Literal, NewType, Protocol

IdKind = Literal[
    "spc", "usr", "cmp", "tbl", "ses", "seat", "chr", "crt", "evt", "cmd", "job", "ast", "key", "inv", "dcs", "rep",
    "ban", "vce",
]  # fmt: skip

SpaceId = NewType("SpaceId", str)
PersonId = NewType("PersonId", str)
TableId = NewType("TableId", str)
SeatId = NewType("SeatId", str)
CreatureId = NewType("CreatureId", str)
EventId = NewType("EventId", str)
CommandId = NewType("CommandId", str)
DecisionId = NewType("DecisionId", str)
JobId = NewType("JobId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
"""Two letters for each ten bits: half as many steps as by single ones."""
_SHIFTS = tuple(range(120, -1, -10))


class IdSource(Protocol):
    """Makes new ids; each call another one, later ones sorting after earlier ones."""

    def __call__(self, kind: IdKind) -> str:
        """Return a new id of a kind."""
        ...


def make_id(kind: IdKind, unix_ms: int, entropy: int) -> str:
    """Return the id of a moment (milliseconds since 1970) and 74 bits of entropy (RFC 9562, UUID version 7)."""
    high, low = (entropy >> 62) & 0xFFF, entropy & 0x3FFF_FFFF_FFFF_FFFF
    value = (unix_ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    return f"{kind}_{''.join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])}"


def is_id(text: str, kind: IdKind) -> bool:
    """Whether a text has the form of an id of a kind."""
    head, _, tail = text.partition("_")
    return head == kind and len(tail) == 26 and all(c in _ALPHABET for c in tail)


class CountingIds:
    """Ids from a counter, for tests and replays: the n-th call always gives the same id."""

    def __init__(self, start: int = 0, unix_ms: int = 0) -> None:
        """Begin counting after `start`."""
        self._count = start
        self._unix_ms = unix_ms

    def __call__(self, kind: IdKind) -> str:
        """Return the next id."""
        self._count += 1
        return make_id(kind, self._unix_ms, self._count)

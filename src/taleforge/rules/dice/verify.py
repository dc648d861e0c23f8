"""Checks a record against the dice stream: the faces, what became of each, and the total.

Needs only what an export holds after the seed is revealed (PROTOCOL §9). Does not follow a log: it says how many words
a roll used, so that whoever walks a log can demand that the rolls of a table follow each other without a gap.
"""

from typing import Literal

from msgspec import Struct

from taleforge.rules.dice.errors import DiceError
from taleforge.rules.dice.record import Roll
from taleforge.rules.dice.roller import roll
from taleforge.rules.dice.source import ProvableDice

_LAST_NONCE = 2**60
"""No table gets this far; the stream itself ends at 2**67 words."""


class Mismatch(Struct, frozen=True):
    """What the stream says otherwise. `place` is the first face that differs, counted from 0; -1 where none does."""

    code: Literal["dice/unreadable", "dice/wrong_face", "dice/wrong_fate", "dice/wrong_total"]
    place: int
    expected: str
    found: str


class Check(Struct, frozen=True):
    """The outcome of a check: how many words of the stream the roll used, and what is wrong with it, if anything."""

    words: int
    mismatch: Mismatch | None = None


def check_roll(record: Roll, server_seed: bytes, salt: bytes) -> Check:
    """Roll the expression of a record again at its nonce and compare everything.

    Args:
        record: What the log says was rolled.
        server_seed: What the table revealed; that it fits the commitment is checked elsewhere.
        salt: What the seats added; see `salt_for`.
    """
    if not 0 <= record.nonce < _LAST_NONCE:
        return Check(0, Mismatch("dice/unreadable", -1, f"a nonce from 0 to {_LAST_NONCE}", str(record.nonce)))
    dice = ProvableDice(server_seed, salt, record.nonce)
    try:
        expected = roll(record.expr, dice)
    except DiceError as error:
        return Check(0, Mismatch("dice/unreadable", -1, error.code, record.expr))
    return Check(dice.nonce - record.nonce, _difference(expected, record))


def _difference(expected: Roll, found: Roll) -> Mismatch | None:
    for place, (right, shown) in enumerate(zip(expected.faces, found.faces, strict=False)):
        if right[:2] != shown[:2]:
            return Mismatch("dice/wrong_face", place, _die(*right[:2]), _die(*shown[:2]))
        if right[2] != shown[2]:
            return Mismatch("dice/wrong_fate", place, right[2], shown[2])
    if len(expected.faces) != len(found.faces):
        place = min(len(expected.faces), len(found.faces))
        return Mismatch("dice/wrong_face", place, f"{len(expected.faces)} dice", f"{len(found.faces)} dice")
    if expected.total != found.total:
        return Mismatch("dice/wrong_total", -1, str(expected.total), str(found.total))
    return None


def _die(sides: int, face: int) -> str:
    return f"{face} on d{sides}"

"""Where faces come from: a stream that anyone can check afterwards (PROTOCOL §9), or a script.

A source has a position, its nonce, and can go back to an earlier one, so that a roll that fails leaves no gap. Does not
choose the server's seed: whoever opens a table brings it.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import Protocol, TypeAlias

from taleforge.rules.dice.errors import DiceError, DiceLimitError, DiceValueError
from taleforge.rules.dice.limits import MAX_SIDES

_WORDS = MAX_SIDES
"""How many values a word of the stream can have."""

_counter = Struct(">Q").pack
_words_of = Struct(">8I").unpack
_BLOCK_WORDS = 8
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
"""Each byte of a key as the two hashes of an HMAC take it."""
_MOST_AHEAD = 8


class _Hash(Protocol):
    """What is used of a hash of the standard library, which has no public name for it."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


_Copy: TypeAlias = Callable[[], _Hash]
"""Gives a hash that goes on from where another stands."""


class DiceSource(Protocol):
    """Gives faces one after another."""

    @property
    def nonce(self) -> int:
        """Where in its stream the source stands."""
        ...

    def face(self, sides: int) -> int:
        """Return the next face, 1 to `sides`."""
        ...

    def faces(self, count: int, sides: int) -> list[int]:
        """Return the next `count` faces, exactly as so many calls of `face` would."""
        ...

    def rewind(self, nonce: int) -> None:
        """Go back to where `nonce` was read."""
        ...


class ProvableDice:
    """The dice stream of a table: block i is HMAC-SHA-256(server_seed, salt ‖ uint64_be(i)), eight words each.

    Args:
        server_seed: What the table committed to.
        salt: What the seats added; see `salt_for`.
        nonce: How many words are already used.
    """

    __slots__ = ("_ahead", "_block", "_hashes", "_salt", "_seed", "_skipped", "_words")

    def __init__(self, server_seed: bytes, salt: bytes, nonce: int = 0) -> None:
        self._seed = server_seed
        self._salt = salt
        self._hashes: tuple[_Copy, _Copy] | None = None
        """The inner and the outer hash that each block begins with; made for the first die: many commands roll none."""
        self.rewind(nonce)

    @property
    def nonce(self) -> int:
        """How many words are used."""
        return self._block * _BLOCK_WORDS + self._skipped - len(self._words)

    def rewind(self, nonce: int) -> None:
        """Stand before word `nonce` of the stream."""
        self._block, self._skipped = divmod(nonce, _BLOCK_WORDS)
        self._words: list[int] = []
        """Taken from the stream but not used yet, in order."""
        self._ahead = 1
        """Blocks to take next time: for one roll no more than it needs, for one after another many at a time."""

    def face(self, sides: int) -> int:
        """Return the next face, 1 to `sides`.

        Raises:
            DiceValueError: The die has no sides.
            DiceLimitError: It has more sides than a word has values.
        """
        if not 0 < sides <= _WORDS:
            raise _impossible(sides)
        fair = _WORDS - _WORDS % sides  # from here on, words would favour low faces
        while True:
            if not self._words:
                self._refill()
            word = self._words.pop(0)
            if word < fair:
                return word % sides + 1

    def faces(self, count: int, sides: int) -> list[int]:
        """Return the next `count` faces; errors as for `face`."""
        if not 0 < sides <= _WORDS:
            raise _impossible(sides)
        fair = _WORDS - _WORDS % sides  # from here on, words would favour low faces
        words = self._words
        while len(words) < count:
            self._refill()
        drawn = [word % sides + 1 for word in words[:count] if word < fair]
        del words[:count]
        return drawn if len(drawn) == count else drawn + self.faces(count - len(drawn), sides)

    def _refill(self) -> None:
        fresh_inner, fresh_outer = self._hashes or self._absorbed()
        words, last = self._words, self._block + self._ahead
        for block in range(self._block, last):
            inner, outer = fresh_inner(), fresh_outer()
            inner.update(_counter(block))
            outer.update(inner.digest())
            words += _words_of(outer.digest())
        self._block = last
        self._ahead = min(2 * self._ahead, _MOST_AHEAD)
        if self._skipped:
            del words[: self._skipped]
            self._skipped = 0

    def _absorbed(self) -> "tuple[_Copy, _Copy]":
        """Absorb key and salt of the HMAC, once (RFC 2104, section 4): a block then costs two short hashes."""
        seed = self._seed
        key = seed if len(seed) <= 64 else hashlib.sha256(seed).digest()
        inner, outer = hashlib.sha256(_padded(key, _INNER) + self._salt), hashlib.sha256(_padded(key, _OUTER))
        self._hashes = inner.copy, outer.copy
        return self._hashes


class ScriptedDice:
    """Shows given faces in order: for tests, and to replay a roll from its record.

    Args:
        faces: What the dice will show. A percentile die is scripted as its ten-sided face, 1 to 10.
    """

    __slots__ = ("_faces", "_next")

    def __init__(self, faces: Iterable[int]) -> None:
        self._faces = tuple(faces)
        self._next = 0

    @property
    def nonce(self) -> int:
        """How many faces were shown."""
        return self._next

    def rewind(self, nonce: int) -> None:
        """Show the faces from number `nonce` on again."""
        self._next = nonce

    def face(self, sides: int) -> int:
        """Return the next face.

        Raises:
            DiceValueError: None is left, or a die of `sides` sides cannot show it.
        """
        if self._next >= len(self._faces):
            raise DiceValueError("exhausted", faces=len(self._faces))
        face = self._faces[self._next]
        if not 1 <= face <= sides:
            raise DiceValueError("face", sides=sides, face=face)
        self._next += 1
        return face

    def faces(self, count: int, sides: int) -> list[int]:
        """Return the next `count` faces; errors as for `face`."""
        return [self.face(sides) for _ in range(count)]


def commitment(server_seed: bytes) -> bytes:
    """Return what a table publishes before play: SHA-256 of its seed, 32 bytes."""
    return hashlib.sha256(server_seed).digest()


def salt_for(table_id: str, entropies: Sequence[bytes]) -> bytes:
    """Return the salt of a table: SHA-256 of its id and what each seat added, in seat order; 32 bytes."""
    return hashlib.sha256(table_id.encode() + b"".join(entropies)).digest()


def seeded(seed: str | int | bytes) -> ProvableDice:
    """Return the same dice for the same seed, for `--seed` and for examples; never for a table."""
    material = seed if isinstance(seed, bytes) else str(seed).encode()
    return ProvableDice(hashlib.sha256(material).digest(), b"taleforge.seeded")


def _padded(key: bytes, pad: bytes) -> bytes:
    return key.ljust(64, b"\0").translate(pad)


def _impossible(sides: int) -> DiceError:
    return DiceValueError("zero_sides") if sides < 1 else DiceLimitError("sides", limit=_WORDS)

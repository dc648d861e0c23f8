"""The seal of a tale: what shows whoever exported it that nothing in it was changed since (decision 0041).

A keyed hash: only who has the key can make a seal, or judge one. Says nothing of tales that were sealed elsewhere.
"""

import hmac
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Annotated, Any, Final, cast

import msgspec
from msgspec import Meta, Struct

DIGITS: Final = 32
"""Hexadecimal digits that stand for one line in a seal: 128 bits."""
_LINED: Final = ".jsonl"
_Mark = Annotated[str, Meta(pattern="^[0-9a-f]*$")]


class Seal(Struct, frozen=True):
    """What seals a tale: `by` the key of this id, `whole` over the manifest, and so over the hash of every file.

    `lines` are for each file `DIGITS` for each of its lines, one after another: they tell which was changed.
    """

    by: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    whole: _Mark
    lines: dict[str, _Mark]


class Key:
    """What tales are sealed by.

    Args:
        secret: What only whoever seals has. The key that is made of it fits nothing else that the secret is used for.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"taleforge tale 1", "sha256")
        self.id = self._digest(b"id")[:16]
        """What tells it from other keys, and nothing of it."""

    def seal(self, manifest: bytes, files: Mapping[str, bytes]) -> Seal:
        """Return the seal of a tale: of its manifest (as JSON, sealed or not) and of the files it names."""
        lines = {name: "".join(self._marks(name, data)) for name, data in files.items()}
        return Seal(self.id, self._whole(manifest), lines)

    def fits(self, seal: Seal, manifest: bytes) -> bool:
        """Whether a seal of this key is that of a manifest; whose hashes are right is not looked at."""
        return hmac.compare_digest(seal.whole, self._whole(manifest))

    def changed(self, seal: Seal, files: Mapping[str, bytes]) -> tuple[str, int] | None:
        """Return the first line, counted from 1, that a seal knows otherwise, or not, or that is missing, by file."""
        for name in sorted({*files, *seal.lines}):
            known = seal.lines.get(name, "")
            marks = (known[at : at + DIGITS] for at in range(0, len(known), DIGITS))
            pairs = zip_longest(self._marks(name, files.get(name, b"")), marks)
            for number, (wanted, found) in enumerate(pairs, 1):
                if wanted != found:
                    return name, number
        return None

    def _marks(self, name: str, data: bytes) -> Iterator[str]:
        lines = map(_said, data.splitlines()) if name.endswith(_LINED) else [data]
        for number, line in enumerate(lines, 1):
            yield self._digest(f"{name} {number} ".encode() + line)[:DIGITS]

    def _whole(self, manifest: bytes) -> str:
        """Return what seals all that a manifest says, known to this version or not, but for the seal itself."""
        return self._digest(b"whole " + _said(manifest, but="seal"))

    def _digest(self, data: bytes) -> str:
        return hmac.digest(self._key, data, "sha256").hex()


def _said(data: bytes, but: str = "") -> bytes:
    """Return what some JSON says, however it is written, but for one field; what is no JSON as it is."""
    try:
        said = msgspec.json.decode(data)
        if isinstance(said, dict):
            cast("dict[str, Any]", said).pop(but, None)  # names are texts in JSON
        return msgspec.json.encode(said, order="deterministic")
    except (ValueError, RecursionError):
        return data

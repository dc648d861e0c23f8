"""Server-sent events cut out of a stream of bytes, as much as providers of models use of them.

Keeps at most one event that has not ended. Does not read what an event says.
"""

from collections.abc import Iterator

MOST = 1 << 20
"""Bytes of one event, at most."""


class TooLong(ValueError):
    """An event does not end."""


class EventReader:
    """Takes bytes as they come, gives the data of each event that ended."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    @property
    def inside(self) -> bool:
        """Whether an event has begun that has not ended."""
        return bool(self._rest.strip() or self._data)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Return the data of the events that end in a chunk. Raises TooLong."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            yield from self._line(line.rstrip(b"\r"))
        if len(self._rest) + sum(map(len, self._data)) > MOST:
            raise TooLong

    def _line(self, line: bytes) -> Iterator[bytes]:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            yield b"\n".join(self._data)
            self._data.clear()

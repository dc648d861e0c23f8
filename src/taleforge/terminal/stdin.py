"""Lines from a pipe or keyboard, as a coroutine can wait for them, whatever the bytes: never too much, never a failure.

Reads on a thread of its own, past Python's buffers, so that leaving is possible while it waits. Does not interpret.
"""

import asyncio
import os
import threading
from typing import Final

LONGEST: Final = 65_536
"""Bytes of one line that are kept; the rest of a longer line is skipped. More than any command may carry."""


class Lines:
    """The lines of a file descriptor. `read` gives None at the end."""

    def __init__(self, descriptor: int = 0) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._descriptor = descriptor
        threading.Thread(target=self._pump, name="stdin", daemon=True).start()

    async def read(self) -> str | None:
        """Return the next line without its end; None when there are no more."""
        return await self._lines.get()

    def _pump(self) -> None:
        held = b""
        while chunk := self._chunk():
            *whole, held = (held + chunk).split(b"\n")
            for one in whole:
                self._give(_decoded(one))
            held = held[: LONGEST + 1]
        if held:
            self._give(_decoded(held))
        self._give(None)

    def _chunk(self) -> bytes:
        try:
            return os.read(self._descriptor, 65_536)
        except OSError:  # the terminal is gone
            return b""

    def _give(self, text: str | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, text)
        except RuntimeError:  # the loop has closed meanwhile: nobody waits for this line any more
            return


def _decoded(raw: bytes) -> str:
    return raw[:LONGEST].decode("utf-8", errors="replace").rstrip("\r")

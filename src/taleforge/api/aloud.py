"""The sound of one connection: what is told is read aloud to whoever asked for it, and what they say is understood.

Reads in a task of its own, sentence by sentence, so the stream never waits for it; who reads slower than is told misses
the oldest. What was heard is shown with choices, and never obeyed. Stores nothing.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from taleforge.api.callers import Caller
from taleforge.api.desk import Desk, Place
from taleforge.api.problems import Trouble
from taleforge.api.reading import position_of
from taleforge.api.speaking import DIRECT, reserve, speech_at, spoken_at
from taleforge.errors import AudioTooLong, BadInput, SpeechFailed, TaleforgeError
from taleforge.messages.frames import AudioIn, AudioOut, Frame
from taleforge.voice.profiles import NARRATOR, profile_of
from taleforge.voice.studio import LETTERS_A_SECOND
from taleforge.voice.texts import sentences

MOST_BEHIND: Final = 4
"""Pieces of prose that wait to be read."""
FIRST: Final = 80
"""Letters after which the first sentence is cut, to be heard soon."""
MOST_SAID: Final = 2 * 1024 * 1024
"""Bytes of a recording that comes by the stream."""
_MARK: Final = b'"t":"prose.final"'
_frames = msgspec.json.Decoder(Frame)


class Aloud:
    """The sound of a connection.

    Args:
        desk: The house and its people.
        caller: Whose connection it is, and who pays.
        place: Which seat's.
        push: Sends the client a frame.
    """

    def __init__(self, desk: Desk, caller: Caller, place: Place, push: Callable[[Frame], None]) -> None:
        self._desk = desk
        self._caller = caller
        self._place = place
        self._push = push
        self._wanted: AudioOut | None = None
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_BEHIND)
        self._reading: asyncio.Task[None] | None = None
        self._saying: dict[str, bytearray] = {}
        self._hearing: set[asyncio.Task[None]] = set()

    def take(self, frame: AudioOut | AudioIn) -> None:
        """Take what the client sends for sound."""
        if isinstance(frame, AudioIn):
            self._gather(frame)
        else:
            self._wanted = frame if frame.on else None
            self._waiting.clear()

    def told(self, frames: Iterable[bytes]) -> None:
        """Take frames that the client was sent: prose is read aloud, if that is wanted."""
        if self._wanted is None:
            return
        self._waiting += [_frames.decode(data).d for data in frames if _MARK in data[:64]]
        if self._waiting and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read(), name="reading aloud")

    async def close(self) -> None:
        """Stop."""
        tasks = [task for task in (self._reading, *self._hearing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        while self._waiting and self._wanted is not None:
            prose = self._waiting.popleft()
            try:
                await self._say(prose, self._wanted)
            except (Trouble, TaleforgeError) as error:
                self._push(Frame("audio", {"v": prose["v"], "code": error.code}))

    async def _say(self, prose: dict[str, Any], how: AudioOut) -> None:
        """Send a piece of prose as sound, one file for each sentence."""
        profile = profile_of(prose.get("speaker") or NARRATOR)
        pieces = sentences(prose["text"], first=FIRST)
        async with reserve(self._desk, self._caller, len(prose["text"]) / LETTERS_A_SECOND):
            for number, text in enumerate(pieces):
                file = await self._desk.sentences.said(text, profile, how.format)
                if self._wanted is not how:
                    return
                self._push(Frame("audio", {
                    "v": prose["v"], "i": number, "of": len(pieces), "format": how.format,
                    "data": base64.b64encode(file).decode(),
                }))  # fmt: skip

    def _gather(self, piece: AudioIn) -> None:
        """Take a piece of a recording; the last has it heard."""
        if piece.id not in self._saying and len(self._saying) >= 1:
            self._saying.clear()  # who begins anew has given the other up
        file = self._saying.setdefault(piece.id, bytearray())
        file += piece.data
        if len(file) > MOST_SAID:
            file.clear()
            self._push(_not_heard(piece.id, AudioTooLong.code))
        elif piece.last:
            del self._saying[piece.id]
            task = asyncio.create_task(self._hear(piece, bytes(file)), name="hearing")
            self._hearing.add(task)
            task.add_done_callback(self._hearing.discard)

    async def _hear(self, piece: AudioIn, file: bytes) -> None:
        try:
            view = position_of(await self._desk.room(self._place.table)).view(self._place.seat)
            speech = speech_at(self._desk)
            seconds = await speech.seconds(file)
            if seconds > DIRECT:
                raise AudioTooLong("That is too long to be said at a table.", "Say less at a time.")
            async with reserve(self._desk, self._caller, seconds):
                found = await speech.transcribe(file, spoken_at(view), piece.language)
        except (Trouble, BadInput, SpeechFailed) as error:
            self._push(_not_heard(piece.id, error.code))
        else:
            self._push(Frame("heard", {"re": piece.id, "text": found.text, "choices": found.choices}))


def _not_heard(recording: str, code: str) -> Frame:
    return Frame("heard", {"re": recording, "code": code})

"""The child process in which native code runs: it answers questions one after the other, and ends with its line.

`python -m taleforge.voice.child ENGINE`, an `Engine` in JSON; started by `cell`. Keeps nothing between questions but
the engine it has loaded.
"""

import os
import sys
from collections.abc import Callable
from typing import BinaryIO, TypeVar

import msgspec

from taleforge.cages import limits
from taleforge.cages.child import take_line
from taleforge.cages.line import framed, next_asked
from taleforge.errors import SpeechFailed, TaleforgeError
from taleforge.voice import engines, pitch, sound
from taleforge.voice.engines import Ear, Mouth
from taleforge.voice.values import (
    HEARD_RATE,
    RATE,
    Answer,
    Convert,
    Count,
    Counted,
    Done,
    Engine,
    Failed,
    Hear,
    Heard,
    Measure,
    Question,
    Sound,
    Speak,
)

Part = TypeVar("Part", Mouth, Ear)
_questions: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
Say = Callable[[Answer], None]
Answering = Callable[[Question, Say], None]
"""Answers a question, in one piece or several. Raises TaleforgeError."""


def opened(engine: Engine) -> Answering:
    """Load an engine and return what answers with it; if it cannot be loaded, that is every answer."""
    try:
        mouth, ear = engines.load(engine)
    except TaleforgeError as error:
        return _failing(error)

    def answer(question: Question, say: Say) -> None:
        match question:
            case Speak():
                _speak(_of(mouth), question, say)
            case Hear():
                samples = sound.read(question.file, HEARD_RATE)
                say(Heard(_of(ear).transcribe(samples, question.phrases, question.language)))
            case Measure():
                say(pitch.measure(sound.read(question.file, HEARD_RATE), HEARD_RATE))
            case Count():
                say(Counted(sound.seconds_of(question.file)))
            case Convert():
                samples = sound.read(question.file, question.rate)
                say(Sound(sound.written(samples, question.rate, question.format)))

    return answer


def serve(questions: BinaryIO, answers: BinaryIO, answer: Answering, niceness: int = 0) -> None:
    """Answer until nobody asks any more."""

    def say(message: Answer) -> None:
        answers.write(framed(message))
        answers.flush()

    while (question := next_asked(questions, _questions)) is not None:
        try:
            with limits.giving_way(niceness):
                answer(question, say)
            say(Done())
        except TaleforgeError as error:
            say(Failed(type(error).__name__, error.problem, error.remedy))


def main(opened: Callable[[Engine], Answering] = opened) -> None:
    """Serve on stdin and stdout."""
    questions, answers = take_line()
    engine = msgspec.json.decode(sys.argv[1], type=Engine)
    limits.stand_back(engine.niceness)
    limits.bound(engine.memory)
    answer = opened(engine)
    limits.shut()
    with os.fdopen(questions, "rb") as asked, os.fdopen(answers, "wb") as said:
        serve(asked, said, answer, engine.niceness)


def _failing(error: TaleforgeError) -> Answering:
    def answer(_: Question, _say: Say) -> None:
        raise error

    return answer


def _of(part: Part | None) -> Part:
    if part is None:
        raise SpeechFailed("This engine cannot do that.", "Set voice.synthesiser and voice.recogniser.")
    return part


def _speak(mouth: Mouth, question: Speak, say: Say) -> None:
    resampler = sound.Resampler(mouth.rate_of(question.profile), RATE)
    made: list[bytes] = []

    def take(piece: bytes) -> None:
        if question.format == "pcm":
            say(Sound(piece))
        else:
            made.append(piece)

    def hear(samples: bytes) -> None:
        if piece := resampler.feed(samples):
            take(piece)

    mouth.speak(question.text, question.profile, hear)
    take(resampler.feed(b"", last=True))
    if made:
        say(Sound(sound.written(b"".join(made), RATE, question.format)))


if __name__ == "__main__":
    main()
    sys.exit(0)

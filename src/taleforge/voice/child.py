"""The child process in which native code runs: it answers questions one after the other, and ends with its line.

`python -m taleforge.voice.child`, started by `cell`. Keeps nothing between questions but the engines it has loaded.
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from typing import BinaryIO

from taleforge.errors import TaleforgeError
from taleforge.voice import cage, pitch, sound
from taleforge.voice.espeak import Espeak
from taleforge.voice.pipes import framed, next_question
from taleforge.voice.sphinx import Sphinx
from taleforge.voice.values import HEARD_RATE, RATE, Answer, Done, Failed, Hear, Heard, Measure, Question, Sound, Speak

Say = Callable[[Answer], None]


def answer(question: Question, say: Say) -> None:
    """Answer a question, in one piece or several. Raises TaleforgeError."""
    match question:
        case Speak():
            _speak(question, say)
        case Hear():
            samples = sound.read(question.file, HEARD_RATE)
            say(Heard(_sphinx().transcribe(samples, question.phrases, question.language)))
        case Measure():
            say(pitch.measure(sound.read(question.file, HEARD_RATE), HEARD_RATE))


def serve(questions: BinaryIO, answers: BinaryIO, answer: Callable[[Question, Say], None]) -> None:
    """Answer until nobody asks any more."""

    def say(message: Answer) -> None:
        answers.write(framed(message))
        answers.flush()

    while (question := next_question(questions)) is not None:
        try:
            answer(question, say)
            say(Done())
        except TaleforgeError as error:
            say(Failed(type(error).__name__, error.problem, error.remedy))


def main(answer: Callable[[Question, Say], None] = answer) -> None:
    """Serve on stdin and stdout, where no library's own words can come between."""
    questions, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    cage.shut()
    with os.fdopen(questions, "rb") as asked, os.fdopen(answers, "wb") as said:
        serve(asked, said, answer)


@cache
def _espeak() -> Espeak:
    return Espeak()


@cache
def _sphinx() -> Sphinx:
    return Sphinx()


def _speak(question: Speak, say: Say) -> None:
    engine = _espeak()
    resampler = sound.Resampler(engine.rate, RATE)
    made: list[bytes] = []

    def take(piece: bytes) -> None:
        if question.format == "pcm":
            say(Sound(piece))
        else:
            made.append(piece)

    def hear(samples: bytes) -> None:
        if piece := resampler.feed(samples):
            take(piece)

    engine.speak(question.text, question.profile, hear)
    take(resampler.feed(b"", last=True))
    if made:
        say(Sound(sound.written(b"".join(made), RATE, question.format)))


if __name__ == "__main__":
    main()
    sys.exit(0)

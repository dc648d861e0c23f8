"""A child process whose engine goes wrong as the text says; run as the real one is."""

import ctypes
import os
import time
from pathlib import Path

from taleforge.errors import Misconfigured
from taleforge.voice.child import Answering, Say, main
from taleforge.voice.values import Engine, Question, Sound, Speak

HOARD = 3 * 1024**3


def answer(question: Question, say: Say) -> None:
    assert isinstance(question, Speak)
    match question.text:
        case "segfault":
            say(Sound(b"so far"))
            ctypes.string_at(0)
        case "hang":
            time.sleep(60)
        case "hoard":
            bytearray(HOARD)
        case "write":
            Path("/tmp/taleforge-escaped").write_bytes(b"x" * 100)
        case "pid":
            say(Sound(str(os.getpid()).encode()))
        case "niceness":
            say(Sound(str(os.nice(0)).encode()))
        case "secrets":
            say(Sound(repr(dict(os.environ)).encode()))
        case "raise":
            raise Misconfigured("It is wrong.", "Put it right.")
        case _:
            say(Sound(question.text.encode()))


def opened(_: Engine) -> Answering:
    return answer


main(opened)

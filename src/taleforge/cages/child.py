"""Both ends of a child process's beginning: how one is started, and where it finds its line.

Does not know what it does.
"""

import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

PYTHON: Final = (sys.executable, "-I", "-m")


async def start(program: Sequence[str], what: Struct, environment: Mapping[str, str]) -> Process:
    """Start a child whose last word is what it is to be, as JSON; raises OSError where there can be none."""
    words = (*program, msgspec.json.encode(what).decode())
    return await create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, cwd="/")


def take_line() -> tuple[int, int]:
    """Return where this process is asked and where it answers, and let no library's own words come between."""
    asked, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return asked, answers

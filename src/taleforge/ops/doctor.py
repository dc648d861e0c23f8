"""`taleforge doctor`: whether this machine is fit to play, and what a server here needs will do; each finding with what
to do.

It only looks. Nothing is made, locked or written, so it may be run at any time, beside a running table too.
"""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from taleforge.errors import TaleforgeError

State = Literal["ok", "warning", "failed"]

OLDEST_PYTHON: Final = (3, 11)
OLDEST_SQLITE: Final = (3, 35)
"""The first with RETURNING; Python 3.11 images bring at least 3.37."""
SMALLEST: Final = (40, 12)
"""Columns and lines of the smallest terminal that is laid out for."""
COMFORTABLE: Final = (80, 24)
LITTLE_SPACE: Final = 200 * 2**20
NO_SPACE: Final = 5 * 2**20
PATIENCE: Final = 10.0
"""Seconds in which another program has to answer."""
_MIB: Final = 2**20


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing that was looked at: what was found, and what to do where it is not well."""

    name: str
    state: State
    found: str
    remedy: str = ""


class Terminal(Struct, frozen=True):
    """What is known of a terminal: whether there is one, its size, its encoding and what it says about itself."""

    present: bool
    columns: int
    lines: int
    encoding: str
    environ: Mapping[str, str]


def this_terminal() -> Terminal:
    """Return the terminal that this process writes to."""
    size = shutil.get_terminal_size()
    return Terminal(sys.stdout.isatty(), size.columns, size.lines, sys.stdout.encoding or "", os.environ)


def examine(
    folder: Path,
    terminal: Terminal,
    packs: Callable[[], str],
    writer: Callable[[Path], str | None],
    *,
    keeps: bool = True,
) -> list[Finding]:
    """Look at everything on this machine.

    Args:
        folder: The data folder; it need not exist yet.
        terminal: The terminal that would be played in.
        packs: Loads every content pack and says what is there; raises a TaleforgeError for a broken one.
        writer: Says who has the folder open for writing, or None.
        keeps: Whether anything is kept there; else it is not looked at.
    """
    places = [data_folder(folder), free_space(folder), lock(folder, writer)] if keeps else []
    return [
        python(sys.version_info[:3]),
        sqlite(sqlite3.sqlite_version_info),
        size(terminal),
        letters(terminal),
        colours(terminal),
        *places,
        content(packs),
    ]


async def ask(others: Mapping[str, Callable[[], Awaitable[str]]]) -> list[Finding]:
    """Ask other programs, by what each is, whether they will do."""
    return await asyncio.gather(*(_ask(name, asking) for name, asking in others.items()))


async def _ask(name: str, asking: Callable[[], Awaitable[str]]) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE):
            return Finding(name, "ok", await asking())
    except TimeoutError:
        return Finding(name, "failed", f"no answer within {PATIENCE:.0f} seconds", "Look after that server.")
    except TaleforgeError as error:
        return _failed(name, error)


def _failed(name: str, error: TaleforgeError) -> Finding:
    return Finding(name, "failed", str(error).removesuffix(error.remedy).strip(), error.remedy)


def python(version: tuple[int, int, int]) -> Finding:
    """Judge the version of Python."""
    found = ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        return Finding("Python", "failed", found, "Install Python 3.11 or newer.")
    return Finding("Python", "ok", found)


def sqlite(version: tuple[int, int, int]) -> Finding:
    """Judge the version of SQLite that Python was built with."""
    found = ".".join(map(str, version))
    if version[:2] < OLDEST_SQLITE:
        return Finding("SQLite", "failed", found, "Use a Python that was built with SQLite 3.35 or newer.")
    return Finding("SQLite", "ok", found)


def size(terminal: Terminal) -> Finding:
    """Judge the size of the terminal."""
    found = f"{terminal.columns} columns, {terminal.lines} lines"
    if not terminal.present:
        return Finding("Terminal", "ok", "none: output goes to a file or pipe, where play --plain is at home")
    if terminal.columns < SMALLEST[0] or terminal.lines < SMALLEST[1]:
        return Finding("Terminal", "warning", found, "Make it at least 40 by 12, or play with --plain.")
    if terminal.columns < COMFORTABLE[0] or terminal.lines < COMFORTABLE[1]:
        return Finding("Terminal", "ok", f"{found}: one pane at a time; all of them from 80 by 24 on")
    return Finding("Terminal", "ok", found)


def letters(terminal: Terminal) -> Finding:
    """Judge whether more than ASCII can be shown."""
    if terminal.encoding.lower().replace("-", "").startswith("utf"):
        return Finding("Letters", "ok", terminal.encoding)
    found = terminal.encoding or "unknown"
    return Finding("Letters", "warning", found, "Set LANG to a UTF-8 locale such as C.UTF-8; until then ASCII is used.")


def colours(terminal: Terminal) -> Finding:
    """Say how colours will be shown; a terminal without any is no fault."""
    environ = terminal.environ
    if "NO_COLOR" in environ:
        return Finding("Colours", "ok", "none, as NO_COLOR asks")
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return Finding("Colours", "ok", "16 million")
    if environ.get("TERM", "dumb") in {"dumb", "unknown"}:
        return Finding("Colours", "warning", f"TERM is {environ.get('TERM') or 'not set'}", "Play with --plain there.")
    return Finding("Colours", "ok", "256" if "256" in environ["TERM"] else "few")


def data_folder(folder: Path) -> Finding:
    """Judge whether saves can be written; a folder that does not exist is judged by the one it would be made in."""
    known = _nearest(folder)
    found = str(folder) if known == folder else f"{folder} (not made yet)"
    if not known.is_dir():
        return Finding("Data folder", "failed", f"{known} is no folder", "Set data.folder (or --data) to a folder.")
    if not os.access(known, os.W_OK | os.X_OK):
        return Finding("Data folder", "failed", f"{found}: no right to write", "Set data.folder to a place of yours.")
    return Finding("Data folder", "ok", found)


def free_space(folder: Path) -> Finding:
    """Judge how much room is left where saves are kept."""
    free = shutil.disk_usage(_nearest(folder)).free
    found = f"{free // _MIB} MiB free"
    if free < NO_SPACE:
        return Finding("Free space", "failed", found, "Free some room: nothing can be saved.")
    if free < LITTLE_SPACE:
        return Finding("Free space", "warning", found, "Free some room soon.")
    return Finding("Free space", "ok", found)


def lock(folder: Path, writer: Callable[[Path], str | None]) -> Finding:
    """Say whether another process has the saves open for writing."""
    holder = writer(folder)
    if holder is None:
        return Finding("Saves", "ok", "nobody has them open")
    return Finding("Saves", "warning", f"open in {holder}", "Close that one before you play here.")


def content(packs: Callable[[], str]) -> Finding:
    """Judge whether every content pack can be loaded."""
    try:
        return Finding("Packs", "ok", packs())
    except TaleforgeError as error:
        return _failed("Packs", error)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(known for known in (folder, *folder.parents) if known.exists())

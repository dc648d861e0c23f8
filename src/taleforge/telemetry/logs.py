"""Log lines: readable for a person, JSON for a machine; a server's to stdout, a command's to stderr, or to a file.

The standard output of a command is its answer, and the screen the terminal client's. What a line may say is in
`fields`; of an exception it says the kind and the places, never the message, which may quote what a player said. Keeps
no metrics, and sends nothing anywhere.
"""

import os
import re
import sys
import traceback
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol, cast

import msgspec
import structlog

from taleforge.errors import Misconfigured
from taleforge.settings import Log
from taleforge.telemetry.context import add_ids
from taleforge.telemetry.foreign import Foreign
from taleforge.telemetry.rotation import RotatingFile

HIDDEN: Final = "[hidden]"
_SECRET: Final = re.compile(r"(^|_)(secret|token|password|authorization|cookie|entropy|server_seed|key)s?$")
_FIRST: Final = ("timestamp", "level", "event")

Line = MutableMapping[str, Any]


class Stream(Protocol):
    """Where lines are written."""

    def write(self, text: str, /) -> object:
        """Take a line, or part of one."""
        ...

    def flush(self) -> object:
        """Keep nothing back."""
        ...

    def isatty(self) -> bool:
        """Whether a person looks."""
        ...


class Steady:
    """A stream whose other end may be gone, or full: lines that it does not take are lost, and nobody's turn with them.

    Args:
        stream: Takes the lines.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Take a line, or part of one."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Keep nothing back."""
        with suppress(OSError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Whether a person looks."""
        return self._stream.isatty()


@contextmanager
def logging_to(
    log: Log, *, serving: bool = False, production: bool = False, stream: Stream | None = None
) -> Generator[Stream]:
    """Within the block, send every log line to `log.file`, or else to a stream, usually stderr; give where they go.

    The format `auto` is text on a terminal, JSON elsewhere and in production; the level `auto` is `info` while serving
    and `warning` otherwise. Raises `Misconfigured` when the file cannot be opened.
    """
    level = ("info" if serving else "warning") if log.level == "auto" else log.level
    with _opened(log, stream) as lines, Foreign().listening():
        text = log.format == "text" or (log.format == "auto" and lines.isatty() and not production)
        structlog.configure(
            processors=[
                add_ids,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S" if text else "iso", utc=True),
                fault_without_words,
                redact,
                _for_people(colors=lines.isatty()) if text else for_machines,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=structlog.WriteLoggerFactory(cast("Any", lines)),  # it only writes and flushes, as ours do
        )
        try:
            yield lines
        finally:
            structlog.reset_defaults()


def redact(_logger: object, _method: str, event: Line) -> Mapping[str, Any]:
    """Replace the value of every key that names a secret, however deep; a structlog processor.

    It judges keys, not texts: a secret inside a sentence is the caller's mistake.
    """
    return {key: _hidden(key, value) for key, value in event.items()}


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    return _SECRET.search(key.lower().replace("-", "_")) is not None


def _hidden(key: object, value: object) -> object:
    if isinstance(key, str) and _is_secret(key):
        return HIDDEN
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {k: _hidden(k, v) for k, v in cast(Mapping[object, object], value).items()}
    if isinstance(value, list | tuple):
        return [_hidden(None, item) for item in cast(list[object], value)]
    return value


def fault_without_words(_logger: object, _method: str, event: Line) -> Line:
    """Say of an exception what it is and where it happened; a structlog processor."""
    given: object = event.pop("exc_info", None)
    if isinstance(given, tuple):
        given = cast("tuple[object, ...]", given)[1]
    error = sys.exception() if given is True else given
    if isinstance(error, BaseException):
        places = traceback.extract_tb(error.__traceback__)
        event["fault"] = type(error).__name__
        event["trace"] = [f"{place.filename}:{place.lineno} {place.name}" for place in places]
    return event


def for_machines(_logger: object, _method: str, event: Line) -> str:
    """Return a line as JSON: when, how bad and what first, then the fields by name; a structlog renderer."""
    first = {name: event.pop(name) for name in _FIRST if name in event}
    line = {**first, **dict(sorted(event.items()))}
    line.setdefault("pid", os.getpid())
    try:
        return _encode_in_order(line)
    except (UnicodeEncodeError, ValueError, TypeError):  # half a letter in a name: the line is worth more than it
        return _encode_in_order({name: repr(value) for name, value in line.items()})


def _encode_in_order(line: Mapping[str, object]) -> str:
    return msgspec.json.encode(line, enc_hook=repr).decode()


def _for_people(*, colors: bool) -> structlog.typing.Processor:
    return structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=20, sort_keys=True)


@contextmanager
def _opened(log: Log, stream: Stream | None) -> Generator[Stream]:
    if log.file is None:
        yield Steady(stream or sys.stderr)
        return
    try:
        log.file.parent.mkdir(parents=True, exist_ok=True)
        file = RotatingFile(log.file, log.rotate_mb * 1_000_000, log.keep)
    except OSError as error:
        raise _unwritable(log.file, error) from error
    try:
        yield file
    finally:
        file.close()


def _unwritable(file: Path, error: OSError) -> Misconfigured:
    return Misconfigured(
        f"The log file {file} cannot be written: {error.strerror}.", "Set log.file to a place you may write."
    )

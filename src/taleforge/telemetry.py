"""Logging: readable lines for a person, JSON for a machine, always to stderr or a file.

Standard output belongs to the command line and the screen to the terminal client, so nothing here writes there. It
keeps no metrics, and sends nothing anywhere.
"""

import re
import sys
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from taleforge.errors import Misconfigured
from taleforge.settings import Log

HIDDEN: Final = "[hidden]"
_SECRET: Final = re.compile(r"(^|_)(secret|token|password|authorization|cookie|entropy|server_seed|key)s?$")


@contextmanager
def logging_to(log: Log) -> Generator[None, None, None]:
    """Within the block, send every log line to `log.file`, or to stderr when there is none.

    The format `auto` means text on a terminal and JSON elsewhere. Raises `Misconfigured` when the file cannot be
    opened.
    """
    with _opened(log.file) as stream:
        text = log.format == "text" or (log.format == "auto" and stream.isatty())
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                redact,
                *_ending(text=text, colors=stream.isatty()),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(log.level),
            logger_factory=structlog.WriteLoggerFactory(stream),
        )
        try:
            yield
        finally:
            structlog.reset_defaults()


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace the value of every key that names a secret, however deep; a structlog processor.

    It judges keys, not texts: a secret inside a sentence is the caller's mistake.
    """
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: object, value: object) -> object:
    if isinstance(key, str) and _SECRET.search(key.lower().replace("-", "_")):
        return HIDDEN
    if isinstance(value, Mapping):
        return {k: _hidden(k, v) for k, v in cast(Mapping[object, object], value).items()}
    if isinstance(value, list | tuple):
        return [_hidden(None, item) for item in cast(list[object], value)]
    return value


def _opened(file: Path | None) -> AbstractContextManager[TextIO]:
    if file is None:
        return nullcontext(sys.stderr)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise Misconfigured(
            f"The log file {file} cannot be written: {error.strerror}.", "Set log.file to a place you may write."
        ) from error


def _ending(*, text: bool, colors: bool) -> list[structlog.typing.Processor]:
    # Tracebacks without local variables: those hold what `redact` cannot see.
    if text:
        return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]
    tracebacks = ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer(sort_keys=True)]

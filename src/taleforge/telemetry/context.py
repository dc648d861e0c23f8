"""Which request, table and seat the code that runs now works for: these ids stand on every log line.

They live in one context variable, so they follow awaits and new tasks by themselves. Does not know what an id means.
"""

import re
import secrets
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar, Token
from types import MappingProxyType, TracebackType
from typing import Any, Final

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_REQUEST: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_bound: ContextVar[Mapping[str, str]] = ContextVar("taleforge_bound", default=_NONE)


class bound:  # noqa: N801  # used like a function: `with bound(table=…):`
    """Within the block, put ids on every log line; those around it stay."""

    __slots__ = ("_ids", "_token")

    def __init__(self, **ids: str) -> None:
        self._ids = ids

    def __enter__(self) -> None:
        self._token: Token[Mapping[str, str]] = _bound.set({**_bound.get(), **self._ids})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _bound.reset(self._token)


class nobody:  # noqa: N801  # as above
    """Within the block, put no ids but these on log lines: who does this is not to be known."""

    __slots__ = ("_ids", "_token")

    def __init__(self, **ids: str) -> None:
        self._ids = ids

    def __enter__(self) -> None:
        self._token: Token[Mapping[str, str]] = _bound.set(self._ids)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _bound.reset(self._token)


def enter(ids: Mapping[str, str]) -> Token[Mapping[str, str]]:
    """Begin a block as `bound` does, with less ado; it ends with `leave`."""
    return _bound.set({**_bound.get(), **ids})


def leave(token: Token[Mapping[str, str]]) -> None:
    """End a block that began with `enter`."""
    _bound.reset(token)


def bind(**ids: str) -> None:
    """Put ids on every log line of this task from now on."""
    _bound.set({**_bound.get(), **ids})


def ids() -> Mapping[str, str]:
    """Return the ids that hold now."""
    return _bound.get()


def request_id(given: bytes | None) -> str:
    """Return the id that a proxy gave a request, if it looks like one, or else a new one."""
    if given is not None and _REQUEST.fullmatch(given):
        return given.decode("ascii")
    return secrets.token_hex(8)


def add_ids(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Put the ids that hold now on a line that does not name them itself; a structlog processor."""
    return {**_bound.get(), **event}

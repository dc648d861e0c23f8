"""Finds the line of any value in a JSON or TOML text, so that a fault can point at it.

The parsers of the standard library and of msgspec say only where syntax breaks, never where a value stands. This reads
texts that have been parsed already, only when there is a fault to tell, and checks nothing itself.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''(?P<skip>[^\S\n]+|\#[^\n]*)
    |(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<newline>\n)
    |(?P<mark>[\[\]{}=:,.])
    |(?P<bare>[^\s\[\]{}=:,."'\#]+)''',
    re.VERBOSE | re.DOTALL,
)


def line_of(text: str, path: Path, *, toml: bool) -> int:
    """Return the line (from 1) of the value at a path, or of the nearest thing around it that can be found."""
    lines = (_Toml(text) if toml else _Json(text)).lines()
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def line_at(text: str, offset: int) -> int:
    """Return the line (from 1) of a character offset."""
    return text.count("\n", 0, offset) + 1


class _Reader:
    """Walks tokens and notes the line on which each value begins."""

    def __init__(self, text: str, *, newlines: bool) -> None:
        self._tokens = _tokens(text, newlines=newlines)
        self._found: dict[Path, int] = {(): 1}
        self._advance()

    def _advance(self) -> None:
        self._token, self._line = next(self._tokens, ("", 0))

    def _skip(self, *marks: str) -> None:
        while self._token in marks and self._token:
            self._advance()

    def _value(self, path: Path) -> None:
        self._found.setdefault(path, self._line)
        if self._token == "[":
            self._array(path)
        elif self._token == "{":
            self._object(path)
        else:
            self._scalar()

    def _scalar(self) -> None:
        while self._token not in {"", ",", "\n", "]", "}"}:
            self._advance()

    def _array(self, path: Path) -> None:
        self._advance()
        self._skip(",", "\n")
        index = 0
        while self._token not in {"]", ""}:
            self._value((*path, index))
            index += 1
            self._skip(",", "\n")
        self._advance()

    def _object(self, path: Path) -> None:
        self._advance()
        self._skip(",", "\n")
        while self._token not in {"}", ""}:
            self._pair(path)
            self._skip(",", "\n")
        self._advance()

    def _pair(self, path: Path) -> None:
        line = self._line
        keys = self._keys()
        for depth in range(1, len(keys) + 1):
            self._found.setdefault((*path, *keys[:depth]), line)
        self._value((*path, *keys))

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while self._token not in {"=", ":", "]", "", "\n"}:
            if self._token != ".":
                keys.append(_unquoted(self._token))
            self._advance()
        self._skip("=", ":", "\n")
        return keys


class _Json(_Reader):
    """Positions in a JSON text."""

    def __init__(self, text: str) -> None:
        super().__init__(text, newlines=False)

    def lines(self) -> dict[Path, int]:
        """Return the line of every path."""
        self._value(())
        return self._found


class _Toml(_Reader):
    """Positions in a TOML text, where headers say which table the next lines belong to."""

    def __init__(self, text: str) -> None:
        super().__init__(text, newlines=True)
        self._counts: dict[Path, int] = {}

    def lines(self) -> dict[Path, int]:
        """Return the line of every path."""
        table: Path = ()
        self._skip("\n")
        while self._token:
            if self._token == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip("\n")
        return self._found

    def _header(self) -> Path:
        line = self._line
        self._advance()
        many = self._token == "["
        if many:
            self._advance()
        path = self._resolved(self._keys(), many=many)
        self._skip("]")
        self._found[path] = line
        self._found.setdefault(path[:-1], line)
        return path

    def _resolved(self, keys: list[str], *, many: bool) -> Path:
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if many and position == len(keys) - 1:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        return path


def _tokens(text: str, *, newlines: bool) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        token = match.group()
        if match.lastgroup != "skip" and (newlines or match.lastgroup != "newline"):
            yield token, line
        line += token.count("\n")


def _unquoted(token: str) -> str:
    return token[1:-1] if token[:1] in {'"', "'"} else token

"""The catalogue of the log and the code say the same: no line and no field that is not explained, and none too many."""

import ast
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "taleforge"
CATALOGUE = tomllib.loads((SOURCE / "telemetry" / "catalogue.toml").read_text())
SAYING = {"debug", "info", "warning", "error", "exception", "say", "line"}
"""What a line is written with."""


@cache
def written() -> Sequence[tuple[str, set[str]]]:
    """Return every line that the code can write, with the fields it names."""
    texts = [file.read_text() for file in SOURCE.rglob("*.py")]
    return [line for text in texts if "structlog" in text for line in _written(ast.parse(text))]


def _written(module: ast.Module) -> Iterator[tuple[str, set[str]]]:
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and call.args and _name(_last(call.func)) in SAYING:
            fields = {word.arg for word in call.keywords if word.arg}
            for event in _words(call.args[0]):
                yield event, fields


def _last(function: ast.expr) -> ast.expr:
    return function.body if isinstance(function, ast.IfExp) else function


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _words(argument: ast.expr) -> Iterator[str]:
    branches = (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
    for branch in branches:
        if isinstance(branch, ast.Constant) and isinstance(branch.value, str) and "." in branch.value.strip("."):
            yield branch.value


def test_every_line_is_explained_and_every_explained_line_is_written() -> None:
    """A new line gets its sentence in telemetry/catalogue.toml; one that is gone takes its sentence along."""
    assert {event for event, _ in written()} == set(CATALOGUE["lines"])


def test_every_field_is_explained() -> None:
    """With its meaning, and its unit if it has one."""
    named = {field for _, fields in written() for field in fields} - {"exc_info"}
    assert named - set(CATALOGUE["fields"]) == set()

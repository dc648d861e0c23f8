"""The import contract: a table of rooms, and for each the rooms and libraries that it may import directly.

import-linter runs it as a contract type, `house`; the table is in pyproject.toml and drawn in ARCHITECTURE.md. A row
may only name rows above it, so the table cannot hold a circle. A module belongs to its longest row, and one without a
row breaks the contract. It does not follow imports further: each step has its own row.
"""

import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

OURS = "taleforge"


class Row:
    """What one room may import: `ours` are names or patterns below taleforge, `others` are libraries."""

    def __init__(self, ours: list[str], others: list[str]) -> None:
        self.ours = tuple(ours)
        self.others = frozenset(others)

    def allows(self, imported: str) -> bool:
        """Whether a module of the room may import this module or library, given by its full name."""
        if imported == OURS:
            return True  # the package itself holds only its version
        if not imported.startswith(f"{OURS}."):
            return imported in self.others or imported in sys.stdlib_module_names
        inside = imported.removeprefix(f"{OURS}.")
        return any(fnmatchcase(inside, pattern) or fnmatchcase(inside, f"{pattern}.*") for pattern in self.ours)


class RowsField(fields.Field[dict[str, Row]]):
    """`[tool.importlinter.contracts.rooms]`: room = { ours = […], others = […] }; `above` is every row so far."""

    def parse(self, raw_data: Any) -> dict[str, Row]:
        """Read the table; a row that names a room without a row above it is refused."""
        rows: dict[str, Row] = {}
        for room, row in cast(Mapping[str, dict[str, list[str]]], raw_data).items():
            ours = row.get("ours", [])
            if unknown := [name for name in ours if not _above(name, rows)]:
                raise fields.ValidationError(f"{room} may import {', '.join(unknown)}, which has no row above it")
            rows[room] = Row([*rows] if ours == ["above"] else ours, row.get("others", []))
        return rows


class HouseContract(Contract):
    """Judges every direct import of the package by the table."""

    rooms = RowsField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Report every module that has no row and every import that its row does not allow."""
        del verbose
        problems = sorted(_problems(graph, cast(dict[str, Row], self.rooms)))
        return ContractCheck(kept=not problems, metadata={"problems": problems})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each problem."""
        for problem in check.metadata["problems"]:
            output.print_error(problem)


def _above(name: str, rows: Mapping[str, Row]) -> bool:
    return name == "above" or name.startswith("*.") or any(name == room or name.startswith(f"{room}.") for room in rows)


def _problems(graph: ImportGraph, rows: Mapping[str, Row]) -> Iterator[str]:
    for module in graph.modules:
        if module.startswith(f"{OURS}."):
            room = _room(module, rows)
            if room is None:
                yield f"{module} has no row: place its package in pyproject.toml and ARCHITECTURE.md"
            else:
                yield from _forbidden(graph, module, room, rows[room])


def _room(module: str, rows: Mapping[str, Row]) -> str | None:
    inside = module.removeprefix(f"{OURS}.")
    rooms = [room for room in rows if inside == room or inside.startswith(f"{room}.")]
    return max(rooms, key=len, default=None)


def _forbidden(graph: ImportGraph, module: str, room: str, row: Row) -> Iterator[str]:
    home = f"{OURS}.{room.partition('.')[0]}"
    for imported in graph.find_modules_directly_imported_by(module):
        at_home = imported == home or imported.startswith(f"{home}.")
        if not at_home and not row.allows(imported):
            lines = ", ".join(
                str(found["line_number"]) for found in graph.get_import_details(importer=module, imported=imported)
            )
            yield f"{module} imports {imported} (line {lines}), and {room} may not"

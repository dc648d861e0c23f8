"""The import contract catches what it is there to catch."""

from typing import Any

import pytest
from grimp import ImportGraph
from importlinter.domain.contract import InvalidContractOptions

from tools.house import HouseContract

TABLE = {
    "errors": {},
    "rules": {"ours": ["errors"], "others": ["msgspec"]},
    "table": {"ours": ["errors", "rules"]},
    "store": {"ours": ["errors", "*.ports"]},
    "bootstrap": {"ours": ["above"]},
    "terminal": {"ours": ["errors"]},
    "terminal.cli": {"ours": ["bootstrap"]},
}


def contract(rooms: dict[str, Any]) -> HouseContract:
    return HouseContract("house", {}, {"rooms": rooms})


def problems(importer: str, imported: str) -> list[str]:
    graph = ImportGraph()
    graph.add_import(importer=importer, imported=imported, line_number=1, line_contents="")
    return contract(TABLE).check(graph, verbose=False).metadata["problems"]


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("taleforge.rules.dice", "taleforge.errors"),
        ("taleforge.rules.dice", "taleforge.rules.values"),
        ("taleforge.rules.dice", "msgspec"),
        ("taleforge.rules.dice", "hashlib"),
        ("taleforge.rules.dice", "taleforge"),
        ("taleforge.store.log", "taleforge.table.ports"),
        ("taleforge.bootstrap", "taleforge.store.log"),
        ("taleforge.terminal.cli.odds", "taleforge.bootstrap"),
        ("taleforge.terminal.cli", "taleforge.terminal.words"),
    ],
)
def test_what_a_row_allows_is_kept(importer: str, imported: str) -> None:
    """Its own room, the rooms and libraries of its row, and the standard library."""
    assert problems(importer, imported) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("taleforge.rules.dice", "taleforge.table"),
        ("taleforge.rules.dice", "structlog"),
        ("taleforge.table", "msgspec"),
        ("taleforge.store.log", "taleforge.table.state"),
        ("taleforge.store.log", "taleforge.table"),
        ("taleforge.terminal.screen", "taleforge.bootstrap"),
        ("taleforge.bootstrap", "taleforge.terminal"),
    ],
)
def test_any_other_import_breaks_the_contract(importer: str, imported: str) -> None:
    """The report names both modules and the line."""
    (problem,) = problems(importer, imported)
    assert problem.startswith(f"{importer} imports {imported} (line 1)")


def test_a_new_package_has_to_be_placed() -> None:
    """A module without a row breaks the contract before it imports anything."""
    (problem,) = problems("taleforge.gossip.rumours", "hashlib")
    assert "taleforge.gossip.rumours has no row" in problem


def test_a_row_cannot_name_what_stands_below_it() -> None:
    """So the table cannot hold a circle."""
    with pytest.raises(InvalidContractOptions):
        contract({"rules": {"ours": ["table"]}, "table": {}})

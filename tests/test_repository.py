"""The repository as a whole: small at its root, free of this or that machine, every room placed and described."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = ("messages", "rules", "table", "world")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def texts() -> Iterator[tuple[Path, str]]:
    for file in tracked():
        try:
            yield file, file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and sounds


def rooms() -> dict[str, dict[str, list[str]]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = project["tool"]["importlinter"]["contracts"]
    return contract["rooms"]


def test_the_root_is_small() -> None:
    """A newcomer reads the root in one look: twenty entries at most."""
    assert len({file.relative_to(ROOT).parts[0] for file in tracked()}) <= 20


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda lock: lock.name)
def test_requirements_are_pinned_by_hash_and_name_no_index(lock: Path) -> None:
    """Everybody installs the same bytes, from the index that their own pip is set to."""
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(
        r"^\s*-", re.sub(r"^ +--hash=sha256:[0-9a-f]{64}( \\)?$", "", text, flags=re.MULTILINE), re.MULTILINE
    )
    pins = re.findall(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==\S+ (?:; .+ )?\\\n +--hash=", text, re.MULTILINE)
    assert len(pins) == len(re.findall("==", re.sub(r";.*", "", text)))


def test_nothing_names_a_machine_or_a_package_registry() -> None:
    """No path of somebody's machine, no address of an index or mirror."""
    home = re.compile(r"(?<![\w.~/$])/(?:root|work|opt|Users/\w+|home/\w+)/[\w.]")
    index = re.compile(
        r"https?://[^\s/]*(?:pypi|pythonhosted|npmjs|crates|registry|mirror|deb\.debian)[^\s/]*", re.IGNORECASE
    )
    found = [
        f"{file.relative_to(ROOT)}: {hit[0]}"
        for file, text in texts()
        for hit in [home.search(text) or index.search(text)]
        if hit
    ]
    assert found == []


def test_architecture_draws_the_contract() -> None:
    """The table of ARCHITECTURE.md says what pyproject.toml enforces; `errors`, open to all, is left out there."""
    drawn = {
        name: set(re.findall(r"`([\w.*]+)`", allowed))
        for name, allowed in re.findall(
            r"^\| `(\w[\w.]*)` \|[^|]*\|([^|]*)\|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE
        )
    }
    enforced = {name: set(row.get("ours", [])) - {"errors"} for name, row in rooms().items()}
    assert drawn == enforced


def test_every_package_that_exists_is_described() -> None:
    """Each room's `__init__` says in its docstring what lives there, and exports little."""
    for package in (ROOT / "src" / "taleforge").glob("*/__init__.py"):
        doc = ast.get_docstring(ast.parse(package.read_text())) or ""
        assert len(doc.split()) >= 12, package


@pytest.mark.parametrize("room", PURE)
@pytest.mark.parametrize("line", ["import random", "import time", "import os", "from uuid import uuid4"])
def test_pure_rooms_refuse_clock_chance_and_machine(room: str, line: str) -> None:
    """Ruff's nested settings hold in every pure room."""
    command = ["ruff", "check", "--output-format=concise", "--stdin-filename", f"src/taleforge/{room}/probe.py", "-"]
    judged = subprocess.run(
        [str(ROOT / ".venv" / "bin" / command[0]), *command[1:]],
        cwd=ROOT,
        input=line,
        capture_output=True,
        check=False,
        text=True,
    )
    assert "TID251" in judged.stdout


def test_every_test_says_what_it_shows() -> None:
    """One sentence of behaviour as docstring; the name alone is not enough."""
    silent = [
        f"{file.relative_to(ROOT)}::{node.name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_make_lists_few_commands() -> None:
    """`make help` shows at most ten, each with its sentence."""
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    commands = shown.splitlines()
    assert 5 <= len(commands) <= 10
    assert all(re.fullmatch(r"  make [a-z]+ +\S.*", command) for command in commands)


def test_the_attribution_is_in_the_notice() -> None:
    """The licence of the SRD asks for this sentence, unchanged."""
    notice = (ROOT / "NOTICE").read_text()
    assert (
        'taken from the System Reference Document 5.1 ("SRD 5.1") by Wizards of the Coast LLC and available at'
        in notice
    )
    assert "The SRD 5.1 is licensed under the Creative Commons Attribution 4.0 International License" in notice

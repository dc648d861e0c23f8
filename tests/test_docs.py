"""The documentation is true: its links lead somewhere, its examples run, its indexes are whole, its tables are fresh.

Fences named `console` are run line by line and their output compared (a line of `…` stands for any lines); `python`
fences with prompts are doctests; `toml` fences are read. Fences named `sh` are only shown.
"""

import doctest
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from taleforge import settings
from tools import docs

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> Iterator[str]:
    yield from re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def matches(shown: str, expected: str) -> bool:
    parts = [re.escape(part) for part in expected.strip().split("…")]
    return re.fullmatch(".*?".join(parts), shown.strip(), re.DOTALL) is not None


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    """A renamed page takes its links along."""
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("index", sorted((ROOT / "docs").rglob("README.md")), ids=name)
def test_every_page_is_listed_in_its_index(index: Path) -> None:
    """Nothing is written that nobody can find."""
    below = [page.name for page in index.parent.glob("*.md") if page != index]
    below += [f"{folder.name}/README.md" for folder in index.parent.iterdir() if folder.is_dir()]
    assert [page for page in below if f"({page})" not in index.read_text()] == []


def test_console_examples_show_what_really_happens(tmp_path: Path) -> None:
    """Each command in a `console` fence succeeds, and prints what stands below it."""
    environ = {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    for page in PAGES:
        home = tmp_path / name(page).replace("/", "-")
        home.mkdir()
        for block in blocks(page, "console"):
            for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                run = subprocess.run(
                    ["bash", "-c", command],
                    cwd=home,
                    env={**environ, "HOME": str(home)},
                    capture_output=True,
                    check=False,
                    stdin=subprocess.DEVNULL,
                    text=True,
                )
                assert run.returncode == 0, f"{name(page)}: {command}\n{run.stderr}"
                assert not expected.strip() or matches(run.stdout, expected), f"{name(page)}: {command}\n{run.stdout}"


def test_python_examples_show_what_really_happens() -> None:
    """Each `>>>` gives what stands below it."""
    runner = doctest.DocTestRunner()
    parser = doctest.DocTestParser()
    for page in PAGES:
        for number, block in enumerate(blocks(page, "python")):
            if ">>>" in block:
                runner.run(parser.get_doctest(block, {}, f"{name(page)}[{number}]", name(page), 0))
    assert runner.tries > 0
    assert runner.failures == 0


def test_toml_examples_are_toml_and_settings_are_settings(tmp_path: Path) -> None:
    """Whoever copies an example gets no refusal."""
    for page in PAGES:
        for block in blocks(page, "toml"):
            assert tomllib.loads(block)
            if "setting" in page.name:
                file = tmp_path / "example.toml"
                file.write_text(block)
                assert settings.load({}, {}, file)


@pytest.mark.parametrize("page", docs.PAGES)
def test_generated_pages_are_fresh(page: str) -> None:
    """`make docs` was run after the code changed."""
    assert (ROOT / page).read_text() == docs.PAGES[page]()

"""What `pip install .` gives: the command, the types, and every data file, without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """The wheel, built by the locked backend without an index."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(repository)], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_tracked_file_of_the_package(wheel: Path, repository: Path) -> None:
    """Packs and schemas travel with the code; the settings of our linters stay here."""
    listed = subprocess.run(["git", "ls-files", "src"], cwd=repository, capture_output=True, check=True, text=True)
    tracked = {name.removeprefix("src/") for name in listed.stdout.splitlines() if (repository / name).exists()}
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name for name in tracked if not name.endswith("ruff.toml")} - inside == set()
    assert [name for name in inside if name.endswith("ruff.toml")] == []


def test_the_installed_command_runs_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """`taleforge --help` answers from the installed files."""
    target = tmp_path / "site"
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    environ = {**os.environ, "PYTHONPATH": str(target)}
    where = [sys.executable, "-c", "import taleforge; print(taleforge.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environ, capture_output=True, check=True, text=True)
    assert Path(found.stdout.strip()).is_relative_to(target)
    helped = subprocess.run(
        [target / "bin" / "taleforge", "--help"], cwd=tmp_path, env=environ, capture_output=True, check=True, text=True
    )
    assert "play" in helped.stdout

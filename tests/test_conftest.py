"""The house rules of the test suite itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

PROBE = """
def test_of_a_program(need):
    need("a-program-nobody-has", "apt-get install it")

def test_of_a_module(need):
    need("json", "it is always here")
"""


@pytest.mark.parametrize(("required", "outcome"), [("", "1 passed, 1 skipped"), ("all", "1 failed, 1 passed")])
def test_a_skip_is_a_failure_where_everything_is_required(
    tmp_path: Path, repository: Path, required: str, outcome: str
) -> None:
    """On a laptop a missing program skips its test and says how to get it; in CI it fails it."""
    (tmp_path / "conftest.py").write_text((repository / "tests" / "conftest.py").read_text())
    (tmp_path / "test_probe.py").write_text(PROBE)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rsf", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={
            **os.environ,
            "TALEFORGE_REQUIRE": required,
            "PYTHONPATH": str(repository),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # none is needed, and they take ten times as long as the probe
        },
        capture_output=True,
        check=False,
        text=True,
    )
    assert outcome in run.stdout
    assert "apt-get install it" in run.stdout


def test_everyday_examples_are_few_and_always_the_same() -> None:
    """A run before a commit is quick, and fails for what was changed and not by chance."""
    assert settings().derandomize
    assert settings().max_examples <= 100

"""The Dockerfile keeps our rules, which no build would complain about."""

import re
from pathlib import Path

import pytest

DOCKERFILE = Path(__file__).parents[2] / "deploy" / "Dockerfile"
TEXT = DOCKERFILE.read_text()
LINES = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in LINES if line.startswith(f"{name} ")]


def test_it_builds_with_what_the_engine_brings() -> None:
    """No frontend is pulled, and each stage begins from one base that has a version."""
    assert "syntax=" not in TEXT
    assert {line.split()[0] for line in instructions("FROM")} == {"${PYTHON_IMAGE}"}
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.\d+-slim", instructions("ARG")[0])


def test_each_stage_says_its_purpose() -> None:
    """The comment above a stage is about that stage."""
    assert len(re.findall(r"^# Purpose: .*\n(?:# .*\n)*FROM ", TEXT, re.MULTILINE)) == len(instructions("FROM"))


def test_everything_installed_is_checked_by_hash_or_built_here() -> None:
    """It is given lock files or our own wheel, never a name."""
    installs = re.findall(r"pip install[^&]*|pip --python \S+ install[^&]*", " ".join(LINES))
    assert len(installs) == 3
    assert all("--require-hashes" in install or "--no-index" in install for install in installs)


@pytest.mark.parametrize("name", ["ENTRYPOINT", "CMD"])
def test_programs_are_started_without_a_shell(name: str) -> None:
    """A signal reaches the server itself."""
    assert all(line.startswith("[") for line in instructions(name))


def test_it_runs_as_nobody_in_particular() -> None:
    """The last user is a number that is not root's, and there is a check without a shell."""
    assert instructions("USER")[-1] == "1001:1001"
    assert re.search(r'HEALTHCHECK .* CMD \["python", ', TEXT.replace("\\\n", " "))

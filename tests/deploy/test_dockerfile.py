"""The Dockerfile keeps our rules, which no build would complain about."""

import itertools
import re
from pathlib import Path

import pytest

DOCKERFILE = Path(__file__).parents[2] / "deploy" / "Dockerfile"
LOCKS = Path(__file__).parents[2] / "requirements"
TEXT = DOCKERFILE.read_text()
LINES = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in LINES if line.startswith(f"{name} ")]


def test_it_builds_with_what_the_engine_brings() -> None:
    """No frontend is pulled, and each stage begins from one base that has a version, or from another stage."""
    assert "syntax=" not in TEXT
    stages = {line.rpartition(" AS ")[2] for line in instructions("FROM")}
    assert {line.split()[0] for line in instructions("FROM")} - stages == {"${PYTHON_IMAGE}"}
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.\d+-slim", instructions("ARG")[0])


def test_each_stage_says_its_purpose() -> None:
    """The comment above a stage is about that stage."""
    assert len(re.findall(r"^# Purpose: .*\n(?:# .*\n)*FROM ", TEXT, re.MULTILINE)) == len(instructions("FROM"))


def test_what_can_be_built_in_is_locked_and_grows() -> None:
    """Each of the parts that the head of the file names has a lock, and has all that is in the part before."""
    named = re.findall(r"^#   (\w+)   ", TEXT, re.MULTILINE)
    assert named == ["server", "studio", "voice", "gpu"]
    assert "ARG PARTS=server" in LINES
    locks = [set(re.findall(r"^\S+==\S+", (LOCKS / f"{name}.txt").read_text(), re.MULTILINE)) for name in named]
    for less, more in itertools.pairwise(locks):
        assert less < more


def test_a_graphics_card_has_libraries_of_one_cuda() -> None:
    """Two would be twice as many gigabytes; and all that wheels bring lie where the stage says."""
    libraries = re.findall(r"^nvidia-([\w-]+)-cu(\d+)==", (LOCKS / "gpu.txt").read_text(), re.MULTILINE)
    assert {cuda for _, cuda in libraries} == {"12"}
    (paths,) = re.findall(r"LD_LIBRARY_PATH=(\S+)", TEXT)
    assert {path.split("/")[3] for path in paths.split(":")} == {name.replace("-", "_") for name, _ in libraries}


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

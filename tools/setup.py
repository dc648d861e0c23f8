"""Make `.venv` ready for one purpose: `python3 tools/setup.py play` or `python3 tools/setup.py dev`.

`engines`, what runs models on this machine, is half a gigabyte that few want: it gets `.venv-engines`, of its own.

Runs on the machine's own Python before anything is installed, so it uses the standard library alone. What it installs
is pinned by hash in requirements/. When nothing has changed since the last time it does nothing, at once.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
LOCKS = {"play": ("build.txt", "base.txt"), "dev": ("dev.txt",), "engines": ("engines.txt",)}


def main(purpose: str) -> None:
    """Bring the environment of a purpose of `LOCKS` up to date, or exit with a sentence that says what is missing."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is what this line is for
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Taleforge needs Python 3.11 or newer, and this is {found}. Try: make PYTHON=/path/to/python3.11 …")
    locks = [ROOT / "requirements" / name for name in LOCKS[purpose]]
    place = ROOT / (".venv-engines" if purpose == "engines" else ".venv")
    stamp = place / f"ready-for-{purpose}"
    wanted = _digest([ROOT / "pyproject.toml", *locks])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Setting up {place.name} (to {purpose}); once, and again when the requirements change.", flush=True)
    _make_venv(place)
    _pip(place, "--require-hashes", *[word for lock in locks for word in ("-r", str(lock))])
    _pip(place, "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))
    stamp.write_text(wanted)


def _digest(files: list[Path]) -> str:
    place = f"{ROOT} {sys.version}".encode()  # a copied or moved .venv does not run
    return hashlib.sha256(place + b"".join(file.read_bytes() for file in files)).hexdigest()


def _make_venv(place: Path) -> None:
    if _is_ours(place / PROGRAM):
        return
    try:
        venv.create(place, clear=True, with_pip=True, symlinks=sys.platform != "win32")
    except (subprocess.CalledProcessError, ModuleNotFoundError):
        sys.exit("This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv")


def _is_ours(python: Path) -> bool:
    """Whether an environment runs, has pip, and is of the very Python that runs this."""
    if not python.exists():
        return False
    command = [python, "-c", "import pip, sys; print(sys.version)"]
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout.strip() == sys.version


def _pip(place: Path, *arguments: str) -> None:
    command = [place / PROGRAM, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        sys.exit(
            "Installing failed, as pip says above. It needs a package index: check the network and pip's settings."
        )


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: python3 tools/setup.py {'|'.join(LOCKS)}")
    main(sys.argv[1])

"""Compile requirements/*.txt with the hash of every file: `make lock`.

The output names no package index, so that everybody installs from the one that their own pip is set to; it fails if
one slips through. It upgrades nothing unless asked: `python -m tools.lock --upgrade`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path("requirements")
SOURCES = {
    "base": "pyproject.toml",
    "build": "requirements/build.in",
    "server": "requirements/server.in",
    "studio": "requirements/studio.in",
    "voice": "requirements/voice.in",
    "gpu": "requirements/gpu.in",
    "dev": "requirements/dev.in",
    "engines": "requirements/engines.in",
}
OPTIONS = (
    "--allow-unsafe",
    "--generate-hashes",
    "--no-emit-find-links",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--quiet",
    "--strip-extras",
)


def main(arguments: list[str]) -> None:
    """Compile each lock file in order; the later ones build on the earlier."""
    for name, source in SOURCES.items():
        lock = FOLDER / f"{name}.txt"
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *arguments, "--output-file", lock, source]
        subprocess.run(command, check=True, env={**os.environ, "CUSTOM_COMPILE_COMMAND": "make lock"})
        if found := re.search(r".*(://|find-links|index).*", lock.read_text()):
            sys.exit(f"{lock} names an index: {found[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])

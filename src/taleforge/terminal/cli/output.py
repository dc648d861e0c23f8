"""What all commands share: their common options, JSON on stdout, and the settings of this run.

JSON goes out as one line with keys in a fixed order; docs/reference/command-line.md describes every shape.
"""

import os
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

import typer

from taleforge.errors import BadInput
from taleforge.settings import Settings, load

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead, as the reference describes it.")]
Seed = Annotated[
    str | None, typer.Option("--seed", metavar="TEXT", help="Use the same dice each time; for tests and examples.")
]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Where saves are kept, instead of the usual folder.")
]


def print_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; only commands that open a house pay for the event loop."""
    import asyncio

    return asyncio.run(work)


def settings_of(context: typer.Context, data: Path | None) -> Settings:
    """Return the settings of this run: `--data` and `--set` over environment and file.

    Raises:
        BadInput: A `--set` is not NAME=VALUE.
        Misconfigured: A setting is unknown or impossible.
    """
    flags: dict[str, str] = {}
    for given in context.obj or ():
        name, equals, value = given.partition("=")
        if not equals:
            raise BadInput(f"--set {given} sets nothing.", "Write it as NAME=VALUE, such as log.level=info.")
        flags[name] = value
    if data is not None:
        flags["data.folder"] = str(data)
    return load(os.environ, flags, None)


def log_of(*, as_json: bool) -> TextIO:
    """Return where the log of a server or worker goes: to stdout, unless only JSON belongs there."""
    return sys.stderr if as_json else sys.stdout


def wants_ascii(stream: TextIO | None = None, environ: Mapping[str, str] | None = None) -> bool:
    """Whether a stream cannot show more than ASCII: by its encoding, or by a terminal that says so."""
    encoding = (getattr(stream or sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    term = (os.environ if environ is None else environ).get("TERM", "")
    return term == "linux-ascii" or not encoding.startswith("utf")

"""`taleforge serve`: tables for others, over the network.

Prints where it serves and, on a machine of one's own, which file holds the token; never the token where logs go.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taleforge.errors import Misconfigured
from taleforge.terminal.cli.output import Data, Json, print_json, settings_of

if TYPE_CHECKING:
    from taleforge.settings import Settings

SERVE = """Serve tables over the network.

\b
Examples:
  taleforge serve
  taleforge serve --host 0.0.0.0 --port 8000 --set serve.access=accounts
"""


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "",
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; more than one needs a shared store.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Serve until SIGTERM or SIGINT; with `--json` the first line says where."""
    given = {"serve.host": host, "serve.port": port, "serve.workers": workers}
    flags = tuple(f"{name}={value}" for name, value in given.items() if value not in {None, ""})
    context.obj = (*(context.obj or ()), *flags)
    settings = settings_of(context, data)

    def announce(address: str, file: Path | None) -> None:
        if as_json:
            print_json({"address": address, "token_file": str(file) if file else None})
        else:
            typer.echo(f"Taleforge serves at {address}.  API explorer: {address}/docs")
            if file is not None:
                typer.echo(_said_of_token(file))
        sys.stdout.flush()

    _serve(settings, announce)


def _serve(settings: "Settings", announce: Callable[[str, Path | None], None]) -> None:
    from taleforge.telemetry import logging_to

    try:
        from taleforge.api.server import run_serving
    except ImportError as error:
        raise Misconfigured(
            f"The server needs parts that are not installed ({error.name}).", "pip install 'taleforge[server]'"
        ) from error
    with logging_to(settings.log, serving=True, production=settings.env == "production"):
        run_serving(settings, announce)


def _said_of_token(file: Path) -> str:
    """Return what is said of the local token: itself to a person at a terminal, else where it lies."""
    if sys.stdout.isatty():
        return f"Local token: {file.read_text(encoding='ascii').strip()}"
    return f"The local token is in {file}."

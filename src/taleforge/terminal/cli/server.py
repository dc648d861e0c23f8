"""`taleforge serve`: tables for others, over the network. Its log goes to stdout, with `--json` to stderr.

Prints where it serves and, on a machine of one's own, which file holds the token; never the token where logs go.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from taleforge.errors import Misconfigured
from taleforge.terminal.cli.output import Data, Json, log_of, print_json, settings_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

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
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; more than one needs store.url, and redis.url or nats.url.")
    ] = None,
    worker: Annotated[Path | None, typer.Option(hidden=True, help="Serve as one of several, for their parent.")] = None,
    log_fd: Annotated[int | None, typer.Option(hidden=True, help="Where a worker's log goes: its parent's.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Serve until SIGTERM or SIGINT; with `--json` the first line says where."""
    given = {"serve.host": host, "serve.port": port, "serve.workers": workers}
    flags = tuple(f"{name}={value}" for name, value in given.items() if value not in {None, ""})
    context.obj = (*(context.obj or ()), *flags)
    if data is not None:
        context.obj = (*context.obj, f"data.folder={data}")
    settings = settings_of(context, None)

    def announce(address: str, file: Path | None) -> None:
        if as_json:
            print_json({"address": address, "token_file": str(file) if file else None})
        else:
            explorer = f"  API explorer: {address}/docs" if settings.serve.api_docs else ""
            typer.echo(f"Taleforge serves at {address}.{explorer}")
            if file is not None:
                typer.echo(_said_of_token(file))
        sys.stdout.flush()

    lines = log_of(as_json=as_json) if log_fd is None else os.fdopen(log_fd, "w", encoding="utf-8")
    with _logging(settings, lines):
        if settings.serve.workers == 1 or worker is not None:
            _serve(settings, announce, worker)
        else:
            _serve_together(settings, context.obj, announce, lines)


def _serve(settings: "Settings", announce: Callable[[str, Path | None], None], worker: Path | None) -> None:
    try:
        from taleforge.api.server import run_serving
    except ImportError as error:
        raise _missing(error) from error
    run_serving(settings, announce, worker)


def _serve_together(
    settings: "Settings", flags: tuple[str, ...], announce: Callable[[str, Path | None], None], lines: TextIO
) -> None:
    try:
        from taleforge.api.production import refuse
        from taleforge.api.workers import run_workers
    except ImportError as error:
        raise _missing(error) from error
    refuse(settings)
    given = [word for flag in flags for word in ("--set", flag)]
    run_workers(settings, [sys.executable, "-m", "taleforge", *given], announce, lines.fileno())


def _missing(error: ImportError) -> Misconfigured:
    return Misconfigured(
        f"The server needs parts that are not installed ({error.name}).", "pip install 'taleforge[server]'"
    )


def _logging(settings: "Settings", lines: TextIO) -> "AbstractContextManager[object]":
    from taleforge.telemetry import logging_to

    return logging_to(settings.log, serving=True, production=settings.env == "production", stream=lines)


def _said_of_token(file: Path) -> str:
    """Return what is said of the local token: itself to a person at a terminal, else where it lies."""
    if sys.stdout.isatty():
        return f"Local token: {file.read_text(encoding='ascii').strip()}"
    return f"The local token is in {file}."

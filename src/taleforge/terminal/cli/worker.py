"""`taleforge worker`: do jobs for the servers that share a database with this process.

Says when it has begun, and nothing of what it does.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taleforge.terminal.cli.output import Json, log_of, print_json, settings_of

if TYPE_CHECKING:
    from taleforge.bootstrap import Workshop

WORKER = """Do jobs for the servers that share its database: pictures, speech, memories.

\b
Examples:
  taleforge worker
  taleforge worker --queues art --concurrency 4
"""


def worker(
    context: typer.Context,
    queues: Annotated[str, typer.Option(metavar="NAMES", help="Which queues, with commas.")] = "art,voice,memory",
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Jobs of each queue at a time.")] = 1,
    pulse: Annotated[Path | None, typer.Option(help="File to touch while all is well, for health checks.")] = None,
    as_json: Json = False,
) -> None:
    """Do jobs until SIGTERM or SIGINT."""
    from taleforge.api.exporter import exporting
    from taleforge.ops.worker import run_worker
    from taleforge.telemetry import logging_to

    settings = settings_of(context, None)
    chosen = [name.strip() for name in queues.split(",") if name.strip()]

    @asynccontextmanager
    async def begun(shop: "Workshop") -> AsyncGenerator[None]:
        async with exporting(settings.jobs, shop):
            if as_json:
                print_json({"queues": chosen, "concurrency": concurrency})
            else:
                typer.echo(f"Taleforge works on {', '.join(chosen)}, {concurrency} of each at a time.")
            sys.stdout.flush()
            yield

    production = settings.env == "production"
    with logging_to(settings.log, serving=True, production=production, stream=log_of(as_json=as_json)):
        run_worker(settings, chosen, concurrency, pulse, begun)

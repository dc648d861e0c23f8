"""The command line: `taleforge` and its commands, each a thin door that imports what it needs when it is called.

Prints results to stdout and everything else to stderr, says what went wrong in one sentence, and leaves with the status
that `errors` names. It computes nothing itself. Read `dice` for the shape of a command.
"""

import sys
from collections.abc import Sequence
from itertools import islice
from typing import Annotated

import typer

from taleforge import __version__
from taleforge.errors import TaleforgeError
from taleforge.terminal.cli import (
    admin,
    dice,
    house,
    keeping,
    load,
    mcp,
    memory,
    models,
    paint,
    safekeeping,
    server,
    speech,
    table,
    worker,
)

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""

app = typer.Typer(
    name="taleforge",
    help="A game master at your table: the rules are code, the dice can be checked, the tale is told.",
    epilog="Sit down and play:  taleforge play",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it so
    if wanted:
        typer.echo(f"taleforge {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Set a setting for this run, as log.level=info."),
    ] = None,
    version: Annotated[  # noqa: ARG001  # its callback has acted
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Keep what holds for every command."""
    context.obj = tuple(settings or ())


app.command("play", help=table.PLAY)(table.play)
app.command("serve", help=server.SERVE)(server.serve)
app.command("worker", help=worker.WORKER)(worker.worker)
app.command("mcp", help=mcp.MCP)(mcp.mcp)
app.command("say", help=speech.SAY)(speech.say)
app.command("listen", help=speech.LISTEN)(speech.listen)
app.command("roll", help=dice.ROLL)(dice.roll)
app.command("odds", help=dice.ODDS)(dice.odds)
app.command("verify", help=house.VERIFY)(house.verify)
app.command("replay", help=table.REPLAY)(table.replay)
app.command("saves", help=house.SAVES)(house.saves)
app.command("export", help=house.EXPORT)(house.export)
app.command("import", help=house.IMPORT)(house.import_)
app.command("migrate", help=keeping.MIGRATE)(keeping.migrate)
app.command("move", help=keeping.MOVE)(keeping.move)
app.command("backup", help=safekeeping.BACKUP)(safekeeping.backup)
app.command("restore", help=safekeeping.RESTORE)(safekeeping.restore)
app.command("recover", help=keeping.RECOVER)(keeping.recover)
app.command("paint", help=paint.PAINT)(paint.paint)
app.command("doctor", help=house.DOCTOR)(house.doctor)
app.command("load", help=load.LOAD)(load.load)
app.command("capacity", help=load.CAPACITY)(load.capacity)
app.add_typer(models.models, name="models")
app.add_typer(memory.memory, name="memory")
app.add_typer(admin.admin, name="admin")


def main() -> None:
    """Run the command line; never shows a traceback for what a person can put right."""
    try:
        app(settings_first(sys.argv[1:]))
    except TaleforgeError as error:
        _complain(error)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough; without this the interpreter complains while it shuts down.
        sys.stderr.close()
        sys.exit(1)


def settings_first(words: Sequence[str]) -> list[str]:
    """Return a command line with each `--set` before the command, wherever it was typed; none stands after `--`."""
    end = words.index("--") if "--" in words else len(words)
    first, rest, ahead = list[str](), list[str](), iter(words[:end])
    for word in ahead:
        given = [word, *islice(ahead, int(word == "--set"))]
        (first if word.startswith("--set=") or len(given) > 1 else rest).extend(given)
    return [*first, *rest, *words[end:]]


def _complain(error: TaleforgeError) -> None:
    caret = getattr(error, "caret", None)
    if callable(caret):
        typer.echo(caret(), err=True)
    typer.echo(f"taleforge: {error}", err=True)
